import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Connection } from './connection.ts';
import { bind, Fixture, processPlan } from './testing/fixture.ts';
import { FrameWriter, encodeLaunch, request } from './wire.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(async () => {
  await fixture.close();
});

/** More than the zygote lets wait (512 in `listen`), one of which it may just have accepted. */
const CLIENTS = 600;

test('more clients at once than may wait to be accepted are all served', async () => {
  const path = join(fixture.directory, 'run/zygote.sock');
  const { pid } = fixture.launcher;
  process.kill(pid, 'SIGSTOP');
  try {
    const opening = Promise.all(Array.from({ length: CLIENTS }, () => Connection.open(path)));
    // Whoever was refused has been told so by now.
    await new Promise((wake) => setTimeout(wake, 300));
    process.kill(pid, 'SIGCONT');
    const connections = await opening;
    expect(await Promise.all(connections.map(async (one) => (await one?.hello)?.pid))).toEqual(
      Array.from({ length: CLIENTS }, () => pid),
    );
    for (const connection of connections) connection?.close();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('a process that accepts nobody is told of when its queue is full', async () => {
  const path = join(fixture.directory, 'run/zygote.sock');
  const { pid } = fixture.launcher;
  process.kill(pid, 'SIGSTOP');
  try {
    const waiting = await Promise.allSettled(Array.from({ length: CLIENTS }, () => Connection.open(path, 200)));
    expect(waiting.filter(({ status }) => status === 'rejected')).not.toHaveLength(0);
    for (const one of waiting) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ kind: 'no-answer' });
      else one.value?.close();
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('why a launch failed is told to who says GO after that, as he who is kept from his processor does', async () => {
  const connection = await Connection.open(join(fixture.directory, 'run/zygote.sock'));
  if (connection === null) throw new Error('there is no zygote');
  await connection.hello;
  const plan = await fixture.plan(processPlan(['true']), { mounts: [bind('/no/such/directory', '/mnt')] });
  const created = connection.request(encodeLaunch(plan));
  created.catch(() => undefined);
  // 300 ms, in which nothing of this process runs.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  const gone = connection.request(new FrameWriter(request.go).finish());
  gone.catch(() => undefined);
  await expect(created).rejects.toMatchObject({ kind: 'bad-mount' });
  connection.close();
});
