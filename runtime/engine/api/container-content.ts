import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { rfc3339 } from '../../common/time.ts';
import { goFileMode, linkTarget } from '../containers/archive-paths.ts';
import type { ContainerCommit } from '../containers/commit.ts';
import { containerConfigSchema } from '../containers/config.ts';
import type { ContainerContent } from '../containers/container-content.ts';
import type { ContainerHandle } from '../containers/handle.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { EngineError } from '../errors.ts';
import type { Place } from '../launcher/storage.ts';
import { archiveBody } from './archive-body.ts';
import { queryFlag, sendEmpty, sendJson, type ApiContext, type Router } from './router.ts';

export interface ContentRouteParts {
  readonly registry: ContainerRegistry;
  readonly content: ContainerContent;
  readonly commit: ContainerCommit;
}

const CHANGE_KINDS = { modified: 0, added: 1, deleted: 2 } as const;

/** `docker cp`, `diff`, `export` and `commit`. */
export function registerContentRoutes(router: Router, { registry, content, commit }: ContentRouteParts): void {
  const id = (context: ApiContext): string => context.params['id'] ?? '';
  const find = (context: ApiContext): ContainerHandle => registry.find(id(context));

  router.add('HEAD', '/containers/{id}/archive', async (context) => {
    const { name, place } = await content.stat(find(context), id(context), pathOf(context));
    context.response.writeHead(200, { 'X-Docker-Container-Path-Stat': statHeader(name, place) });
    context.response.end();
  });

  router.add('GET', '/containers/{id}/archive', (context) =>
    content.get(find(context), id(context), pathOf(context), (top, place, tar) =>
      sendArchive(context, tar, {
        'Content-Type': 'application/x-tar',
        'X-Docker-Container-Path-Stat': statHeader(top, place),
      }),
    ),
  );

  router.add('PUT', '/containers/{id}/archive', async (context) => {
    const handle = find(context);
    const path = pathOf(context);
    const tar = await archiveBody(context.request);
    try {
      await content.put(handle, id(context), path, tar, {
        keepKinds: queryFlag(context.query, 'noOverwriteDirNonDir'),
        ownedByUser: queryFlag(context.query, 'copyUIDGID'),
      });
    } finally {
      tar.destroy();
    }
    sendEmpty(context, 200);
  });

  router.add('GET', '/containers/{id}/changes', async (context) => {
    const changes = await content.changes(find(context));
    const shown = changes.map(({ kind, path }) => ({ Path: path, Kind: CHANGE_KINDS[kind] }));
    sendJson(context, 200, shown);
  });

  router.add('GET', '/containers/{id}/export', (context) =>
    content.export(find(context), (tar) => sendArchive(context, tar, { 'Content-Type': 'application/octet-stream' })),
  );

  router.add('POST', '/commit', async (context) => {
    const { query } = context;
    const parsed = z.nullish(containerConfigSchema).safeParse(await context.json());
    const handle = registry.find(query.get('container') ?? '');
    if (!parsed.success) throw new EngineError('invalid', 'invalid container config');
    const image = await commit.commit(handle, {
      repository: query.get('repo') ?? '',
      tag: query.get('tag') ?? '',
      comment: query.get('comment') ?? '',
      author: query.get('author') ?? '',
      pause: queryFlag(query, 'pause', true),
      changes: query.getAll('changes'),
      config: parsed.data ?? null,
      signal: context.signal,
    });
    sendJson(context, 201, { Id: image });
  });
}

function pathOf(context: ApiContext): string {
  const path = context.query.get('path') ?? '';
  if (path === '') throw new EngineError('invalid', 'bad parameter: path cannot be empty');
  if (path.includes('\0')) throw new EngineError('invalid', 'bad parameter: path must not contain a NUL byte');
  return path;
}

/** The API's ContainerPathStat. */
function statHeader(name: string, place: Place): string {
  const stat = {
    name,
    size: place.size,
    mode: goFileMode(place.mode),
    mtime: rfc3339(place.modified),
    linkTarget: linkTarget(place),
  };
  return Buffer.from(JSON.stringify(stat)).toString('base64');
}

/** Once the head is out, breaking the body off is the only way left to say that an archive is not whole. */
async function sendArchive(context: ApiContext, tar: Readable, headers: Record<string, string>): Promise<void> {
  context.response.writeHead(200, headers);
  try {
    await pipeline(tar, context.response);
  } catch {
    context.response.destroy();
  }
}
