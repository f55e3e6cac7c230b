import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LaunchError } from '../launcher/types.ts';
import { ANONYMOUS } from '../registry/credentials.ts';
import {
  dockerArchive,
  makeImage,
  MANIFEST_TYPE,
  sha256,
  streamOf,
  tarOf,
  TestStore,
  type TestImage,
} from '../testing/images.ts';
import { TestRegistry } from '../testing/registry.ts';
import type { ImageStore } from './image-store.ts';
import { parseReference } from './reference.ts';
import type { ProgressMessage } from './progress.ts';
import { needs } from '../testing/needs.ts';

let home: TestStore;
let store: ImageStore;
beforeEach(async () => {
  home = new TestStore();
  store = await home.open();
});
afterEach(async () => {
  await home.remove();
});

describe('archives', () => {
  it('loads, lists, saves and loads again to the same bytes', async () => {
    const image = await makeImage(3, 1000, { a: 'b' });
    const [loaded] = await store.load(streamOf(await dockerArchive(image, ['x/y:1'])));
    expect(loaded?.id).toBe(sha256(image.config));
    expect(store.resolve('x/y:1').id).toBe(loaded?.id);
    expect(store.resolve(sha256(image.config).slice(7, 19)).id).toBe(loaded?.id);
    const paths = store.layerPaths(sha256(image.config));
    expect(paths).toHaveLength(3);
    // Topmost first, as overlayfs wants them.
    expect(readFileSync(join(paths[0] ?? '', 'file2'))).toHaveLength(1000);
    const saved = await collect(store.save(['x/y:1']));
    await store.remove('x/y:1', { force: false, noprune: false });
    expect(store.list()).toEqual([]);
    await store.load(streamOf(saved));
    expect(Buffer.compare(await collect(store.save(['x/y:1'])), saved)).toBe(0);
  });

  it.each<[string, () => Promise<Buffer>, RegExp]>([
    ['no archive at all', () => Promise.resolve(Buffer.from('hello')), /cannot be read|no image archive/],
    ['an archive of something else', () => tarOf({ a: 'b' }), /neither manifest.json nor index.json/],
    ['a name that climbs out', () => tarOf({ '../x': 'b' }), /unsafe name/],
    [
      'a config outside',
      () => tarOf({ 'manifest.json': '[{"Config":"../../etc/passwd","Layers":[]}]' }),
      /unsafe name/,
    ],
    [
      'a missing layer',
      async () => tarOf({ c: (await makeImage(1)).config, 'manifest.json': '[{"Config":"c","Layers":["l"]}]' }),
      /lacks the layer/,
    ],
    [
      'a layer that is another one',
      async () => {
        const [one, two] = [await makeImage(1), await makeImage(1)];
        return dockerArchive({ ...one, layers: two.layers }, ['x']);
      },
      /does not hold what the image configuration says/,
    ],
    [
      'a truncated archive',
      async () => (await dockerArchive(await makeImage(1), ['x'])).subarray(0, 3000),
      /cannot be read/,
    ],
  ])('refuses %s and leaves nothing behind', async (_, make, message) => {
    await expect(store.load(streamOf(await make()))).rejects.toThrow(message);
    expect(store.list()).toEqual([]);
    expect(await home.leftOvers()).toEqual([]);
  });

  it('finds everything again after a restart, and drops what was half done', async () => {
    const image = await makeImage(2);
    await store.load(streamOf(await dockerArchive(image, ['x'])));
    const { mkdirSync, writeFileSync, rmSync } = await import('node:fs');
    mkdirSync(join(home.root, 'layers/.new/half/diff'), { recursive: true });
    mkdirSync(join(home.root, 'layers', 'f'.repeat(32)));
    writeFileSync(join(home.root, 'ingest/half'), 'x');
    // A layer that did not survive is unpacked again from its blob.
    rmSync(store.layerPaths(sha256(image.config))[0] ?? '', { recursive: true });
    rmSync(join(store.layerPaths(sha256(image.config))[0] ?? '', '..'), { recursive: true });
    await store.close();
    store = await home.open();
    expect(store.resolve('x').id).toBe(sha256(image.config));
    expect(readFileSync(join(store.layerPaths(sha256(image.config))[0] ?? '', 'file1'))).toHaveLength(1000);
    await store.remove('x', { force: false, noprune: false });
    expect(await home.leftOvers()).toEqual([]);
  });

  it('keeps an image whose layers cannot be unpacked again because the launcher dies', async () => {
    const image = await makeImage(1);
    await store.load(streamOf(await dockerArchive(image, ['x'])));
    const { rmSync } = await import('node:fs');
    rmSync(join(store.layerPaths(sha256(image.config))[0] ?? '', '..'), { recursive: true });
    await store.close();
    home.launcherDeaths = 2;
    store = await home.open();
    expect(store.resolve('x').id).toBe(sha256(image.config));
    rmSync(join(store.layerPaths(sha256(image.config))[0] ?? '', '..'), { recursive: true });
    await store.close();
    // As often as it is tried: then there is no store, but nothing was given up.
    home.launcherDeaths = 3;
    await expect(home.open()).rejects.toThrow(/the launcher process ended/);
    home.launcherDeaths = 0;
    store = await home.open();
    expect(store.resolve('x').id).toBe(sha256(image.config));
    expect(home.warnings).toEqual([]);
  });

  it('keeps an image whose layers find no space to be unpacked again, and makes it whole when there is some', async () => {
    const image = await makeImage(1);
    await store.load(streamOf(await dockerArchive(image, ['x'])));
    const { existsSync, rmSync } = await import('node:fs');
    const layer = join(store.layerPaths(sha256(image.config))[0] ?? '', '..');
    rmSync(layer, { recursive: true });
    await store.close();
    home.launcherFailure = new LaunchError('internal', 'cannot write a file of the layer', constants.errno.ENOSPC);
    store = await home.open();
    expect(store.resolve('x').id).toBe(sha256(image.config));
    expect(home.warnings).toEqual([expect.stringContaining('is incomplete for now')]);
    await store.gc();
    await store.close();
    home.launcherFailure = null;
    store = await home.open();
    expect(existsSync(store.layerPaths(store.resolve('x').id)[0] ?? '')).toBe(true);
  });

  it('shares layers, and removes each with its last image', async () => {
    const image = await makeImage(2);
    const base = { ...image, layers: image.layers.slice(0, 1) };
    const config = JSON.parse(image.config.toString()) as { rootfs: { diff_ids: string[] } };
    config.rootfs.diff_ids = config.rootfs.diff_ids.slice(0, 1);
    await store.load(streamOf(await dockerArchive({ ...base, config: Buffer.from(JSON.stringify(config)) }, ['base'])));
    await store.load(streamOf(await dockerArchive(image, ['app'])));
    expect(store.sharedSizeOf(store.resolve('app'))).toBe(1000);
    const removed = await store.remove('app', { force: false, noprune: false });
    expect(removed.filter((line) => 'Deleted' in line)).toHaveLength(2);
    expect(store.layerPaths(store.resolve('base').id)).toHaveLength(1);
    await store.remove('base', { force: false, noprune: false });
    expect(await home.leftOvers()).toEqual([]);
  });
});

