import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtLauncher, openLauncher } from './client.ts';
import { decodeForward } from './log-format.ts';
import { Fixture, processPlan } from './testing/fixture.ts';
import type { LaunchPlan } from './types.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(async () => {
  await fixture.close();
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function doomed(plan: LaunchPlan, start = true): Promise<{ engine: ChildProcess; pid: number }> {
  const engine = spawn(process.execPath, [fileURLToPath(new URL('./testing/doomed-engine.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const request = { runDirectory: join(fixture.directory, 'run'), plan, start };
  engine.stdin.end(JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)));
  const [line] = (await once(engine.stdout, 'data')) as [Buffer];
  return { engine, pid: Number(line.toString()) };
}

async function zygotePid(): Promise<number> {
  const found = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`--run-dir ${join(fixture.directory, 'run')}`))
    .map((line) => line.trim().split(/\s+/).map(Number));
  const pids = new Set(found.map(([pid]) => pid));
  const roots = found.filter(([, parent]) => !pids.has(parent));
  await pause(0);
  return roots[0]?.[0] ?? 0;
}

test('kill -9 of the engine: the container goes on, the log is complete, the exit code is kept', async () => {
  const plan = await fixture.plan(
    processPlan(['sh', '-c', 'i=0; while [ $i -lt 40 ]; do echo line $i; i=$((i+1)); sleep 0.02; done; exit 42']),
  );
  const { engine, pid } = await doomed(plan);
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  const adopted = await fixture.launcher.adopt(plan.id, plan.socketPath, plan.stateDirectory);
  expect(adopted?.process.pid).toBe(pid);
  expect(adopted?.startedAt).toBeGreaterThan(0n);
  const record = await adopted?.exited;
  expect(record?.exitCode).toBe(42);
  const { records } = decodeForward(await readFile(plan.logPath ?? ''));
  expect(records.map((entry) => entry.bytes.toString())).toEqual(
    Array.from({ length: 40 }, (_, index) => `line ${index}`),
  );
  expect(await fixture.launcher.readExit(plan.stateDirectory)).toEqual(record);
  expect(await fixture.launcher.adopt(plan.id, plan.socketPath, plan.stateDirectory)).toBeNull();
});

test('kill -9 of the engine between create and start undoes everything', async () => {
  const plan = await fixture.plan(processPlan(['sleep', '60']));
  const { engine, pid } = await doomed(plan, false);
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  for (let attempt = 0; attempt < 3000 && existsSync(plan.socketPath); attempt++) await pause(10);
  expect(existsSync(plan.socketPath)).toBe(false);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(existsSync(join(plan.stateDirectory, 'exit'))).toBe(false);
});

test('kill -9 of the zygote: containers, their exec and new starts go on', async () => {
  const plan = await fixture.plan(
    processPlan(['sh', '-c', 'read x; echo got $x; exit 6'], { openStdin: true, stdinOnce: true }),
  );
  const running = await fixture.launcher.launch(plan);
  await running.start();
  const before = await zygotePid();
  expect(before).toBeGreaterThan(1);
  process.kill(before, 'SIGKILL');
  await pause(50);
  const exec = await fixture.launcher.exec(fixture.execPlan(running, processPlan(['sh', '-c', 'exit 11'])));
  expect((await fixture.finish(exec)).exitCode).toBe(11);
  expect((await fixture.shell('exit 12')).exitCode).toBe(12);
  const stream = await running.attach({ stdin: true, stdout: true, stderr: true });
  stream.resume();
  stream.end('on\n');
  expect((await running.exited).exitCode).toBe(6);
});

test('a zygote of another build gives way when the engine comes with its own; what it has started goes on', async () => {
  const runDirectory = join(fixture.directory, 'update');
  const own = process.env['BERTH_LAUNCHER'] ?? builtLauncher;
  const newer = join(fixture.directory, 'newer-launcher');
  // What stands behind the end of a program changes nothing but what it is.
  await writeFile(newer, Buffer.concat([await readFile(own), Buffer.from('newer\n')]), { mode: 0o755 });
  const before = await openLauncher({ runDirectory, binary: own });
  const plan = await fixture.plan(processPlan(['sh', '-c', 'read x; exit 6'], { openStdin: true, stdinOnce: true }));
  const running = await before.launch(plan);
  await running.start();
  const same = await openLauncher({ runDirectory, binary: own });
  expect(same.pid).toBe(before.pid);
  const after = await openLauncher({ runDirectory, binary: newer });
  expect(after.pid).not.toBe(before.pid);
  expect(existsSync(`/proc/${before.pid}/exe`)).toBe(false);
  const adopted = await after.adopt(plan.id, plan.socketPath, plan.stateDirectory);
  const exec = await after.exec(fixture.execPlan(running, processPlan(['sh', '-c', 'exit 11'])));
  expect((await fixture.finish(exec)).exitCode).toBe(11);
  const stream = await running.attach({ stdin: true, stdout: true, stderr: true });
  stream.resume();
  stream.end('on\n');
  expect((await adopted?.exited)?.exitCode).toBe(6);
  await after.close();
});

