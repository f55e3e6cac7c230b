import { readdirSync, readFileSync } from 'node:fs';

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // The process has ended.
  }
}

/** Processes whose command line names the directory; copies of a process count with it. */
function processesOf(directory: string): { pid: number; name: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => readOrEmpty(`/proc/${name}/cmdline`).includes(directory))
    .map((name) => ({ pid: Number(name), name: readOrEmpty(`/proc/${name}/comm`).trim() }));
}

/**
 * Proportional set size in MB (10^6 bytes) of an engine's processes, together and each: pages shared by several
 * processes count in parts.
 */
export function proportionalMemory(directory: string): { total: number; each: string } {
  const parts = processesOf(directory).map(({ pid, name }) => {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`))?.[1] ?? '0';
    return { name, size: (Number(kilobytes) * 1024) / 1e6 };
  });
  const byName = new Map<string, number>();
  for (const { name, size } of parts) byName.set(name, (byName.get(name) ?? 0) + size);
  return {
    total: parts.reduce((sum, { size }) => sum + size, 0),
    each: [...byName].map(([name, size]) => `${name} ${size.toFixed(1)}`).join(', '),
  };
}
