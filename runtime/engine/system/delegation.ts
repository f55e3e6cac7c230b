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
 */
export function delegatedParent(pid: number): string | null {
  const own = /^0::(\/.*)$/m.exec(readOrEmpty(`/proc/${pid}/cgroup`))?.[1] ?? '';
  const scope = /^(\/.*\/run-[^/]+\.scope)(?:\/launcher)?$/.exec(own)?.[1];
  if (scope === undefined) return null;
  const directory = join(CGROUP_ROOT, scope);
  try {
    accessSync(join(directory, 'cgroup.subtree_control'), constants.W_OK);
    mkdirSync(join(directory, LEAF), { recursive: true });
    moveProcesses(directory);
  } catch {
    return null; // Not handed to this user after all: no limits then.
  }
  return join(directory, 'containers');
}

function moveProcesses(directory: string): void {
  for (let attempt = 0; attempt < MOVE_ATTEMPTS; attempt += 1) {
    const pids = readOrEmpty(join(directory, 'cgroup.procs')).split('\n').filter(Boolean);
    if (pids.length === 0) return;
    for (const pid of pids) moveProcess(directory, pid);
  }
}

function moveProcess(directory: string, pid: string): void {
  try {
    writeFileSync(join(directory, LEAF, 'cgroup.procs'), pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // It ended while we looked.
  }
}