test('a worker made in advance may be killed at any time, and does not outlive its zygote', async () => {
  const runDirectory = join(fixture.directory, 'spare');
  const launcher = await openLauncher({ runDirectory });
  const processes = (name: string): number[] =>
    execFileSync('ps', ['-eo', 'pid=,comm=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`--run-dir ${runDirectory}`) && line.includes(name))
      .map((line) => Number(line.trim().split(' ')[0]));
  const spare = async (): Promise<number> => {
    for (let attempt = 0; attempt < 1500 && processes('berth-spare').length === 0; attempt++) await pause(10);
    return processes('berth-spare')[0] ?? 0;
  };
  const missing = join(fixture.directory, 'missing');
  for (let round = 0; round < 3; round += 1) {
    const pid = await spare();
    process.kill(pid, 'SIGKILL');
    for (let attempt = 0; attempt < 10_000 && existsSync(`/proc/${pid}/exe`); attempt++) await pause(1);
    await launcher.removeTree(missing);
  }
  const used = await spare();
  await launcher.removeTree(missing);
  expect(await spare()).not.toBe(used);
  const [zygote = 0] = processes('berth-zygote');
  process.kill(zygote, 'SIGKILL');
  for (let attempt = 0; attempt < 1500 && processes('').length > 0; attempt++) await pause(10);
  expect(processes('')).toEqual([]);
  await launcher.close();
});

test('two engines that start at once share one zygote', async () => {
  const runDirectory = join(fixture.directory, 'twice');
  const launchers = await Promise.all([openLauncher({ runDirectory }), openLauncher({ runDirectory })]);
  await Promise.all(launchers.map((launcher) => launcher.makeDirectory(join(fixture.directory, 'x'), 0o700)));
  const count = (): number =>
    execFileSync('ps', ['-eo', 'comm=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`--run-dir ${runDirectory}`) && !line.startsWith('berth-spare')).length;
  // The processes that served the requests end a moment after they have answered.
  for (let attempt = 0; attempt < 1000 && count() > 1; attempt++) await pause(20);
  expect(count()).toBe(1);
  await launchers[0].close();
});

test.each([
  ['', false],
  ['web', false],
  ['web', true],
])(
  'kill -9 of a monitor is told as 255, and its container does not stay behind (user %j, init %j)',
  async (user, init) => {
    const plan = await fixture.plan(processPlan(['sleep', '60'], { user }), { init });
    const running = await fixture.launcher.launch(plan);
    await running.start();
    const monitor = Number(
      execFileSync('ps', ['-o', 'ppid=', '-p', String(running.process.pid)], { encoding: 'utf8' }),
    );
    process.kill(monitor, 'SIGKILL');
    expect((await running.exited).exitCode).toBe(255);
    for (let attempt = 0; attempt < 3000 && existsSync(`/proc/${running.process.pid}`); attempt++) await pause(10);
    expect(existsSync(`/proc/${running.process.pid}`)).toBe(false);
  },
);

test('torn bytes at the end of a log are cut off when the container starts again', async () => {
  const first = await fixture.plan(processPlan(['echo', 'first']));
  await fixture.finish(await fixture.launcher.launch(first));
  const { appendFile } = await import('node:fs/promises');
  await appendFile(first.logPath ?? '', Buffer.from([5, 0, 0, 0, 1, 0, 0]));
  await fixture.finish(await fixture.launcher.launch({ ...first, process: processPlan(['echo', 'second']) }));
  const { records, damaged } = decodeForward(await readFile(first.logPath ?? ''));
  expect(damaged).toBe(false);
  expect(records.map((entry) => entry.bytes.toString())).toEqual(['first', 'second']);
});

/** The zygote of a run directory. */
function pidAt(runDirectory: string): number {
  const line = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .find((one) => one.includes(`--run-dir ${runDirectory}`));
  return Number(line?.trim().split(' ')[0]);
}

test('a zygote that is killed again while it is being restored is started again, and nobody waits for ever', async () => {
  const runDirectory = join(fixture.directory, 'again');
  const missing = join(fixture.directory, 'missing');
  let restored = 0;
  const launcher = await openLauncher({
    runDirectory,
    onRestart: async () => {
      restored += 1;
      if (restored === 1) process.kill(pidAt(runDirectory), 'SIGKILL');
      await pause(20);
      await launcher.removeTree(missing);
    },
  });
  process.kill(pidAt(runDirectory), 'SIGKILL');
  await pause(20);
  await Promise.all([launcher.removeTree(missing), launcher.removeTree(missing)]);
  expect(restored).toBe(2);
  await launcher.close();
});

test('a host program is run by a new zygote before what was lost is made anew, which may wait for it', async () => {
  const runDirectory = join(fixture.directory, 'held');
  const { promise: freed, resolve: free } = Promise.withResolvers<undefined>();
  let restored = false;
  const launcher = await openLauncher({
    runDirectory,
    onRestart: async () => {
      await freed;
      restored = true;
    },
  });
  process.kill(pidAt(runDirectory), 'SIGKILL');
  await pause(20);
  const others = launcher.removeTree(join(fixture.directory, 'missing'));
  expect(await launcher.runHelper(['echo', 'now'], '')).toMatchObject({ exitCode: 0, output: 'now\n' });
  expect(restored).toBe(false);
  free(undefined);
  await others;
  expect(restored).toBe(true);
  await launcher.close();
});
