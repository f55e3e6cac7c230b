import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { ContainerSummary } from '../contract/contract.ts';
import { socketTransport } from '../web/socket-transport.ts';
import { RpcClient } from './client.ts';
import { BridgeError } from './error.ts';
import { encodeFrame, encodeJson, MAX_FRAME_BYTES } from './frame.ts';
import { RpcServer, type Handlers, type ServerChannel } from './server.ts';
import { TEXTS } from './testing/texts.ts';
import { memoryPair, portTransport, type Transport } from './transport.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function messagePortPair(): Promise<[Transport, Transport]> {
  const { port1, port2 } = new MessageChannel();
  const wire = (port: typeof port1): Transport => {
    const { transport, receive, closed } = portTransport(port);
    port.on('message', receive);
    port.on('close', closed);
    return transport;
  };
  const pair: [Transport, Transport] = [wire(port1), wire(port2)];
  cleanups.push(() => {
    port1.close();
  });
  return Promise.resolve(pair);
}

async function webSocketPair(): Promise<[Transport, Transport]> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(sockets, 'connection') as Promise<[WebSocket]>;
  const near = new WebSocket(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  const [far] = await accepted;
  await new Promise<void>((resolve) => {
    if (near.readyState === WebSocket.OPEN) resolve();
    else near.once('open', resolve);
  });
  cleanups.push(() => {
    near.terminate();
    server.close();
  });
  return [socketTransport(near), socketTransport(far)];
}

const transports: readonly (readonly [string, () => Promise<[Transport, Transport]>])[] = [
  ['memory', () => Promise.resolve(memoryPair())],
  ['MessagePort', messagePortPair],
  ['WebSocket', webSocketPair],
];

/** A handler per channel that is never to be called, unless replaced. */
function handlersWith(some: Partial<Handlers>): Handlers {
  return new Proxy(some, {
    get: (target, name: keyof Handlers) =>
      target[name] ?? (() => Promise.reject(new BridgeError('internal', `no handler for ${name}`))),
  }) as Handlers;
}

async function until(check: () => boolean): Promise<void> {
  await expect.poll(check, { interval: 2, timeout: 2000 }).toBe(true);
}

