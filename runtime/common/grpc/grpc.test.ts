import { once } from 'node:events';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcClient } from './client.ts';
import { frame, FrameReader } from './frames.ts';
import { bool, bytes, int64, list, message, nested, text, textMap, texts, timestamp, uint32 } from './message.ts';
import { serveGrpc, streamMethod, unaryMethod, type GrpcMethod } from './server.ts';
import { decodeStatusMessage, encodeStatusMessage, GrpcError, GrpcStatus } from './status.ts';

const inner = message({ name: text(1), flag: bool(2) });
const whole = message({
  name: text(1),
  size: int64(2),
  data: bytes(3),
  one: nested(4, inner),
  many: list(5, inner),
  words: texts(6),
  map: textMap(7),
  time: timestamp(8),
  mode: uint32(9),
});

describe('messages', () => {
  it('come back as they were written', () => {
    const value = {
      name: 'größe',
      size: 1_764_355_277_123_456_789n,
      data: Buffer.from([0, 255]),
      one: { name: 'x', flag: true },
      many: [
        { name: 'a', flag: false },
        { name: '', flag: true },
      ],
      words: ['a', ''],
      map: new Map([['k', 'v']]),
      time: 1_764_355_277_123,
      mode: 0x8000_01ed,
    };
    const read = whole.decode(whole.encode(value));
    expect({ ...read, data: Buffer.from(read.data) }).toEqual(value);
  });

  it('are known by the bytes of other implementations', () => {
    // name="ab", one={name:"c"}, and a field 15 that is not known.
    const known = Buffer.from('0a026162' + '22030a0163' + '7a0178', 'hex');
    expect(whole.decode(known)).toMatchObject({ name: 'ab', one: { name: 'c' }, size: 0n, many: [], time: null });
    expect(Buffer.from(whole.encode({ name: 'ab', one: { name: 'c' } })).toString('hex')).toBe('0a02616222030a0163');
  });

  it('throw for what is none', () => {
    expect(() => whole.decode(Buffer.from([0x0a, 0x20, 0x61]))).toThrow();
  });
});

describe('frames', () => {
  it('are put together from pieces of any size', () => {
    const all = Buffer.concat([frame(Buffer.from('first')), frame(Buffer.alloc(0)), frame(Buffer.from('third'))]);
    for (const size of [1, 3, 7, all.length]) {
      const reader = new FrameReader();
      const found: string[] = [];
      for (let at = 0; at < all.length; at += size)
        for (const body of reader.push(all.subarray(at, at + size))) found.push(Buffer.from(body).toString());
      expect(found).toEqual(['first', '', 'third']);
      reader.end();
    }
  });

  it('that are compressed, too large or cut off are refused', () => {
    expect(() => [...new FrameReader().push(Buffer.from([1, 0, 0, 0, 0]))]).toThrow(/compressed/);
    expect(() => [...new FrameReader().push(Buffer.from([0, 255, 0, 0, 0]))]).toThrow(/too large/);
    const reader = new FrameReader();
    expect([...reader.push(Buffer.from([0, 0, 0, 0, 9, 1]))]).toEqual([]);
    expect(() => {
      reader.end();
    }).toThrow(/inside a message/);
  });
});

describe('calls', () => {
  const types = [inner, inner] as const;
  let server: Server;
  let client: GrpcClient;
  let accepted: Socket;
  const methods = new Map<string, GrpcMethod>();

  beforeEach(async () => {
    methods.clear();
    server = createServer((socket) => {
      accepted = socket;
      serveGrpc(socket, methods, (error) => (error instanceof RangeError ? GrpcStatus.notFound : GrpcStatus.unknown));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    client = new GrpcClient(connect(address.port, '127.0.0.1'));
  });

  afterEach(() => {
    client.close();
    server.close();
  });

  const { signal: never } = new AbortController();

  it('of one message are answered', async () => {
    methods.set(
      '/s/Echo',
      unaryMethod(types, ({ name }, { metadata }) => ({ name: `${name} ${String(metadata['extra'])}` })),
    );
    const answer = await client.unary('/s/Echo', types, { name: 'a' }, { metadata: { extra: 'b' }, signal: never });
    expect(answer.name).toBe('a b');
  });

  it('bring many messages, in order', async () => {
    methods.set(
      '/s/Many',
      streamMethod(types, async (_, send) => {
        for (let index = 0; index < 2000; index += 1) await send({ name: String(index) });
      }),
    );
    const call = client.call('/s/Many', types, { signal: never });
    await call.send({});
    call.end();
    const names: string[] = [];
    for await (const { name } of call.responses()) names.push(name);
    expect(names).toEqual(Array.from({ length: 2000 }, (_, index) => String(index)));
  });

  it('fail with the code and the words of the other side', async () => {
    methods.set(
      '/s/Fail',
      unaryMethod(types, () => {
        throw new RangeError('no such thing: größe 100%\n');
      }),
    );
    const failed = client.unary('/s/Fail', types, {}, { signal: never });
    await expect(failed).rejects.toMatchObject({ code: GrpcStatus.notFound, message: 'no such thing: größe 100%\n' });
    const unknown = client.unary('/s/None', types, {}, { signal: never });
    await expect(unknown).rejects.toMatchObject({ code: GrpcStatus.unimplemented });
  });

  it('end on the other side too when they are given up', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    methods.set(
      '/s/Wait',
      unaryMethod(types, async (_, { signal }) => {
        await once(signal, 'abort');
        resolve('aborted');
        return {};
      }),
    );
    const stop = new AbortController();
    const call = client.unary('/s/Wait', types, {}, { signal: stop.signal });
    setTimeout(() => {
      stop.abort();
    }, 50);
    await expect(call).rejects.toThrow();
    expect(await promise).toBe('aborted');
  });

  it('fail when the connection ends', async () => {
    methods.set(
      '/s/Drop',
      unaryMethod(types, async () => {
        accepted.destroy();
        await new Promise((resolve) => setTimeout(resolve, 10));
        return {};
      }),
    );
    await expect(client.unary('/s/Drop', types, {}, { signal: never })).rejects.toBeInstanceOf(GrpcError);
  });
});

it('puts any words into a status', () => {
  for (const words of ['plain', 'ä % \n"', '%41']) expect(decodeStatusMessage(encodeStatusMessage(words))).toBe(words);
  expect(decodeStatusMessage('100% wrong')).toBe('100% wrong');
});
