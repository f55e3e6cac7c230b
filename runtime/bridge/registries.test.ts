import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DockerConfig } from '../common/docker-config.ts';
import { DockerClient } from './docker-client.ts';
import { RegistryService } from './registries.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-search-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

it('searches as who is logged in, and says in a sentence why it could not', async () => {
  const asked: IncomingMessage[] = [];
  const answers = [
    {
      status: 200,
      body: [{ name: 'nginx', description: 'A server', star_count: 7, is_official: true, is_automated: false }],
    },
    { status: 500, body: { message: 'dial tcp: lookup index.docker.io: no such host' } },
  ];
  const server = createServer((request, response) => {
    asked.push(request);
    const { status, body } = answers[asked.length - 1] ?? { status: 500, body: null };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const socket = join(directory, 'engine.sock');
  server.listen(socket);
  await once(server, 'listening');
  const docker = new DockerClient(socket);
  try {
    const config = new DockerConfig(directory, {});
    await config.store('docker.io', {
      serveraddress: 'https://index.docker.io/v1/',
      username: 'me',
      password: 'secret',
    });
    const service = new RegistryService(docker, config);
    const { signal } = new AbortController();
    expect(await service.search('nginx', signal)).toEqual([
      { name: 'nginx', description: 'A server', stars: 7, official: true },
    ]);
    expect(asked[0]?.url).toContain('/images/search?term=nginx&limit=25');
    const header = String(asked[0]?.headers['x-registry-auth']);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({
      username: 'me',
      password: 'secret',
    });
    await expect(service.search('nginx', signal)).rejects.toMatchObject({
      message: expect.stringContaining('registry') as string,
    });
  } finally {
    docker.close();
    server.close();
  }
});
