import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrEmpty } from '../store/files.ts';

const CGROUP_ROOT = '/sys/fs/cgroup';
/** The launcher's own processes: a directory that hands controllers down may hold none itself (cgroups(7)). */
const LEAF = 'launcher';
/** Passes over the processes while new ones are forked; two are the rule. */
const MOVE_ATTEMPTS = 20;

/**
 * The command that gives an ordinary user's launcher a cgroup v2 subtree of its own, through the user's service manager.
 * Undefined where there is no cgroup v2 or no such manager (no login session, no lingering).
 */
export function delegationWrapper(
  environment: NodeJS.ProcessEnv,
  uid: number,
): { command: string[]; environment: Record<string, string> } | undefined {
  const runtime = environment['XDG_RUNTIME_DIR'] ?? `/run/user/${uid}`;
  const hasManager = existsSync(join(runtime, 'systemd/private')) && existsSync('/usr/bin/systemd-run');
  if (!hasManager || !existsSync(join(CGROUP_ROOT, 'cgroup.controllers'))) return undefined;
  return {
    command: ['/usr/bin/systemd-run', '--user', '--scope', '--quiet', '--collect', '--property=Delegate=yes', '--'],
    environment: {
      XDG_RUNTIME_DIR: runtime,
      DBUS_SESSION_BUS_ADDRESS: environment['DBUS_SESSION_BUS_ADDRESS'] ?? `unix:path=${runtime}/bus`,
    },
  };
}

/**
 * The directory for containers in the scope that `delegationWrapper` has put the launcher `pid` into; null when it is in
 * none. Moves the launcher into a leaf of the scope first.
 *
 * The scope is kept in the file `record`. While containers of a former launcher live in theirs, the new launcher joins
 * them there and its own scope ends, so that all containers of an engine are in one place and are found there.
 */
export function delegatedParent(pid: number, record: string, root = CGROUP_ROOT): string | null {
  const own = /^0::(\/.*)$/m.exec(readOrEmpty(`/proc/${pid}/cgroup`))?.[1] ?? '';
  const scope = SCOPE.exec(own)?.[1];
  if (scope === undefined) return null;
  const former = readOrEmpty(record).trim();
  const isNew = own === scope && former !== scope && SCOPE.exec(former)?.[1] === former;
  try {
    if (isNew && isPopulated(join(root, former))) return settle(join(root, scope), join(root, former));
  } catch {
    // The last of it has just ended, or it is another user's.
  }
  try {
    const parent = settle(join(root, scope), join(root, scope));
    if (former !== scope) writeFileSync(record, scope, { mode: 0o600 });
    return parent;
  } catch {
    return null; // Not handed to this user after all: no limits then.
  }
}

/** What a launcher is in: a scope of systemd-run, or its leaf. */
const SCOPE = /^(\/.*\/run-[^/]+\.scope)(?:\/launcher)?$/;

function isPopulated(directory: string): boolean {
  return /^populated 1$/m.test(readOrEmpty(join(directory, 'cgroup.events')));
}

/** Moves the processes of a scope into the leaf of `target`; returns the directory for containers beside that. */
function settle(scope: string, target: string): string {
  accessSync(join(target, 'cgroup.subtree_control'), constants.W_OK);
  mkdirSync(join(target, LEAF), { recursive: true });
  moveProcesses(scope, join(target, LEAF));
  return join(target, 'containers');
}

function moveProcesses(scope: string, leaf: string): void {
  for (let attempt = 0; attempt < MOVE_ATTEMPTS; attempt += 1) {
    const pids = readOrEmpty(join(scope, 'cgroup.procs')).split('\n').filter(Boolean);
    if (pids.length === 0) return;
    for (const pid of pids) moveProcess(leaf, pid);
  }
}

function moveProcess(leaf: string, pid: string): void {
  try {
    writeFileSync(join(leaf, 'cgroup.procs'), pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // It ended while we looked.
  }
}
