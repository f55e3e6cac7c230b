import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../registry/credentials.ts';
import { makeImage, MANIFEST_TYPE, sha256, TestStore, type TestImage } from '../testing/images.ts';
import { isLayer, withFaultyRegistry, type Fault } from '../testing/faulty-registry.ts';
import type { ImageStore } from './image-store.ts';

let home: TestStore;
let store: ImageStore;
beforeEach(async () => {
  home = new TestStore();
  store = await home.open();
});
afterEach(async () => {
  await home.remove();
});

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
    await withFaultyRegistry(image, fault(image), async (host) => {
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
    await withFaultyRegistry(image, fault(image), async (host) => {
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
    await withFaultyRegistry(image, hang, async (host) => {
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
    await withFaultyRegistry(image, token, async (host) => {
      await store.pull(`${host}/a/b:1`, { credentials: { ...ANONYMOUS, username: 'u', password: 'p' } });
    });
    expect(seen).toEqual(['s, 1 repository:a/b:pull Basic dTpw']);
  });

  it('CVE-2020-15157: gives no credentials to a store of blobs that asks for them in the registry’s place', async () => {
    const image = await makeImage(1);
    const seen: string[] = [];
    const greedy: Fault = (request, response) => {
      seen.push(`${request.url?.replace(/^\/v2\/.*/, 'blob')} ${request.headers.authorization}`);
      if (request.url?.startsWith('/token') === true) response.end('{"token":"T"}');
      else response.writeHead(401, { 'WWW-Authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end();
    };
    await withFaultyRegistry(image, greedy, async (other) => {
      const elsewhere: Fault = (request, response, respond) => {
        if (request.url?.includes('/blobs/') !== true) respond();
        else response.writeHead(307, { Location: `http://${other}${request.url}` }).end();
      };
      await withFaultyRegistry(image, elsewhere, async (host) => {
        const credentials = { ...ANONYMOUS, username: 'u', password: 'p' };
        await expect(store.pull(`${host}/a/b:1`, { credentials })).rejects.toThrow('the registry answered 401');
      });
    });
    expect([...new Set(seen)]).toEqual(['blob undefined']);
  });

  it.each([
    [401, '{"errors":[{"Code":"UNAUTHORIZED","message":"not you"}]}', /unauthorized: not you/],
    [401, '{}', /unauthorized: authentication required/],
    [429, '{"errors":[{"code":"TOOMANYREQUESTS","message":"out of tokens"}]}', /^toomanyrequests: out of tokens/],
    [200, '{}', /authorization server did not include a token in the response/],
  ])('tells what the token server says: %d %s', async (status, answer, words) => {
    const refusing: Fault = (request, response) => {
      if (request.url?.startsWith('/token') === true) response.writeHead(status).end(answer);
      else response.writeHead(401, { 'WWW-Authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end();
    };
    await withFaultyRegistry(await makeImage(1), refusing, async (host) => {
      await expect(store.pull(`${host}/a/b:1`)).rejects.toThrow(words);
    });
  });
});

it('pulls what is Docker Hub’s from the first mirror that has it, and tells of the others', async () => {
  const image = await makeImage(1, 5000);
  const asked: string[] = [];
  const absent: Fault = (_, response) => {
    response.writeHead(404).end();
  };
  const present: Fault = (request, __, respond) => {
    asked.push(request.url ?? '');
    respond();
  };
  await withFaultyRegistry(image, absent, (empty) =>
    withFaultyRegistry(image, present, async (host) => {
      const mirrored = await home.open({ mirrors: [new URL(`http://${empty}`), new URL(`http://${host}`)] });
      const told: string[] = [];
      const options = { onProgress: ({ status }: { readonly status?: string }) => told.push(status ?? '') };
      const pulled = await mirrored.pull('library/tool:1', options);
      expect(pulled.id).toBe(sha256(image.config));
      expect(mirrored.resolve('tool:1').id).toBe(pulled.id);
      expect(told.filter((line) => line.startsWith('Mirror'))).toHaveLength(1);
      expect(asked).toContain('/v2/library/tool/manifests/1');
    }),
  );
});
