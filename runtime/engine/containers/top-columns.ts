import { EngineError } from '../errors.ts';

/** One process as /proc tells of it. */
export interface ProcessRow {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly uid: number;
  readonly gid: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly tty: number;
  readonly priority: number;
  readonly nice: number;
  readonly threads: number;
  readonly virtualBytes: number;
  readonly residentBytes: number;
  readonly name: string;
  readonly command: string;
}

/** What cells are made from besides the row. */
export interface CellContext {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
  /** Milliseconds since the epoch. */
  readonly bootTime: number;
  /** Seconds. */
  readonly uptime: number;
  /** Bytes of the host. */
  readonly memory: number;
}

export interface Column {
  readonly title: string;
  readonly cell: (row: ProcessRow, context: CellContext) => string;
}

/** Clock ticks per second in /proc: USER_HZ, 100 on every architecture Linux still has. */
const TICKS = 100;

const age = (row: ProcessRow, { uptime }: CellContext): number => Math.max(0, uptime - row.startTicks / TICKS);
const started = (row: ProcessRow, { bootTime }: CellContext): Date =>
  new Date(bootTime + (row.startTicks / TICKS) * 1000);
const share = (row: ProcessRow, context: CellContext): number =>
  age(row, context) === 0 ? 0 : (row.cpuTicks / TICKS / age(row, context)) * 100;
const user = (row: ProcessRow, { users }: CellContext): string => users.get(row.uid) ?? String(row.uid);
const group = (row: ProcessRow, { groups }: CellContext): string => groups.get(row.gid) ?? String(row.gid);
const memoryShare = (row: ProcessRow, { memory }: CellContext): string =>
  memory === 0 ? '0.0' : ((row.residentBytes / memory) * 100).toFixed(1);
const startTime = (row: ProcessRow, context: CellContext): string => started(row, context).toTimeString().slice(0, 5);
const terminal = (row: ProcessRow): string => (row.tty === 0 ? '?' : `pts/${row.tty & 0xff}`);
const kibibytes = (bytes: number): string => String(Math.floor(bytes / 1024));

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** Minutes and seconds, as BSD's form of `ps` has the time. */
function shortClock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** ps(1), standard format specifiers. */
const COLUMNS: Readonly<Record<string, Column>> = {
  user: { title: 'USER', cell: user },
  euser: { title: 'EUSER', cell: user },
  uname: { title: 'USER', cell: user },
  uid: { title: 'UID', cell: (row) => String(row.uid) },
  euid: { title: 'EUID', cell: (row) => String(row.uid) },
  gid: { title: 'GID', cell: (row) => String(row.gid) },
  egid: { title: 'EGID', cell: (row) => String(row.gid) },
  group: { title: 'GROUP', cell: group },
  egroup: { title: 'EGROUP', cell: group },
  pid: { title: 'PID', cell: (row) => String(row.pid) },
  ppid: { title: 'PPID', cell: (row) => String(row.parent) },
  pgid: { title: 'PGID', cell: (row) => String(row.group) },
  sid: { title: 'SID', cell: (row) => String(row.session) },
  c: { title: 'C', cell: (row, context) => String(Math.min(99, Math.floor(share(row, context)))) },
  pcpu: { title: '%CPU', cell: (row, context) => share(row, context).toFixed(1) },
  pmem: { title: '%MEM', cell: memoryShare },
  vsz: { title: 'VSZ', cell: (row) => kibibytes(row.virtualBytes) },
  rss: { title: 'RSS', cell: (row) => kibibytes(row.residentBytes) },
  stat: { title: 'STAT', cell: (row) => row.state },
  s: { title: 'S', cell: (row) => row.state },
  ni: { title: 'NI', cell: (row) => String(row.nice) },
  pri: { title: 'PRI', cell: (row) => String(39 - row.priority) },
  nlwp: { title: 'NLWP', cell: (row) => String(row.threads) },
  stime: { title: 'STIME', cell: startTime },
  start: { title: 'STARTED', cell: (row, context) => started(row, context).toTimeString().slice(0, 8) },
  start_time: { title: 'START', cell: startTime },
  lstart: { title: 'STARTED', cell: (row, context) => started(row, context).toString().slice(0, 24) },
  etimes: { title: 'ELAPSED', cell: (row, context) => String(Math.floor(age(row, context))) },
  etime: { title: 'ELAPSED', cell: (row, context) => clock(age(row, context)) },
  tty: { title: 'TTY', cell: terminal },
  time: { title: 'TIME', cell: (row) => clock(row.cpuTicks / TICKS) },
  bsdtime: { title: 'TIME', cell: (row) => shortClock(row.cpuTicks / TICKS) },
  cmd: { title: 'CMD', cell: (row) => row.command },
  args: { title: 'COMMAND', cell: (row) => row.command },
  comm: { title: 'COMMAND', cell: (row) => row.name },
  ucmd: { title: 'CMD', cell: (row) => row.name },
  fulluser: { title: 'UID', cell: user },
};