const isRoot = process.getuid?.() === 0;
describe.runIf(isRoot)(`a full disk${needs('root, to mount one', isRoot)}`, () => {
  it('fails clearly, keeps what was there, and leaves nothing of the new behind', async () => {
    const kept = await makeImage(1);
    const large = await makeImage(2, 3_000_000);
    await store.close();
    const { execFileSync } = await import('node:child_process');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', home.root]);
    try {
      const full = await home.open();
      await full.load(streamOf(await dockerArchive(kept, ['kept'])));
      const before = await home.leftOvers();
      await expect(full.load(streamOf(await dockerArchive(large, ['large'])))).rejects.toThrow(
        /no space left on device/i,
      );
      expect(full.list().map(({ id }) => id)).toEqual([sha256(kept.config)]);
      expect(await home.leftOvers()).toEqual(before);
      await full.close();
    } finally {
      execFileSync('umount', ['-l', home.root]);
    }
  });
});

describe('a kill in the middle of a pull', () => {
  it('leaves a store that works, without a trace of the pull', async () => {
    await store.close();
    const image = await makeImage(3, 300_000);
    const slow: Fault = (request, response, respond) => {
      const layer = isLayer(request, image);
      if (layer === undefined || layer !== image.layers[2]?.gzip) {
        respond();
        return;
      }
      response.writeHead(200, { 'Content-Length': layer.length });
      response.write(layer.subarray(0, 150_000));
    };
    await faulty(image, slow, async (host) => {
      const { spawn } = await import('node:child_process');
      const script = new URL('../testing/pull-process.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [script, home.root, `${host}/a:1`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise<void>((resolve) => {
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.split('Pull complete').length > 2) resolve();
        });
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    });
    store = await home.open();
    expect(store.list()).toEqual([]);
    expect(await home.leftOvers()).toEqual([]);
    await store.load(streamOf(await dockerArchive(image, ['works'])));
    expect(store.list()).toHaveLength(1);
  });
});

