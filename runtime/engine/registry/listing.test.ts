import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANONYMOUS } from './credentials.ts';
import { listTags } from './inspect.ts';
import { repositoriesPage, tagsPage } from './listing.ts';
import { DEFAULT_REGISTRY_OPTIONS, RegistrySession } from './session.ts';

/** A registry that lists three tags in two pages, says where to go on in words of its own, and has no catalog. */
const asked: string[] = [];
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://registry');
  asked.push(url.pathname + url.search);
  if (url.pathname === '/v2/') response.end('{}');
  else if (url.pathname !== '/v2/team/app/tags/list') response.writeHead(404).end('{}');
  else if (url.searchParams.has('token')) response.end(JSON.stringify({ name: 'team/app', tags: ['3'] }));
  else {
    response.setHeader('Link', '<http://elsewhere.example/other?token=a%2Fb&n=2>; rel="next"');
    response.end(JSON.stringify({ name: 'team/app', tags: ['1', '2'] }));
  }
});
let session: RegistrySession;
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const { signal } = new AbortController();
  session = new RegistrySession(host, 'team/app', 'pull', ANONYMOUS, DEFAULT_REGISTRY_OPTIONS, signal);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('lists tags page by page, and never goes where a registry sends it', async () => {
  const first = await tagsPage(session, '');
  expect(first).toEqual({ names: ['1', '2'], next: 'token=a%2Fb&n=2' });
  expect(await tagsPage(session, first.next)).toEqual({ names: ['3'], next: '' });
  expect(await listTags(session)).toEqual(['1', '2', '3']);
  expect(new Set(asked.filter((path) => path !== '/v2/').map((path) => path.split('?')[0]))).toEqual(
    new Set(['/v2/team/app/tags/list']),
  );
  await expect(tagsPage(session, 'n=1#x')).rejects.toMatchObject({ kind: 'invalid' });
});

it('says that a registry does not tell its repositories', async () => {
  await expect(repositoriesPage(session, '')).rejects.toMatchObject({ kind: 'not-found' });
});
