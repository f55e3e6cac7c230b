import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind, Fixture, processPlan } from './testing/fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(async () => {
  await fixture.close();
});

function ownProcesses(): string[] {
  return execFileSync('ps', ['-eo', 'pid=,comm=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(fixture.directory));
}

/** The zygote, and the worker that it makes in advance while it has an engine. */
const AT_REST = 2;

function state(zygote: number): Record<string, unknown> {
  return {
    processes: ownProcesses().length,
    // The launcher hides its descriptors from all but root (PR_SET_DUMPABLE).
    fds: process.getuid?.() === 0 ? readdirSync(`/proc/${zygote}/fd`).length : 0,
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(fixture.directory)).length,
    sockets: readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .filter((line) => line.includes(fixture.directory)).length,
  };
}

async function settled(zygote: number, wanted: Record<string, unknown>): Promise<Record<string, unknown>> {
  for (let attempt = 0; attempt < 1500 && JSON.stringify(state(zygote)) !== JSON.stringify(wanted); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return state(zygote);
}

test('runs, execs, failures and abandoned starts leave no process, descriptor, mount or socket', async () => {
  await fixture.shell('true');
  const zygote = Number(ownProcesses()[0]?.trim().split(' ')[0]);
  for (let attempt = 0; attempt < 1500 && !ownProcesses().some((line) => line.includes('berth-spare')); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const before = await settled(zygote, { processes: AT_REST, fds: state(zygote)['fds'], mounts: 0, sockets: 1 });
  const target = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'])));
  await target.start();
  for (let round = 0; round < 25; round++) {
    const mounts = [...(await fixture.plan(processPlan(['x']))).mounts, bind('/tmp', '/host')];
    await Promise.all([
      fixture.run(['echo', 'x'], {}, { mounts, init: round % 2 === 0 }),
      fixture.run(['absent']).catch(() => undefined),
      fixture.run(['true'], { user: 'nobody' }).catch(() => undefined),
      fixture.run(['true'], {}, { mounts: [...mounts, bind('/absent', '/x')] }).catch(() => undefined),
      fixture.launcher.exec(fixture.execPlan(target, processPlan(['true']))).then((exec) => fixture.finish(exec)),
      fixture.launcher
        .exec(fixture.execPlan(target, processPlan(['absent'])))
        .then((exec) => exec.start())
        .catch(() => undefined),
      fixture.plan(processPlan(['sleep', '60'], { tty: true })).then(async (plan) => {
        (await fixture.launcher.launch(plan)).release();
      }),
    ]);
  }
  await target.kill(9);
  await target.exited;
  expect(await settled(zygote, before)).toEqual(before);
});

test('removeTree removes what a container has made, whatever its modes and depth, and follows no link', async () => {
  const plan = await fixture.plan(
    processPlan([
      'sh',
      '-c',
      'mkdir -p /a/b/c; ln -s /etc /a/link; ln -s / /a/b/root; mkdir /deep; cd /deep; i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i+1)); done; touch x; mkdir -m 0 /none',
    ]),
  );
  expect((await fixture.finish(await fixture.launcher.launch(plan))).exitCode).toBe(0);
  await fixture.launcher.removeTree(plan.stateDirectory);
  expect(existsSync(plan.stateDirectory)).toBe(false);
  expect(existsSync('/etc/passwd')).toBe(true);
  await fixture.launcher.removeTree(plan.stateDirectory);
  await expect(fixture.launcher.removeTree('/')).rejects.toMatchObject({ kind: 'internal' });
  await expect(fixture.launcher.removeTree('relative')).rejects.toMatchObject({ kind: 'internal' });
});
