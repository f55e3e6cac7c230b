import { readdir, readFile } from 'node:fs/promises';
import { columnsFor, type ProcessRow } from './top-columns.ts';

/**
 * Processes of a container: the descendants of its first process and of its execs, read from /proc only. Nothing is run
 * in or near the container (CVE-2022-1227).
 */
export async function listProcesses(roots: readonly number[]): Promise<ProcessRow[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = (await Promise.all(names.map(readProcess))).filter((row) => row !== null);
  const children = Map.groupBy(rows, (row) => row.parent);
  const found: ProcessRow[] = rows.filter((row) => roots.includes(row.pid));
  // `found` grows while it is walked: each process brings its children.
  for (const row of found) found.push(...(children.get(row.pid) ?? []).filter((child) => !roots.includes(child.pid)));
  return found.sort((a, b) => a.pid - b.pid);
}

/** proc_pid_stat(5), proc_pid_status(5). */
async function readProcess(name: string): Promise<ProcessRow | null> {
  try {
    const [stat = '', status = '', cmdline = ''] = await Promise.all(
      ['stat', 'status', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8')),
    );
    // The name may hold spaces and parentheses; the fields start after the last one.
    const close = stat.lastIndexOf(')');
    const comm = stat.slice(stat.indexOf('(') + 1, close);
    const fields = stat.slice(close + 2).split(' ');
    const field = (index: number): number => Number(fields[index]);
    const id = (which: string): number => Number(new RegExp(`^${which}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    const words = cmdline.replace(/\0+$/, '').replaceAll('\0', ' ');
    return {
      pid: Number(name),
      state: fields[0] ?? '?',
      parent: field(1),
      group: field(2),
      session: field(3),
      tty: field(4),
      cpuTicks: field(11) + field(12),
      priority: field(15),
      nice: field(16),
      threads: field(17),
      startTicks: field(19),
      virtualBytes: field(20),
      residentBytes: field(21) * 4096,
      uid: id('Uid'),
      gid: id('Gid'),
      name: comm,
      command: words === '' ? `[${comm}]` : words,
    };
  } catch {
    return null; // It ended while we looked.
  }
}

/** `GET /containers/{id}/top`: what `ps` would print, without one on the host. Throws `invalid` for unknown options. */
export async function topTable(
  roots: readonly number[],
  psArguments: string,
): Promise<{ Titles: string[]; Processes: string[][] }> {
  const wanted = columnsFor(psArguments);
  const rows = await listProcesses(roots);
  const uptime = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
  const memory = Number(/^MemTotal:\s+(\d+)/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
  const context = {
    users: await names('/etc/passwd'),
    groups: await names('/etc/group'),
    bootTime: Date.now() - uptime * 1000,
    uptime,
    memory,
  };
  return {
    Titles: wanted.map(({ title }) => title),
    Processes: rows.map((row) => wanted.map(({ cell }) => cell(row, context))),
  };
}

/** Names of the host's ids: `docker top` shows host names, as the processes are seen from the host. */
async function names(path: string): Promise<Map<number, string>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name, , id] = line.split(':');
      return name === undefined || id === undefined ? [] : [[Number(id), name] as const];
    }),
  );
}
