import { readdir, readFile } from 'node:fs/promises';
import { EngineError } from '../errors.ts';

/** One process as `docker top` shows it by default (`ps -ef`). */
interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly tty: number;
  readonly command: string;
}

/** Clock ticks per second in /proc: USER_HZ, 100 on every architecture Linux still has. */
const TICKS = 100;

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

async function readProcess(name: string): Promise<ProcessRow | null> {
  try {
    const [stat, status, cmdline] = await Promise.all(
      ['stat', 'status', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8')),
    );
    // comm may hold spaces and parentheses; the fields start after the last one.
    const close = stat?.lastIndexOf(')') ?? -1;
    const comm = stat?.slice(stat.indexOf('(') + 1, close) ?? '';
    const fields = stat?.slice(close + 2).split(' ') ?? [];
    const words = cmdline?.replace(/\0+$/, '').replaceAll('\0', ' ') ?? '';
    return {
      pid: Number(name),
      parent: Number(fields[1]),
      tty: Number(fields[4]),
      cpuTicks: Number(fields[11]) + Number(fields[12]),
      startTicks: Number(fields[19]),
      uid: Number(/^Uid:\s+(\d+)/m.exec(status ?? '')?.[1] ?? 0),
      command: words === '' ? `[${comm}]` : words,
    };
  } catch {
    return null; // It ended while we looked.
  }
}

/** `GET /containers/{id}/top`: the columns of `ps -ef`, the one form that needs no `ps` on the host. */
export async function topTable(
  roots: readonly number[],
  psArguments: string,
): Promise<{ Titles: string[]; Processes: string[][] }> {
  const wanted = columnsFor(psArguments);
  const rows = await listProcesses(roots);
  const uptime = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
  const users = await userNames();
  const bootTime = Date.now() - uptime * 1000;
  return {
    Titles: wanted.map(([title]) => title),
    Processes: rows.map((row) => wanted.map(([, cell]) => cell(row, { users, bootTime }))),
  };
}

interface CellContext {
  readonly users: ReadonlyMap<number, string>;
  /** Milliseconds since the epoch. */
  readonly bootTime: number;
}

type Column = readonly [title: string, cell: (row: ProcessRow, context: CellContext) => string];

const COLUMNS: Readonly<Record<string, Column>> = {
  user: ['USER', (row, { users }) => users.get(row.uid) ?? String(row.uid)],
  uid: ['UID', (row, { users }) => users.get(row.uid) ?? String(row.uid)],
  pid: ['PID', (row) => String(row.pid)],
  ppid: ['PPID', (row) => String(row.parent)],
  c: ['C', () => '0'],
  stime: [
    'STIME',
    (row, { bootTime }) => new Date(bootTime + (row.startTicks / TICKS) * 1000).toTimeString().slice(0, 5),
  ],
  tty: ['TTY', (row) => (row.tty === 0 ? '?' : `pts/${row.tty & 0xff}`)],
  time: ['TIME', (row) => clock(row.cpuTicks / TICKS)],
  cmd: ['CMD', (row) => row.command],
  args: ['COMMAND', (row) => row.command],
  command: ['COMMAND', (row) => row.command],
  comm: ['COMMAND', (row) => row.command.split(' ')[0] ?? ''],
};

const FULL = ['uid', 'pid', 'ppid', 'c', 'stime', 'tty', 'time', 'cmd'];

/** Columns for `-ef` (the default), or for `-o a,b,c` and `-eo a,b,c`. Throws `invalid` for other arguments. */
function columnsFor(psArguments: string): Column[] {
  const text = psArguments.trim();
  const format = /^(?:-?e?\s*)?-?e?o\s*([\w,%]+)$/.exec(text)?.[1];
  const names =
    format?.split(',') ??
    (['', '-ef', 'ef'].includes(text)
      ? FULL
      : text === 'aux' || text === '-aux'
        ? ['user', 'pid', 'tty', 'stime', 'time', 'command']
        : null);
  const columns = names?.map((name) => COLUMNS[name]);
  if (columns === undefined || columns.includes(undefined)) {
    throw new EngineError(
      'invalid',
      `ps arguments ${JSON.stringify(psArguments)} are not supported: use -ef or -o with ${Object.keys(COLUMNS).join(', ')}`,
    );
  }
  return columns.filter((column) => column !== undefined);
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** Names of the host's users: `docker top` shows host names, as the processes are seen from the host. */
async function userNames(): Promise<Map<number, string>> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name, , uid] = line.split(':');
      return name === undefined || uid === undefined ? [] : [[Number(uid), name] as const];
    }),
  );
}