describe('a collection while images are made', () => {
  it('takes nothing that is on its way into an image', async () => {
    await store.load(streamOf(await dockerArchive(await makeImage(1), ['base:1'])));
    const base = store.resolve('base:1').id;
    const ended = new AbortController();
    const collecting = (async () => {
      while (!ended.signal.aborted) await store.gc();
    })();
    const common = { comment: '', author: '', changes: [], signal: new AbortController().signal };
    for (let turn = 0; turn < 5; turn += 1) {
      const layer = streamOf(await tarOf({ mark: String(turn) }));
      const reference = parseReference(`made:${turn}`);
      await store.commit(layer, { ...common, base, reference, config: {}, command: `step ${turn}` });
    }
    ended.abort();
    await collecting;
    await store.close();
    store = await home.open();
    expect(home.warnings).toEqual([]);
    expect(store.catalog.namesIn('docker.io/library/made')).toHaveLength(5);
  });
});

describe('removal', () => {
  it('follows the rules of docker rmi', async () => {
    const image = await makeImage(1);
    const id = sha256(image.config);
    await store.load(streamOf(await dockerArchive(image, ['a:1', 'b:1'])));
    const soft = { force: false, noprune: false };
    const hard = { force: true, noprune: false };
    expect(await store.remove('a:1', soft)).toEqual([{ Untagged: 'a:1' }]);
    await expect(store.remove('a:1', soft)).rejects.toThrow('No such image: a:1');
    home.users = [{ containerId: 'c'.repeat(64), name: 'box', running: false }];
    await expect(store.remove('b:1', soft)).rejects.toThrow(
      `conflict: unable to remove repository reference "b:1" (must force) - container cccccccccccc is using its referenced image ${id.slice(7, 19)}`,
    );
    await expect(store.remove(id, soft)).rejects.toThrow(
      `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is being used by stopped container cccccccccccc`,
    );
    home.users = [{ containerId: 'c'.repeat(64), name: 'box', running: true }];
    await expect(store.remove(id, hard)).rejects.toThrow(
      '(cannot be forced) - image is being used by running container',
    );
    home.users = [{ containerId: 'c'.repeat(64), name: 'box', running: false }];
    await store.remove(id, hard);
    // Out of sight, but the stopped container can still start.
    expect(store.list()).toEqual([]);
    expect(() => store.resolve(id)).toThrow('No such image');
    expect(readFileSync(join(store.layerPaths(id)[0] ?? '', 'file0'))).toHaveLength(1000);
    home.users = [];
    await store.gc();
    expect(await home.leftOvers()).toEqual([]);
  });

  it('needs force for an id with several names', async () => {
    const image = await makeImage(1);
    await store.load(streamOf(await dockerArchive(image, ['a:1', 'b:1'])));
    await expect(store.remove(sha256(image.config), { force: false, noprune: false })).rejects.toThrow(
      '(must be forced) - image is referenced in multiple repositories',
    );
    expect(await store.remove(sha256(image.config), { force: true, noprune: false })).toEqual([
      { Untagged: 'a:1' },
      { Untagged: 'b:1' },
      { Deleted: sha256(image.config) },
      { Deleted: sha256(image.layers[0]?.plain ?? '') },
    ]);
  });
});

