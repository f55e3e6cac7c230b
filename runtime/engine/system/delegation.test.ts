import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { needs } from '../testing/needs.ts';
import { delegatedParent } from './delegation.ts';

const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => existsSync(join(path, 'cgroup.controllers')));
const holds = process.getuid?.() === 0 && root !== undefined;

describe.runIf(holds)(`the scope of a launcher${needs('root and cgroup version 2', holds)}`, () => {
  const slice = `berth-delegation-${process.pid}`;
  const cgroup = (name: string): string => join(root ?? '', slice, name);
  const launchers: ChildProcess[] = [];
  let scratch = '';
  let record = '';

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'berth-'));
    record = join(scratch, 'scope');
  });
  afterEach(async () => {
    for (const launcher of launchers.splice(0)) await end(launcher);
    for (const name of ['run-a.scope/launcher', 'run-a.scope', 'run-b.scope/launcher', 'run-b.scope', 'other', ''])
      if (existsSync(cgroup(name))) rmdirSync(cgroup(name));
    rmSync(scratch, { recursive: true });
  });

  const launcherIn = (name: string): number => {
    const launcher = spawn('sleep', ['100'], { stdio: 'ignore' });
    launchers.push(launcher);
    mkdirSync(cgroup(name), { recursive: true });
    writeFileSync(join(cgroup(name), 'cgroup.procs'), String(launcher.pid));
    return launcher.pid ?? 0;
  };
  const placeOf = (pid: number): string =>
    /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1]?.slice(slice.length + 2) ?? '';
  const parentOf = (pid: number): string | null => delegatedParent(pid, record, root);

  test('has the launcher in a leaf, beside the containers', () => {
    const pid = launcherIn('run-a.scope');
    expect(parentOf(pid)).toBe(cgroup('run-a.scope/containers'));
    expect(placeOf(pid)).toBe('run-a.scope/launcher');
    // Asked again by the next engine.
    expect(parentOf(pid)).toBe(cgroup('run-a.scope/containers'));
  });

  test('is the former one while something lives there', async () => {
    parentOf(launcherIn('run-a.scope'));
    const second = launcherIn('run-b.scope');
    expect(parentOf(second)).toBe(cgroup('run-a.scope/containers'));
    expect(placeOf(second)).toBe('run-a.scope/launcher');
    for (const launcher of launchers.splice(0)) await end(launcher);
    const third = launcherIn('run-b.scope');
    expect(parentOf(third)).toBe(cgroup('run-b.scope/containers'));
    expect(placeOf(third)).toBe('run-b.scope/launcher');
  });

  test('is none elsewhere, and what stands in the record is followed into scopes only', () => {
    expect(parentOf(launcherIn('other'))).toBeNull();
    const pid = launcherIn('run-b.scope');
    writeFileSync(record, `/${slice}/other`);
    expect(parentOf(pid)).toBe(cgroup('run-b.scope/containers'));
  });
});

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
