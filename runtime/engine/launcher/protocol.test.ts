import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Supervised } from './interface.ts';
import { Fixture, processPlan } from './testing/fixture.ts';
import { encodeExec, encodeHello, encodeLaunch, frameHeader, FrameWriter, request } from './wire.ts';
import { needs } from '../testing/needs.ts';

let fixture: Fixture;
let running: Supervised;
let monitorSocket: string;
beforeAll(async () => {
  fixture = await Fixture.open();
  const plan = await fixture.plan(processPlan(['sleep', '600']));
  running = await fixture.launcher.launch(plan);
  await running.start();
  monitorSocket = plan.socketPath;
});
afterAll(async () => {
  await running.kill(9);
  await running.exited;
  await fixture.close();
});

/** Sends bytes, half-closes, waits for the launcher to end the connection. */
async function send(path: string, bytes: Buffer): Promise<void> {
  const socket: Socket = connect(path);
  socket.on('error', () => undefined);
  socket.resume();
  await new Promise((resolve) => {
    socket.once('close', resolve);
    socket.end(bytes);
  });
}

const zygoteSocket = (): string => join(fixture.directory, 'run/zygote.sock');

function frame(type: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(frameHeader);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt8(type, 4);
  return Buffer.concat([head, payload]);
}

test('no bytes bring the zygote or a monitor down', async () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const hello = encodeHello();
  await fc.assert(
    fc.asyncProperty(fc.nat(255), bytes, fc.boolean(), fc.boolean(), async (type, payload, greeted, framed) => {
      // What would end the zygote on purpose, or remove a tree, is not for dice.
      if (type === request.shutdown || type === request.removeTree || type === request.runHelper) return;
      // Whoever attaches stays, also when he has nothing more to say: such a connection ends with the container.
      if (type === request.attach && payload.length === 1) return;
      const body = framed ? frame(type, payload) : Buffer.from(payload);
      const message = greeted ? Buffer.concat([hello, body]) : body;
      await send(zygoteSocket(), message);
      if (type !== request.kill) await send(monitorSocket, message);
    }),
    { numRuns: 300 },
  );
  expect((await fixture.shell('exit 3')).exitCode).toBe(3);
  expect((await fixture.launcher.adopt(running.id, monitorSocket, dirname(monitorSocket)))?.process).toEqual(
    running.process,
  );
});

test('a plan that is cut off or changed anywhere is refused or carried out, never more', async () => {
  const plan = await fixture.plan(
    processPlan(['true'], { env: ['A=1'], rlimits: [{ resource: 7, soft: 1n, hard: 1n }] }),
  );
  const whole = encodeLaunch(plan);
  const hello = encodeHello();
  for (let size = 0; size < whole.length; size += 7) {
    const cut = Buffer.from(whole.subarray(0, Math.max(size, frameHeader)));
    cut.writeUInt32LE(cut.length - frameHeader, 0);
    await send(zygoteSocket(), Buffer.concat([hello, cut]));
  }
  const exec = encodeExec(fixture.execPlan(running, processPlan(['true'])));
  await fc.assert(
    fc.asyncProperty(fc.nat(exec.length - frameHeader - 1), fc.nat(255), async (at, value) => {
      const changed = Buffer.from(exec);
      changed.writeUInt8(value, frameHeader + at);
      await send(zygoteSocket(), Buffer.concat([hello, changed]));
    }),
    { numRuns: 200 },
  );
  expect((await fixture.shell('exit 4')).exitCode).toBe(4);
});

test('lengths over the limits are refused at once', async () => {
  const head = Buffer.alloc(frameHeader);
  head.writeUInt32LE(0xffffffff, 0);
  head.writeUInt8(request.launch, 4);
  await send(zygoteSocket(), Buffer.concat([encodeHello(), head]));
  await send(monitorSocket, Buffer.concat([encodeHello(), head]));
  expect(() => new FrameWriter(request.launch).bytes(Buffer.alloc(5 << 20)).finish()).toThrow('over the limit');
  expect(() => new FrameWriter(request.launch).string('a\0b')).toThrow('NUL');
});

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

// The launcher hides itself from all but root (PR_SET_DUMPABLE), so only root can look.
const isRoot = process.getuid?.() === 0;
test.runIf(isRoot)(
  `2,000 attached streams that go away leave nothing in the monitor${needs('root, to raise limits', isRoot)}`,
  async () => {
    const monitor = parentOf(running.process.pid);
    const state = (): { fds: number; rss: number } => ({
      fds: readdirSync(`/proc/${monitor}/fd`).length,
      rss: Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${monitor}/status`, 'utf8'))?.[1]),
    });
    const round = async (): Promise<void> => {
      const streams = await Promise.all(
        Array.from({ length: 20 }, () => running.attach({ stdin: true, stdout: true, stderr: true })),
      );
      await Promise.all(streams.map((stream) => running.resize(1, 1).catch(() => stream.destroy())));
      for (const stream of streams) stream.destroy();
    };
    for (let count = 0; count < 5; count++) await round();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = state();
    for (let count = 0; count < 95; count++) await round();
    await expect.poll(() => state().fds).toBe(before.fds);
    // The sanitizers keep freed memory for a while.
    if (process.env['BERTH_LAUNCHER'] === undefined) expect(state().rss).toBeLessThan(before.rss + 200);
  },
);