describe('a real registry', () => {
  it('pushes and pulls', async () => {
    const registry = await TestRegistry.start(null);
    try {
      const name = `${registry.host}/some/app:1`;
      const image = await makeImage(4, 300_000);
      await store.load(streamOf(await dockerArchive(image, [name])));
      const lines: ProgressMessage[] = [];
      await store.push(`${registry.host}/some/app`, '1', { onProgress: (line) => lines.push(line) });
      expect(lines[0]?.status).toBe(`The push refers to repository [${registry.host}/some/app]`);
      expect(lines.at(-1)?.aux).toMatchObject({ Tag: '1', Digest: store.resolve(name).manifestDigest });
      await store.remove(name, { force: false, noprune: false });
      expect(store.list()).toEqual([]);

      const pulled: string[] = [];
      const record = await store.pull(name, {
        onProgress: (line) => pulled.push(`${line.id ?? ''}|${line.status ?? ''}`),
      });
      expect(record.id).toBe(sha256(image.config));
      expect(readFileSync(join(store.layerPaths(record.id)[0] ?? '', 'file3'))).toHaveLength(300_000);
      expect(pulled[0]).toBe('1|Pulling from some/app');
      expect(pulled.filter((line) => line.endsWith('|Pull complete'))).toHaveLength(4);
      expect(pulled.at(-1)).toBe(`|Status: Downloaded newer image for ${name}`);
      const again: string[] = [];
      await store.pull(name, { onProgress: (line) => again.push(line.status ?? '') });
      expect(again.filter((line) => line === 'Already exists')).toHaveLength(4);
      expect(again.at(-1)).toBe(`Status: Image is up to date for ${name}`);
      await expect(store.pull(`${registry.host}/none:1`)).rejects.toThrow(
        `manifest for ${registry.host}/none:1 not found`,
      );
      // The same image, loaded with uncompressed layers, needs a name only.
      await store.remove(name, { force: false, noprune: false });
      await store.load(streamOf(await dockerArchive(image, ['other'])));
      const known: string[] = [];
      await store.pull(name, { onProgress: (line) => known.push(line.status ?? '') });
      expect(known.filter((line) => line === 'Already exists')).toHaveLength(4);
      expect(store.resolve(name).id).toBe(store.resolve('other').id);
      await store.remove('other', { force: false, noprune: false });
      // Five at a time share one download.
      await store.remove(name, { force: false, noprune: false });
      await Promise.all(Array.from({ length: 5 }, () => store.pull(name)));
      await store.remove(name, { force: false, noprune: false });
      expect(await home.leftOvers()).toEqual([]);
    } finally {
      await registry.stop();
    }
  });

  it('logs in with a name and a password', async () => {
    // bcrypt of "secret"
    const registry = await TestRegistry.start('me:$2y$05$c4WoMPo3SXsafkva.HHa6u7b1XOWKqA7XZANDrnv4IVny/8ABNR66');
    try {
      const credentials = { ...ANONYMOUS, username: 'me', password: 'secret' };
      const signal = new AbortController().signal;
      await expect(
        store.remote.checkCredentials(registry.host, { ...credentials, password: 'no' }, signal),
      ).rejects.toThrow(/unauthorized/);
      const name = `${registry.host}/app:1`;
      await store.load(streamOf(await dockerArchive(await makeImage(1), [name])));
      await expect(store.push(`${registry.host}/app`, '1')).rejects.toThrow(/denied/);
      await expect(store.pull(name)).rejects.toThrow(/pull access denied/);
      await store.remote.checkCredentials(registry.host, credentials, signal);
      await store.push(`${registry.host}/app`, '1', { credentials });
      await store.remove(name, { force: false, noprune: false });
      await store.pull(name, { credentials });
      expect(store.list()).toHaveLength(1);
    } finally {
      await registry.stop();
    }
  });
});

