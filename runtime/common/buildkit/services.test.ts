import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DockerApi } from '../docker-api.ts';
import { GrpcClient } from '../grpc/client.ts';
import { serveGrpc } from '../grpc/server.ts';
import { GrpcStatus } from '../grpc/status.ts';
import * as messages from './content-messages.ts';
import { CONTENT_METHODS, WriteAction } from './content-messages.ts';
import { contentMethods, nameManifest, taggedDigest } from './content-service.ts';
import { fileMethods } from './file-service.ts';
import { followedPaths } from './followed-paths.ts';
import { openSession } from './session.ts';
import { packetMessage, PacketType, SESSION_METHODS } from './session-messages.ts';

const { signal } = new AbortController();
const root = mkdtempSync(join(tmpdir(), 'berth-session-'));

beforeAll(() => {
  mkdirSync(join(root, 'tree/a/b'), { recursive: true });
  for (const name of ['one', 'a/two', 'a/b/three']) writeFileSync(join(root, 'tree', name), name);
  symlinkSync('a/b', join(root, 'tree/link'));
  symlinkSync('../../one', join(root, 'tree/a/up'));
  symlinkSync('/../../../../one', join(root, 'tree/out'));
  symlinkSync('circle', join(root, 'tree/circle'));
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

describe('paths that are followed', () => {
  it.each([
    [['one'], ['one']],
    [['a'], ['a']],
    [['link/three'], ['link', 'a/b/three']],
    [['a/*'], ['a/b', 'a/two', 'a/up', 'one']],
    // A link out of the directory stays in it.
    [['out'], ['out', 'one']],
    [['../../one'], ['one']],
    [['circle'], ['circle']],
    [['nowhere', '/'], ['']],
  ])('%j', async (paths, found) => {
    expect([...(await followedPaths(join(root, 'tree'), paths))].sort()).toEqual([...found].sort());
  });
});

describe('a session', () => {
  it('may be closed at once, though the engine has begun to speak', async () => {
    // The preface of HTTP/2 and empty settings (RFC 9113, 3.4).
    const words = ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', Buffer.from('000000040000000000', 'hex')];
    const engine = createServer((socket) => socket.write(Buffer.concat(words.map((one) => Buffer.from(one)))));
    engine.listen(join(root, 'engine.sock'));
    const ours = connect(join(root, 'engine.sock'));
    // Read as far as the answer that led here, as it is after the upgrade.
    await once(ours, 'readable');
    expect(ours.readableLength).toBeGreaterThan(0);
    const api = { hijack: () => Promise.resolve({ stream: ours }) } as unknown as DockerApi;
    const failures: unknown[] = [];
    const onFailure = (error: unknown): void => void failures.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', onFailure);
    try {
      (await openSession(api, [], 'key')).close();
      await new Promise((wake) => setImmediate(wake));
      expect(failures).toEqual([]);
      expect(ours.destroyed).toBe(true);
    } finally {
      process.off('uncaughtException', onFailure);
      for (const other of others) process.on('uncaughtException', other);
      engine.close();
    }
  });
});

describe('what a session offers', () => {
  const store = join(root, 'store');
  let server: Server;
  let client: GrpcClient;

  beforeAll(async () => {
    const methods = new Map([
      ...fileMethods(new Map([['dir', { root: join(root, 'tree') }]])),
      ...contentMethods(new Map([['local:store', store]])),
    ]);
    server = createServer((socket) => {
      serveGrpc(socket, methods);
    });
    server.listen(join(root, 'socket'));
    await once(server, 'listening');
    client = new GrpcClient(connect(join(root, 'socket')));
  });

  afterAll(() => {
    client.close();
    server.close();
  });

  it('takes a blob only under its own digest, and gives it back', async () => {
    const data = Buffer.from('a blob');
    const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`;
    const metadata = { 'buildkit-attachable-store-id': 'local:store' };
    const write = async (expected: string): Promise<string> => {
      const types = [messages.writeRequest, messages.writeResponse] as const;
      const call = client.call(CONTENT_METHODS.write, types, { metadata, signal });
      await call.send({ action: WriteAction.commit, expected, data, total: BigInt(data.length) });
      call.end();
      let taken = '';
      for await (const answer of call.responses()) taken = answer.digest;
      return taken;
    };
    await expect(write(`sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: GrpcStatus.invalidArgument });
    expect(await write(digest)).toBe(digest);
    expect(readdirSync(join(store, 'blobs/sha256'))).toEqual([digest.slice('sha256:'.length)]);
    expect(readdirSync(join(store, 'ingest'))).toEqual([]);
    const info = [messages.infoRequest, messages.infoResponse] as const;
    const ask = (name: string): Promise<unknown> =>
      client.unary(CONTENT_METHODS.info, info, { digest: name }, { metadata, signal });
    expect(await ask(digest)).toMatchObject({ info: { size: 6n } });
    await expect(ask(`sha256:${'1'.repeat(64)}`)).rejects.toMatchObject({ code: GrpcStatus.notFound });
    await expect(ask('sha256:../../../etc/passwd')).rejects.toMatchObject({ code: GrpcStatus.invalidArgument });
  });

  it('names manifests of a layout by tag, each once', async () => {
    const entry = { mediaType: 'm', digest: `sha256:${'2'.repeat(64)}`, size: 1 };
    await nameManifest(store, 'latest', entry);
    await nameManifest(store, 'other', { ...entry, digest: 'sha256:3' });
    await nameManifest(store, 'latest', entry);
    expect(await taggedDigest(store, 'latest')).toBe(entry.digest);
    expect(await taggedDigest(store, 'other')).toBe('sha256:3');
    expect(await taggedDigest(store, 'third')).toBeNull();
    expect(await taggedDigest(join(root, 'nowhere'), 'latest')).toBeNull();
  });

  it('tells of what is wanted of a directory, and sends what is asked for', async () => {
    const metadata = {
      'dir-name': 'dir',
      'exclude-patterns': ['a', '!a/b, or not', '!a/b'],
      followpaths: ['link', 'o*'],
    };
    const types = [packetMessage, packetMessage] as const;
    const call = client.call(SESSION_METHODS.diffCopy, types, { metadata, signal });
    const told: string[] = [];
    let content = '';
    for await (const { type, stat, data } of call.responses()) {
      if (type === PacketType.stat && stat !== null) told.push(stat.path);
      else if (type === PacketType.stat) await call.send({ type: PacketType.request, id: told.indexOf('a/b/three') });
      else if (type === PacketType.data && data.length > 0) content += Buffer.from(data).toString();
      else if (type === PacketType.data) await call.send({ type: PacketType.finish });
      else if (type === PacketType.finish) call.end();
    }
    expect(told).toEqual(['a', 'a/b', 'a/b/three', 'link', 'one', 'out']);
    expect(content).toBe('a/b/three');
    const other = client.call(SESSION_METHODS.diffCopy, types, { metadata: { 'dir-name': 'etc' }, signal });
    const read = async (): Promise<void> => {
      for await (const { type, data } of other.responses())
        if (type === PacketType.error) content = Buffer.from(data).toString();
    };
    await expect(read()).rejects.toThrow('no access');
    expect(content).toBe('no access allowed to dir "etc"');
  });
});