const ALIASES: Readonly<Record<string, string>> = {
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  vsize: 'vsz',
  rssize: 'rss',
  state: 's',
  nice: 'ni',
  thcount: 'nlwp',
  bsdstart: 'start_time',
  tname: 'tty',
  tt: 'tty',
  cputime: 'time',
  command: 'args',
  ucomm: 'comm',
  pgrp: 'pgid',
  sess: 'sid',
};

const FULL = ['fulluser', 'pid', 'ppid', 'c', 'stime', 'tty', 'time', 'cmd'];
const EXTRA_FULL = ['fulluser', 'pid', 'ppid', 'c', 'vsz', 'rss', 'stime', 'tty', 'time', 'cmd'];
const SHORT = ['pid', 'tty', 'time', 'ucmd'];
const BSD = ['pid', 'tty', 'stat', 'bsdtime', 'args'];
const BSD_USER = ['user', 'pid', 'pcpu', 'pmem', 'vsz', 'rss', 'tty', 'stat', 'start_time', 'bsdtime', 'args'];

/**
 * Columns for the options of `ps`: `-o` lists with titles (`pid,comm=NAME`), `-ef`, `-eF`, `-e`, and BSD's `aux` and
 * `ax`. Which processes are chosen does not matter: they are always those of the container. Throws `invalid`.
 */
export function columnsFor(psArguments: string): Column[] {
  const words = psArguments.split(/\s+/).filter((word) => word !== '');
  const formats: string[] = [];
  const letters: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    // The list of -o is the rest of its word, or the next one.
    const [, before, list] = /^(-?\w*?)o(.*)$/.exec(word) ?? [undefined, word, undefined];
    letters.push(before);
    if (list === undefined) continue;
    if (list === '') index += 1;
    formats.push(list === '' ? (words[index] ?? '') : list);
  }
  const given = letters.join('');
  const unknown = /[^-AaefFuxw]/.exec(given)?.[0];
  if (unknown !== undefined) throw unsupported(psArguments);
  if (formats.length > 0) return formats.flatMap((list) => list.split(',').map((one) => namedColumn(one, psArguments)));
  return presetFor(given, words.length === 0).map((name) => namedColumn(name, psArguments));
}

function presetFor(letters: string, isEmpty: boolean): string[] {
  if (isEmpty || letters.includes('f')) return FULL;
  if (letters.includes('F')) return EXTRA_FULL;
  if (letters.includes('u')) return BSD_USER;
  return letters.includes('x') ? BSD : SHORT;
}

function namedColumn(text: string, psArguments: string): Column {
  const [name = '', title] = text.split('=', 2);
  const column = COLUMNS[ALIASES[name] ?? name];
  if (column === undefined) throw unsupported(psArguments);
  return title === undefined || title === '' ? column : { ...column, title };
}

function unsupported(psArguments: string): EngineError {
  return new EngineError(
    'invalid',
    `ps arguments ${JSON.stringify(psArguments)} are not supported: use -ef, -eF, -e, aux, ax, or -o with columns of ps`,
  );
}