type Fault = (request: IncomingMessage, response: ServerResponse, respond: () => void, count: number) => void;

/** A registry of one image that misbehaves as `fault` says. */
async function faulty(image: TestImage, fault: Fault, work: (host: string) => Promise<void>): Promise<void> {
  const blobs = new Map([image.config, ...image.layers.map(({ gzip }) => gzip)].map((bytes) => [sha256(bytes), bytes]));
  const counts = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    fault(
      request,
      response,
      () => {
        if (path === '/v2/') return response.end('{}');
        if (path.includes('/manifests/'))
          return response.writeHead(200, { 'Content-Type': MANIFEST_TYPE }).end(image.manifest);
        const blob = blobs.get(path.replace(/^.*\/blobs\//, ''));
        if (blob === undefined) return response.writeHead(404).end();
        const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const headers = start === 0 ? {} : { 'Content-Range': `bytes ${start}-${blob.length - 1}/${blob.length}` };
        return response.writeHead(start === 0 ? 200 : 206, headers).end(blob.subarray(start));
      },
      count,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const isLayer = (request: IncomingMessage, image: TestImage): Buffer | undefined =>
  image.layers.find(({ gzip }) => request.url?.endsWith(sha256(gzip)))?.gzip;

describe('a registry that misbehaves', () => {
  const survives: [string, (image: TestImage) => Fault][] = [
    [
      'breaks off once in the middle',
      (image) => (request, response, respond, count) => {
        const layer = isLayer(request, image);
        if (layer === undefined || count > 1) {
          respond();
          return;
        }
        response.writeHead(200, { 'Content-Length': layer.length });
        response.write(layer.subarray(0, layer.length / 2), () => response.destroy());
      },
    ],
    [
      'answers 500 twice',
      () => (request, response, respond, count) => {
        if (count > 2 || request.url === '/v2/') {
          respond();
          return;
        }
        response.writeHead(500).end();
      },
    ],
    [
      'stalls once',
      (image) => (request, response, respond, count) => {
        const layer = isLayer(request, image);
        if (layer === undefined || count > 1) {
          respond();
          return;
        }
        response.writeHead(200, { 'Content-Length': layer.length });
        response.write(layer.subarray(0, 100));
      },
    ],
    [
      'ignores ranges',
      (image) => (request, response, respond, count) => {
        const layer = isLayer(request, image);
        if (layer === undefined) {
          respond();
          return;
        }
        response.writeHead(200, { 'Content-Length': layer.length });
        if (count > 1) response.end(layer);
        else response.write(layer.subarray(0, 5000), () => response.destroy());
      },
    ],
  ];
  it.each(survives)('is survived when it %s', async (_, fault) => {
    const image = await makeImage(2, 50_000);
    await faulty(image, fault(image), async (host) => {
      expect((await store.pull(`${host}/a:1`)).id).toBe(sha256(image.config));
    });
  });

  const fails: [string, (image: TestImage) => Fault, RegExp][] = [
    [
      'sends other bytes of the same length',
      (image) => (request, response, respond) => {
        const layer = isLayer(request, image);
        if (layer === undefined) {
          respond();
          return;
        }
        const wrong = Buffer.from(layer);
        wrong[wrong.length - 12] = (wrong[wrong.length - 12] ?? 0) ^ 1;
        response.end(wrong);
      },
      /verification failed|damaged/,
    ],
    [
      'ends every layer early',
      (image) => (request, response, respond) => {
        const layer = isLayer(request, image);
        if (layer === undefined) {
          respond();
          return;
        }
        response.end(layer.subarray(0, 10));
      },
      /ended sha256|more than|wrong place|cannot reach/,
    ],
    [
      'sends more than it should',
      (image) => (request, response, respond) => {
        const layer = isLayer(request, image);
        if (layer === undefined) {
          respond();
          return;
        }
        response.end(Buffer.concat([layer, Buffer.alloc(1000)]));
      },
      /sent more than/,
    ],
    [
      'stalls for good',
      (image) => (request, response, respond) => {
        if (isLayer(request, image) === undefined) respond();
        else response.writeHead(200).write('x');
      },
      /sent nothing for|damaged|cannot reach/,
    ],
    [
      'redirects in circles',
      (image) => (request, response, respond) => {
        if (isLayer(request, image) === undefined) respond();
        else response.writeHead(307, { Location: request.url ?? '' }).end();
      },
      /redirects in circles/,
    ],
    ['always answers 503', () => (_, response) => response.writeHead(503).end(), /503/],
    [
      'sends an endless manifest',
      () => (request, response, respond) => {
        if (!request.url?.includes('/manifests/')) {
          respond();
          return;
        }
        response.writeHead(200, { 'Content-Type': MANIFEST_TYPE });
        const more = (): void => {
          if (!response.destroyed) response.write(Buffer.alloc(65_536, 32), more);
        };
        more();
      },
      /larger than/,
    ],
    [
      'calls the manifest an index',
      (image) => (request, response, respond) => {
        if (!request.url?.includes('/manifests/')) {
          respond();
          return;
        }
        response.writeHead(200, { 'Content-Type': 'application/vnd.oci.image.index.v1+json' }).end(image.manifest);
      },
      /was sent as/,
    ],
  ];
  it.each(fails)('is refused when it %s, and leaves nothing behind', async (_, fault, message) => {
    const image = await makeImage(2, 50_000);
    await faulty(image, fault(image), async (host) => {
      await expect(store.pull(`${host}/a:1`)).rejects.toThrow(message);
    });
    expect(store.list()).toEqual([]);
    expect(await home.leftOvers()).toEqual([]);
  });

  it('leaves nothing behind when a pull is cancelled', async () => {
    const image = await makeImage(3, 200_000);
    const stop = new AbortController();
    const hang: Fault = (request, response, respond) => {
      const layer = isLayer(request, image);
      if (layer === undefined) {
        respond();
        return;
      }
      response.write(layer.subarray(0, 100_000));
      setTimeout(() => stop.abort(), 100);
    };
    await faulty(image, hang, async (host) => {
      await expect(store.pull(`${host}/a:1`, { signal: stop.signal })).rejects.toThrow('context canceled');
    });
    expect(await home.leftOvers()).toEqual([]);
  });

  it('gets a token where it is told to, with the credentials', async () => {
    const image = await makeImage(1);
    const seen: string[] = [];
    const token: Fault = (request, response, respond) => {
      const url = new URL(request.url ?? '', 'http://x');
      if (url.pathname === '/token') {
        seen.push(
          `${url.searchParams.get('service')} ${url.searchParams.get('scope')} ${request.headers.authorization}`,
        );
        response.end('{"token":"T"}');
      } else if (request.headers.authorization === 'Bearer T') respond();
      else {
        const realm = `http://${request.headers.host}/token`;
        response.writeHead(401, { 'WWW-Authenticate': `Bearer realm="${realm}",service="s, 1"` }).end();
      }
    };
    await faulty(image, token, async (host) => {
      await store.pull(`${host}/a/b:1`, { credentials: { ...ANONYMOUS, username: 'u', password: 'p' } });
    });
    expect(seen).toEqual(['s, 1 repository:a/b:pull Basic dTpw']);
  });
});

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
