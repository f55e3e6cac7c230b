import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Supervised } from './interface.ts';
import { decodeForward } from './log-format.ts';
import { demultiplex, Fixture, processPlan } from './testing/fixture.ts';
import type { LaunchPlan, ProcessPlan } from './types.ts';
import { needs } from '../testing/needs.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(async () => {
  await fixture.close();
});

const all = { stdin: true, stdout: true, stderr: true };

/** Everything a stream gives until it ends, and what has come so far. */
class Collected {
  readonly stream: Duplex;
  readonly ended: Promise<void>;
  bytes: Buffer = Buffer.alloc(0);

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
    });
    this.ended = new Promise((resolve) => {
      stream.once('end', () => {
        stream.destroy();
        resolve();
      });
    });
  }

  async until(text: string): Promise<void> {
    for (let attempt = 0; attempt < 3000; attempt++) {
      if (this.bytes.includes(text)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`never came: ${text}; came: ${this.bytes.toString()}`);
  }
}

async function launch(
  args: string[],
  process: Partial<ProcessPlan>,
  plan: Partial<LaunchPlan> = {},
): Promise<Supervised> {
  return fixture.launcher.launch(await fixture.plan(processPlan(args, process), plan));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

test('a process of one millisecond loses no output, many times over', async () => {
  for (let round = 0; round < 50; round++)
    expect(await fixture.run(['echo', `round ${round}`])).toEqual({
      exitCode: 0,
      stdout: `round ${round}\n`,
      stderr: '',
    });
});

test('the log has every line with its stream, long lines in parts, a last line without newline', async () => {
  const plan = await fixture.plan(
    processPlan(['sh', '-c', 'echo one; echo two >&2; head -c 40000 /dev/zero; echo; echo -n last']),
  );
  const process = await fixture.launcher.launch(plan);
  await process.start();
  await process.exited;
  const { records, damaged, offset } = decodeForward(await readFile(plan.logPath ?? ''));
  expect(damaged).toBe(false);
  expect(offset).toBe((await readFile(plan.logPath ?? '')).length);
  const output = records.filter((record) => record.stream === 'stdout');
  expect(records.find((record) => record.stream === 'stderr')?.bytes.toString()).toBe('two');
  expect(output.map((record) => [record.bytes.length, record.partial])).toEqual([
    [3, false],
    [16384, true],
    [16384, true],
    [7232, false],
    [4, true],
  ]);
  expect(output.every((record) => record.time >= process.startedAt)).toBe(true);
});

test('stdin goes in, its end is end of file, the process ends', async () => {
  const process = await launch(['cat'], { openStdin: true, stdinOnce: true });
  const client = new Collected(await process.attach(all));
  await process.start();
  const text = 'y'.repeat(500_000);
  client.stream.end(text);
  await client.ended;
  expect(demultiplex(client.bytes).stdout).toBe(text);
  expect((await process.exited).exitCode).toBe(0);
});

test('without stdinOnce a client that leaves does not end the input', async () => {
  const process = await launch(['sh', '-c', 'while read line; do echo got $line; done'], { openStdin: true });
  const first = new Collected(await process.attach(all));
  await process.start();
  first.stream.write('a\n');
  await first.until('got a');
  first.stream.destroy();
  const second = new Collected(await process.attach(all));
  second.stream.write('b\n');
  await second.until('got b');
  expect(demultiplex(second.bytes).stdout).toBe('got b\n');
  await process.kill(9);
  await second.ended;
});

test('only the wanted streams come', async () => {
  const process = await launch(['sh', '-c', 'echo out; echo err >&2'], {});
  const output = new Collected(await process.attach({ stdin: false, stdout: true, stderr: false }));
  const errors = new Collected(await process.attach({ stdin: false, stdout: false, stderr: true }));
  await process.start();
  await Promise.all([output.ended, errors.ended]);
  expect(demultiplex(output.bytes)).toEqual({ stdout: 'out\n', stderr: '' });
  expect(demultiplex(errors.bytes)).toEqual({ stdout: '', stderr: 'err\n' });
});

test('a client that does not read holds the writer back, and loses nothing', async () => {
  const size = 8 << 20;
  const process = await launch(['sh', '-c', `head -c ${size} /dev/zero; echo done >&2`], {}, { logPath: null });
  const slow = await process.attach({ stdin: false, stdout: true, stderr: false });
  const errors = new Collected(await process.attach({ stdin: false, stdout: false, stderr: true }));
  await process.start();
  await pause(300);
  expect(errors.bytes.length).toBe(0);
  const client = new Collected(slow);
  await client.ended;
  await errors.until('done');
  expect(demultiplex(client.bytes).stdout.length).toBe(size);
});

test('a grandchild that holds the output open does not hold up the end of an exec', async () => {
  const target = await launch(['sleep', '60'], {});
  await target.start();
  const exec = await fixture.launcher.exec(
    fixture.execPlan(target, processPlan(['sh', '-c', 'sleep 30 & echo out; exit 5'])),
  );
  expect(await fixture.finish(exec)).toEqual({ exitCode: 5, stdout: 'out\n', stderr: '' });
  await target.kill(9);
  await target.exited;
});

describe('terminal', () => {
  test('size at start, resize, several clients, console', async () => {
    const process = await launch(
      ['sh', '-c', 'stty size; ls -l /dev/console /dev/pts; [ -t 0 ] && echo terminal; read x; stty size; echo end $x'],
      {
        tty: true,
        openStdin: true,
        consoleSize: { rows: 33, columns: 101 },
      },
    );
    const first = new Collected(await process.attach(all));
    const second = new Collected(await process.attach(all));
    await process.start();
    await first.until('terminal');
    expect(first.bytes.toString()).toContain('33 101');
    expect(first.bytes.toString()).toMatch(/crw--w----.*136, +0.*\/dev\/console/);
    await process.resize(50, 120);
    second.stream.write('word\r');
    await Promise.all([first.ended, second.ended]);
    expect(first.bytes.toString()).toContain('50 120');
    expect(first.bytes.toString()).toContain('end word');
    expect(second.bytes.toString()).toBe(first.bytes.toString());
  });

  test('control-C reaches the foreground process', async () => {
    const process = await launch(['sleep', '60'], { tty: true, openStdin: true }, { init: true });
    const client = new Collected(await process.attach(all));
    await process.start();
    await pause(50);
    client.stream.write('\x03');
    expect((await process.exited).exitCode).toBe(130);
    await client.ended;
  });

  test('exec has a terminal of its own', async () => {
    const target = await launch(['sleep', '60'], {});
    await target.start();
    const exec = await fixture.launcher.exec(
      fixture.execPlan(
        target,
        processPlan(['sh', '-c', 'stty size; tty 2>/dev/null; readlink /proc/self/fd/0'], {
          tty: true,
          consoleSize: { rows: 12, columns: 34 },
        }),
      ),
    );
    const client = new Collected(await exec.attach(all));
    await exec.start();
    await client.ended;
    expect(client.bytes.toString()).toContain('12 34\r\n');
    expect(client.bytes.toString()).toContain('/dev/pts/0');
    await target.kill(9);
    await target.exited;
  });
});

describe('exec', () => {
  test('joins every namespace, has its own exit code, ends with the container', async () => {
    const target = await launch(['sleep', '60'], {}, { hostname: 'joined' });
    await target.start();
    const run = async (script: string): Promise<{ exitCode: number; stdout: string }> =>
      fixture.finish(await fixture.launcher.exec(fixture.execPlan(target, processPlan(['sh', '-c', script]))));
    expect(await run('hostname; readlink /proc/1/exe; exit 3')).toMatchObject({
      exitCode: 3,
      stdout: 'joined\n/bin/busybox\n',
    });
    const names = ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'];
    const { stdout } = await run(
      `for n in ${names.join(' ')}; do [ "$(readlink /proc/self/ns/$n)" = "$(readlink /proc/1/ns/$n)" ] && echo same; done`,
    );
    expect(stdout).toBe('same\n'.repeat(names.length));
    const lasting = await fixture.launcher.exec(fixture.execPlan(target, processPlan(['sleep', '60'])));
    await lasting.start();
    await target.kill(9);
    await target.exited;
    expect((await lasting.exited).exitCode).toBe(137);
    await expect(fixture.launcher.exec(fixture.execPlan(target, processPlan(['true'])))).rejects.toMatchObject({
      kind: 'process-gone',
    });
  });

  test('a recycled pid is not joined', async () => {
    const target = { process: { pid: process.pid, startTime: 1n } } as Supervised;
    await expect(fixture.launcher.exec(fixture.execPlan(target, processPlan(['true'])))).rejects.toMatchObject({
      kind: 'process-gone',
    });
  });
});

describe('pause', () => {
  test('by signals when there is no cgroup', async () => {
    const process = await launch(['sh', '-c', 'while true; do echo tick; sleep 0.01; done'], {});
    const client = new Collected(await process.attach({ stdin: false, stdout: true, stderr: false }));
    await process.start();
    await client.until('tick');
    await process.pause();
    await pause(50);
    const before = client.bytes.length;
    await pause(150);
    expect(client.bytes.length).toBe(before);
    await process.resume();
    await expect.poll(() => client.bytes.length).toBeGreaterThan(before);
    await process.kill(9);
    await client.ended;
  });

  test('by signals, of a process that no signal reaches as it waits for one that is stopped already', async () => {
    const program = `${fixture.layer}/bin/vfork`;
    execFileSync('cc', [
      '-static',
      '-o',
      program,
      fileURLToPath(new URL('../../launcher/test/vfork.c', import.meta.url)),
    ]);
    chmodSync(program, 0o755);
    const process = await launch(['vfork'], {});
    const client = new Collected(await process.attach({ stdin: false, stdout: true, stderr: false }));
    await process.start();
    await client.until('waits');
    await process.pause();
    await process.resume();
    await process.kill(9);
    await client.ended;
  });
});

// The launcher hides itself from all but root (PR_SET_DUMPABLE), so only root can look.
const measurable = process.env['BERTH_LAUNCHER'] === undefined && process.getuid?.() === 0;
test.runIf(measurable)(
  `a monitor takes little memory${needs('root and the plain build: a sanitizer takes memory of its own', measurable)}`,
  async () => {
    const process = await launch(['sleep', '60'], {});
    await process.start();
    await pause(50);
    const monitor = execFileSync('ps', ['-o', 'ppid=', '-p', String(process.process.pid)], { encoding: 'utf8' }).trim();
    const smaps = readFileSync(`/proc/${monitor}/smaps_rollup`, 'utf8');
    const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(smaps)?.[1]);
    expect(kib('Private_Dirty') + kib('Private_Clean')).toBeLessThan(1024);
    await process.kill(9);
    await process.exited;
  },
);

test('a full log is rotated between records, and only as many files are kept as asked', async () => {
  const plan = await fixture.plan(
    processPlan(['sh', '-c', 'i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; echo -n last']),
    { logRotation: { maximumSize: 1000, maximumFiles: 4 } },
  );
  const process = await fixture.launcher.launch(plan);
  await process.start();
  await process.exited;
  const numbers = (await readdir(plan.stateDirectory))
    .flatMap((name) => /^log\.(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  expect(numbers).toHaveLength(3);
  const lines: string[] = [];
  for (const name of [...numbers.map((number) => `log.${number}`), 'log']) {
    const bytes = await readFile(`${plan.stateDirectory}/${name}`);
    expect(bytes.length).toBeLessThanOrEqual(1000);
    const { records, offset, damaged } = decodeForward(bytes);
    expect([offset, damaged]).toEqual([bytes.length, false]);
    lines.push(...records.map((record) => record.bytes.toString()));
  }
  const first = Number(/\d+/.exec(lines[0] ?? '')?.[0]);
  expect(lines).toEqual([...Array.from({ length: 500 - first }, (_, index) => `line ${first + index}`), 'last']);
});
