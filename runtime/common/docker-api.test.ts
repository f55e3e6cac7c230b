import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DockerApi } from './docker-api.ts';

describe('DockerApi with an engine that is older', () => {
  const directory = mkdtempSync('/tmp/berth-api-');
  const socket = `${directory}/engine.sock`;
  let server: Server;
  let asked: string[] = [];

  // Refuses newer versions in the words of dockerd 20.10.
  beforeAll(async () => {
    server = createServer((request, response) => {
      const [, version = ''] = /^\/v1\.(\d+)\//.exec(request.url ?? '') ?? [];
      void text(request).then((body) => {
        const { 'x-asker': asker = '' } = request.headers;
        asked.push(`${request.method ?? ''} ${request.url ?? ''} ${body}${String(asker)}`.trim());
        response.setHeader('Api-Version', '1.41');
        const isNew = Number(version) > 41;
        response.statusCode = isNew ? 400 : 200;
        const message = `client version 1.${version} is too new. Maximum supported API version is 1.41`;
        response.end(JSON.stringify(isNew ? { message } : { got: body }));
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  });

  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  beforeEach(() => {
    asked = [];
  });

  it("asks again for the engine's own version, and for it alone from then on", async () => {
    const api = new DockerApi(socket, '1.51');
    expect(await api.json('POST', '/some', { body: 1 })).toEqual({ got: '1' });
    expect(await api.json('GET', '/other')).toEqual({ got: '' });
    expect(asked).toEqual(['POST /v1.51/some 1', 'POST /v1.41/some 1', 'GET /v1.41/other']);
    api.close();
  });

  it('knows the version before it sends what it could not send again', async () => {
    const api = new DockerApi(socket, '1.51');
    for (const content of ['one', 'two'])
      expect(await api.json('POST', '/some', { stream: Readable.from([content]) })).toEqual({ got: content });
    expect(asked).toEqual(['GET /v1.51/_ping', 'GET /v1.41/_ping', 'POST /v1.41/some one', 'POST /v1.41/some two']);
    api.close();
  });

  it('escapes what may not stand in a path, and sends headers of its own with each request', async () => {
    const api = new DockerApi(socket, undefined, { 'X-Asker': 'someone' });
    await api.json('GET', '/images/a b?c/json', { headers: { 'X-Other': '1' } });
    expect(asked).toEqual(['GET /v1.41/images/a%20b%3Fc/json someone']);
    api.close();
  });

  it('asks for nothing by a name that is blank', async () => {
    const api = new DockerApi(socket);
    for (const name of ['', ' '])
      await expect(api.json('GET', `/containers/${name}/json`)).rejects.toThrow('invalid container name or ID');
    await expect(api.json('DELETE', '/volumes/')).rejects.toThrow('invalid volume name or ID: value is empty');
    expect(asked).toEqual([]);
    api.close();
  });

  it('asks for nothing more when every engine has the version', async () => {
    const api = new DockerApi(socket);
    expect(await api.json('POST', '/some', { stream: Readable.from(['one']) })).toEqual({ got: 'one' });
    expect(asked).toEqual(['POST /v1.41/some one']);
    api.close();
  });
});