describe.each(transports)('rpc over %s', (_, makePair) => {
  async function connect(some: Partial<Handlers>): Promise<{ client: RpcClient; server: RpcServer }> {
    const [near, far] = await makePair();
    const server = new RpcServer(far, handlersWith(some));
    const client = new RpcClient(near, TEXTS);
    await client.ready;
    cleanups.push(() => {
      client.close();
    });
    return { client, server };
  }

  it('answers calls', async () => {
    const rows: ContainerSummary[] = [];
    const { client } = await connect({ 'containers.list': () => Promise.resolve(rows) });
    await expect(client.call('containers.list', {})).resolves.toEqual([]);
  });

  it('rebuilds errors with everything they said', async () => {
    const thrown = new BridgeError('in-use', 'It is in use.', { hint: 'Stop it.', detail: 'x', status: 409 });
    const { client } = await connect({ 'containers.remove': () => Promise.reject(thrown) });
    const error: unknown = await client
      .call('containers.remove', { id: 'a', force: false, volumes: false })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BridgeError);
    expect((error as BridgeError).toData()).toEqual(thrown.toData());
  });

  it('refuses input that does not fit before any handler sees it', async () => {
    const { client } = await connect({});
    await expect(client.call('containers.start', { id: '../images/json' })).rejects.toMatchObject({ code: 'invalid' });
    await expect(client.call('containers.start', {} as { id: string })).rejects.toMatchObject({ code: 'invalid' });
    await expect(
      client.call('nothing.here' as 'engine.info', {}).catch((e: unknown) => BridgeError.from(e).code),
    ).resolves.toMatch(/unsupported|internal/);
  });

  it('cancels a call on both sides', async () => {
    let aborted = false;
    const { client, server } = await connect({
      'engine.info': (_input, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new BridgeError('cancelled', 'Cancelled.'));
          });
        }),
    });
    const controller = new AbortController();
    const call = client.call('engine.info', {}, { signal: controller.signal });
    await until(() => server.openCount === 1);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    await until(() => aborted && server.openCount === 0);
  });

  it('delivers every byte in order and stops without credit', async () => {
    const CHUNK = 64 * 1024;
    const COUNT = 100;
    let sent = 0;
    const { client } = await connect({
      logs: async (_input, channel) => {
        for (; sent < COUNT && !channel.signal.aborted; sent += 1) {
          await channel.data(new Uint8Array(CHUNK).fill(sent));
        }
      },
    });
    const waiting: (() => void)[] = [];
    let received = 0;
    let hold = true;
    const stream = client.open(
      'logs',
      { id: 'a', follow: false, tail: null },
      {
        onData: (bytes, done) => {
          expect(bytes.length).toBe(CHUNK);
          expect(bytes[0]).toBe(received & 0xff);
          received += 1;
          if (hold) waiting.push(done);
          else done();
        },
      },
    );
    // 1 MiB of window is sixteen chunks; the sender must not run further ahead than that.
    await until(() => received >= 16);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent).toBeLessThanOrEqual(17);
    hold = false;
    for (const done of waiting.splice(0)) done();
    await stream.closed;
    expect(received).toBe(COUNT);
  });

  it('ends a stream on cancel, and its handler notices', async () => {
    let ended = false;
    const { client, server } = await connect({
      events: async (_input, channel) => {
        await new Promise<void>((resolve) => {
          channel.signal.addEventListener('abort', () => {
            resolve();
          });
        });
        ended = true;
      },
    });
    const stream = client.open('events', {}, {});
    await until(() => server.openCount === 1);
    stream.cancel();
    await expect(stream.closed).rejects.toMatchObject({ code: 'cancelled' });
    await until(() => ended && server.openCount === 0);
  });

  it('ends one stream, and nothing else, when what is done with its messages fails', async () => {
    const faults: unknown[] = [];
    const { client, server } = await connect({
      'containers.list': () => Promise.resolve([]),
      logs: async (_input, channel) => {
        await channel.data(new Uint8Array([1]));
        await new Promise(() => {});
      },
      terminal: (_input, channel: ServerChannel<unknown>) => {
        channel.onItem = () => {
          throw new Error('server fault');
        };
        return new Promise(() => {});
      },
    });
    client.onFault = (error) => faults.push(error);
    const broken = new Error('page fault');
    const stream = client.open(
      'logs',
      { id: 'a', follow: true, tail: null },
      {
        onData: () => {
          throw broken;
        },
      },
    );
    await expect(stream.closed).rejects.toMatchObject({ message: 'page fault' });
    expect(faults).toEqual([broken]);
    const other = client.open('terminal', { target: { kind: 'host' }, size: { columns: 80, rows: 24 } }, {});
    other.sendItem({ kind: 'resize', size: { columns: 100, rows: 30 } });
    await expect(other.closed).rejects.toMatchObject({ message: 'server fault' });
    await until(() => server.openCount === 0);
    await expect(client.call('containers.list', {})).resolves.toEqual([]);
  });

  it('refuses an answer that is too long in the words of the page, and goes on', async () => {
    const tooLong = 'x'.repeat(MAX_FRAME_BYTES);
    const { client } = await connect({
      'containers.list': () => Promise.resolve([tooLong] as never),
      'images.list': () => Promise.resolve([]),
      events: (_input, channel: ServerChannel<unknown>) => channel.item(tooLong),
    });
    const told = { ...TEXTS.answerTooLarge, code: 'too-large', detail: 'containers.list' };
    await expect(client.call('containers.list', {})).rejects.toMatchObject(told);
    await expect(client.open('events', {}, {}).closed).rejects.toMatchObject({ ...told, detail: 'events' });
    await expect(client.call('images.list', {})).resolves.toEqual([]);
  });

  it('carries bytes and validated messages from the page', async () => {
    const got: unknown[] = [];
    const { client } = await connect({
      terminal: async (_input, channel: ServerChannel<unknown>) => {
        await new Promise<void>((resolve) => {
          channel.onData = (bytes) => {
            got.push([...bytes]);
          };
          channel.onItem = (item) => {
            got.push(item);
          };
          channel.onEnd = resolve;
        });
      },
    });
    const stream = client.open('terminal', { target: { kind: 'host' }, size: { columns: 80, rows: 24 } }, {});
    await stream.sendData(new Uint8Array([1, 2, 3]));
    stream.sendItem({ kind: 'resize', size: { columns: 0, rows: -1 } });
    stream.sendItem({ kind: 'resize', size: { columns: 100, rows: 30 } });
    stream.endInput();
    await stream.closed;
    expect(got).toEqual([[1, 2, 3], { kind: 'resize', size: { columns: 100, rows: 30 } }]);
  });

  it('fails everything that is open when the connection goes', async () => {
    const { client, server } = await connect({
      'engine.info': () => new Promise(() => {}),
      events: () => new Promise(() => {}),
    });
    const call = client.call('engine.info', {});
    const stream = client.open('events', {}, {});
    await until(() => server.openCount === 2);
    client.close();
    await expect(call).rejects.toMatchObject({ code: 'disconnected' });
    await expect(stream.closed).rejects.toMatchObject({ code: 'disconnected' });
    await until(() => server.openCount === 0);
  });
});

describe('a broken peer', () => {
  it('is cut off by the server', async () => {
    const [near, far] = memoryPair();
    new RpcServer(far, handlersWith({}));
    let closed = false;
    near.onClose = () => {
      closed = true;
    };
    near.send(new Uint8Array([250, 1, 2]));
    await until(() => closed);
  });

  it('of another version is refused by the page', async () => {
    const [near, far] = memoryPair();
    const client = new RpcClient(near, TEXTS);
    far.send(encodeFrame('hello', 0, encodeJson({ version: 999 })));
    await expect(client.ready).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('that cannot serialise leaves no call behind', async () => {
    const [near, far] = memoryPair();
    new RpcServer(far, handlersWith({}));
    const client = new RpcClient(near, TEXTS);
    await client.ready;
    const circular: { id: unknown } = { id: null };
    circular.id = circular;
    await expect(client.call('containers.start', circular as { id: string })).rejects.toMatchObject({
      code: 'internal',
    });
  });
});
