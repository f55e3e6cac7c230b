import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HOLDERS } from '../store/trash-places.ts';
import { cgroupParentName } from '../system/cgroups.ts';
import { SYSTEM_DATA_ROOT, type EnginePaths } from '../system/paths.ts';
import { ok, problem, warning, type Finding } from './finding.ts';

const area = 'leaks';
const CGROUPS = '/sys/fs/cgroup';

interface Known {
  readonly containers: ReadonlySet<string>;
  /** By the first half of their ids, as sockets are named. */
  readonly running: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  readonly building: ReadonlySet<string>;
}

/** What is on the machine and belongs to nothing that is known. `isIdle`: no engine runs. */
export async function leakChecks(paths: EnginePaths, isIdle: boolean): Promise<Finding[]> {
  const known = readKnown(paths.dataRoot);
  const findings = [
    ...(await sockets(paths.execRoot, known)),
    ...controlGroups(paths.dataRoot, known),
    ...links(paths.dataRoot, known),
    ...rulesets(paths.dataRoot, isIdle && known.running.size === 0),
    ...mounts(paths.dataRoot),
  ];
  return findings.length > 0 ? findings : [ok(area, 'leaks.none', 'nothing was left behind on this machine')];
}

/** Containers of RUN that is being carried out now. */
function building(dataRoot: string): string[] {
  const work = join(dataRoot, 'build', 'work');
  return existsSync(work) ? readdirSync(work) : [];
}

function readKnown(dataRoot: string): Known {
  const path = join(dataRoot, 'berth.db');
  const empty: Known = { containers: new Set(), running: new Set(), networks: new Set(), building: new Set() };
  if (!existsSync(path)) return empty;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const rows = database.prepare('SELECT id, state FROM container').all();
      const runs = rows.filter((row) =>
        ['running', 'paused'].includes(String((JSON.parse(String(row['state'])) as { status: unknown }).status)),
      );
      return {
        containers: new Set(rows.map((row) => String(row['id']))),
        running: new Set(runs.map((row) => String(row['id']).slice(0, 32))),
        building: new Set(building(dataRoot).map((id) => id.slice(0, 32))),
        networks: new Set(
          database
            .prepare('SELECT id FROM network')
            .all()
            .map((row) => String(row['id']).slice(0, 12)),
        ),
      };
    } finally {
      database.close();
    }
  } catch {
    return empty; // The store's checks say what is wrong with it.
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

async function sockets(execRoot: string, known: Known): Promise<Finding[]> {
  const directory = join(execRoot, 'm');
  if (!existsSync(directory)) return [];
  const found: Finding[] = [];
  const live = new Set<string>();
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (await answers(path)) live.add(name.slice(0, 32));
    else if (existsSync(path))
      found.push(
        warning(area, 'leaks.socket', `nobody listens at ${path}`, 'berth doctor --repair removes it.', () => {
          rmSync(path, { force: true });
        }),
      );
  }
  for (const id of known.running)
    if (!live.has(id))
      found.push(
        warning(
          area,
          'leaks.lost-container',
          `container ${id.slice(0, 12)} counts as running and has no monitor`,
          'It ended while no engine looked; the next start of the engine notes its end.',
        ),
      );
  return found;
}

function controlGroups(dataRoot: string, known: Known): Finding[] {
  const name = cgroupParentName(dataRoot, dataRoot === SYSTEM_DATA_ROOT);
  if (!existsSync(CGROUPS)) return [];
  const parents = [join(CGROUPS, name), ...readdirSync(CGROUPS).map((one) => join(CGROUPS, one, name))];
  const groups = new Map<string, string[]>();
  for (const parent of parents.filter((one) => existsSync(one))) {
    for (const entry of readdirSync(parent, { withFileTypes: true })) {
      if (!entry.isDirectory() || !/^[0-9a-f]{64}$/.test(entry.name)) continue;
      const half = entry.name.slice(0, 32);
      if (known.running.has(half) || known.building.has(half)) continue;
      groups.set(entry.name, [...(groups.get(entry.name) ?? []), join(parent, entry.name)]);
    }
  }
  return [...groups].map(([id, paths]) => controlGroup(id.slice(0, 12), paths));
}

function controlGroup(id: string, paths: readonly string[]): Finding {
  const processes = new Set(paths.flatMap((path) => lines(join(path, 'cgroup.procs'))));
  if (processes.size > 0)
    return problem(
      area,
      'leaks.processes',
      `processes ${[...processes].join(', ')} are in the control groups of container ${id}, which does not run`,
      'End them with kill, then run berth doctor --repair.',
    );
  const text = `control groups of container ${id} are there, which does not run: ${paths.join(', ')}`;
  return warning(area, 'leaks.cgroup', text, 'berth doctor --repair removes them.', () => {
    for (const path of paths) if (existsSync(path)) rmdirSync(path);
  });
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return []; // It went while we looked.
  }
}

function output(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  } catch {
    return ''; // Not installed, or not ours to ask.
  }
}

function markOf(dataRoot: string): string {
  return createHash('sha256').update(dataRoot).digest('hex').slice(0, 12);
}

function links(dataRoot: string, known: Known): Finding[] {
  return output('ip', ['-o', 'link'])
    .split('\n')
    .filter((line) => line.includes(`alias berth ${markOf(dataRoot)}`))
    .map((line) => (line.split(': ')[1] ?? '').split('@')[0] ?? '')
    .filter((name) => /^br-[0-9a-f]{12}$/.test(name) && name !== `br-${markOf(dataRoot)}`)
    .filter((name) => !known.networks.has(name.slice('br-'.length)))
    .map((name) =>
      warning(
        area,
        'leaks.link',
        `the bridge ${name} belongs to no network`,
        'berth doctor --repair removes it.',
        () => {
          execFileSync('ip', ['link', 'delete', name], { stdio: 'ignore' });
        },
      ),
    );
}

function rulesets(dataRoot: string, isUnused: boolean): Finding[] {
  if (!isUnused) return [];
  return output('nft', ['list', 'tables'])
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter(([, , name = '']) => name === `berth_${markOf(dataRoot)}`)
    .map(([, family = '', name = '']) =>
      warning(
        area,
        'leaks.ruleset',
        `the firewall table ${family} ${name} is there although nothing runs`,
        'berth doctor --repair removes it.',
        () => {
          execFileSync('nft', ['delete', 'table', family, name], { stdio: 'ignore' });
        },
      ),
    );
}

function mounts(dataRoot: string): Finding[] {
  // Where somebody may well have mounted a disk, and the engine never mounts anything.
  const disks = new Set(HOLDERS.map((holder) => join(dataRoot, holder)));
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${dataRoot}/`) && !disks.has(path))
    .map((path) =>
      warning(area, 'leaks.mount', `${path} is mounted in the data root`, `If it is not yours: umount ${path}`),
    );
}
