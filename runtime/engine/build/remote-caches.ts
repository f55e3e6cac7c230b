import { EngineError, messageOf } from '../errors.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { Descriptor } from '../images/manifest.ts';
import { hostPlatform } from '../images/platform.ts';
import type { Lease } from '../store/leases.ts';
import { asksForInlineCache, type CacheRequest } from './cache/remote/cache-options.ts';
import { exportCache, type CacheContent } from './cache/remote/export.ts';
import { importCache, type RemoteCache } from './cache/remote/import.ts';
import type { BuildOptions } from './plan/options.ts';
import type { BuildProgress } from './solve/progress.ts';

/** What reading and writing caches elsewhere works with. */
export interface RemoteCacheContext {
  readonly images: ImageStore;
  readonly options: BuildOptions;
  readonly progress: BuildProgress;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/** Reads the caches that a build is to use. One that cannot be read is told of, and the build goes on without it. */
export async function readCaches(context: RemoteCacheContext): Promise<RemoteCache[]> {
  const { images, options, progress, signal } = context;
  const { imports, client } = options.caches;
  const read = imports.map(async (request): Promise<RemoteCache[]> => {
    const task = progress.task(`importing cache manifest from ${nameOf(request, 'src')}`);
    try {
      const found = await task.run(() =>
        importCache(request, {
          images,
          platform: options.platform ?? hostPlatform(),
          credentials: options.credentials,
          clientContent: client,
          signal,
        }),
      );
      return [found];
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EngineError && error.kind === 'invalid' && /^unknown cache importer/.test(error.message))
        throw error;
      progress.status({ status: `cache of ${nameOf(request, 'src')} is not used: ${messageOf(error)}` });
      return [];
    }
  });
  return (await Promise.all(read)).flat();
}

/** Whether the image is to carry along what its build can be resumed from. */
export function wantsInlineCache({ caches, buildArgs }: BuildOptions): boolean {
  return asksForInlineCache(buildArgs) || caches.exports.some(({ type }) => type === 'inline');
}

/** Writes the caches that a build is to leave. Returns what clients are told. Throws unless `ignore-error` was said. */
export async function writeCaches(
  written: CacheContent,
  { images, options, progress, lease, signal }: RemoteCacheContext,
): Promise<ReadonlyMap<string, string>> {
  const all: { readonly type: string; readonly place: string; readonly manifest: Descriptor }[] = [];
  for (const request of options.caches.exports) {
    if (request.type === 'inline') continue;
    const task = progress.task(`exporting cache to ${request.type === 'local' ? 'client directory' : request.type}`);
    const onPart = (name: string): void => {
      task.part(name, 0, 0, true);
    };
    const { content } = images;
    const { credentials, caches } = options;
    const context = { content, credentials, clientTarget: caches.client, lease, signal, onPart };
    try {
      const manifest: Descriptor = await task.run(() => exportCache(request, written, context));
      all.push({ type: request.type, place: nameOf(request, 'dest'), manifest });
    } catch (error) {
      if (signal.aborted || request.attributes.get('ignore-error') !== 'true') throw error;
      progress.status({ status: `the cache was not written: ${messageOf(error)}` });
    }
  }
  // BuildKit tells of one only, which its clients then name in each directory of theirs.
  const told = all.findLast(({ type }) => type === 'local') ?? all.at(-1);
  return new Map(
    told === undefined
      ? []
      : [
          ['cache.manifest', JSON.stringify(told.manifest)],
          ['cache.manifests', JSON.stringify(all)],
        ],
  );
}

function nameOf({ type, attributes }: CacheRequest, local: string): string {
  return attributes.get('ref') ?? attributes.get(local) ?? type;
}
