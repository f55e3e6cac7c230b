import { randomBytes } from 'node:crypto';
import { EngineError } from '../../errors.ts';
import { streamMethod, unaryMethod, type GrpcMethod, type ServerCall } from '../../../common/grpc/server.ts';
import { GrpcError, GrpcStatus } from '../../../common/grpc/status.ts';
import type { BuildCache } from '../cache/cache.ts';
import type { CacheEntry } from '../cache/entry.ts';
import { registryCache, type CacheRequest } from '../cache/remote/cache-options.ts';
import type { BuildJob } from '../history/builds.ts';
import { BridgeBuilds, bridgeMethods, type BridgeRequest } from './bridge.ts';
import { cacheFilters } from './cache-filters.ts';
import type { ExporterRequest } from './exporters.ts';
import { historyRecord } from './history-record.ts';
import * as messages from './messages/control.ts';
import { sessionMethod } from './session-method.ts';
import { readDockerfile, solve, type SolveParts } from './solve.ts';
import { solveError } from './solve-error.ts';
import { statusMessages } from './status-messages.ts';
import type { WorkerInfo } from './worker.ts';

export interface ControlParts extends SolveParts {
  readonly cache: BuildCache;
  readonly worker: WorkerInfo;
}

const SERVICE = '/moby.buildkit.v1.Control/';
/** The only frontend: the Dockerfile's own. */
const FRONTEND = 'dockerfile.v0';

/** What is served on `/grpc`: `moby.buildkit.v1.Control`, and the bridge for clients that bring their own frontend. */
export function controlMethods(parts: ControlParts): ReadonlyMap<string, GrpcMethod> {
  const bridge = new BridgeBuilds();
  const { cache, worker } = parts;
  return new Map<string, GrpcMethod>([
    [
      `${SERVICE}Solve`,
      unaryMethod([messages.solveRequest, messages.solveResponse], (request, call) =>
        solveFor(parts, bridge, request, call),
      ),
    ],
    [
      `${SERVICE}Status`,
      streamMethod([messages.statusRequest, messages.statusResponse], async ({ ref }, send, { signal }) => {
        await follow(await parts.builds.find(ref, signal), parts, send, signal);
      }),
    ],
    [`${SERVICE}Session`, sessionMethod(parts.sessions)],
    [
      `${SERVICE}ListWorkers`,
      unaryMethod([messages.listWorkersRequest, messages.listWorkersResponse], () => ({ record: [worker.record] })),
    ],
    [`${SERVICE}Info`, unaryMethod([messages.infoRequest, messages.infoResponse], () => ({ version: worker.version }))],
    [
      `${SERVICE}DiskUsage`,
      unaryMethod([messages.diskUsageRequest, messages.diskUsageResponse], async () => ({
        record: (await cache.entries()).map(usage),
      })),
    ],
    [
      `${SERVICE}Prune`,
      streamMethod([messages.pruneRequest, messages.usageRecord], async (request, send) => {
        const before = new Map((await cache.entries()).map((entry) => [entry.ID, entry]));
        const duration = Number(request.keepDuration / 1_000_000n);
        const filters = cacheFilters(request.filter);
        if (duration > 0) filters.set('until', [`${duration}ms`]);
        const space = {
          reserved: Number(request.reservedSpace),
          maxUsed: Number(request.maxUsedSpace),
          minFree: Number(request.minFreeSpace),
        };
        const { deleted } = await cache.prune({ all: request.all, space, filters });
        for (const id of deleted) {
          const entry = before.get(id);
          if (entry !== undefined) await send(usage(entry));
        }
      }),
    ],
    [
      `${SERVICE}ListenBuildHistory`,
      streamMethod([messages.historyRequest, messages.historyEvent], (request, send, { signal }) =>
        listen(parts, request, send, signal),
      ),
    ],
    [
      `${SERVICE}UpdateBuildHistory`,
      unaryMethod([messages.updateHistoryRequest, messages.updateHistoryResponse], () => ({})),
    ],
    ...bridgeMethods(bridge, worker, (attributes, session, signal) =>
      readDockerfile(parts, attributes, session, signal),
    ),
  ]);
}

async function solveFor(
  parts: ControlParts,
  bridge: BridgeBuilds,
  request: messages.SolveRequest,
  { signal }: ServerCall,
): Promise<{ exporterResponse: ReadonlyMap<string, string> }> {
  const { ref, session, frontend, frontendAttrs: attributes } = request;
  if (request.definition !== null && frontend === '')
    throw new GrpcError(GrpcStatus.unimplemented, 'this engine builds Dockerfiles, not LLB definitions');
  // To leave out what forbids sources would let them in.
  if ((request.sourcePolicy?.rules.length ?? 0) > 0)
    throw new GrpcError(GrpcStatus.unimplemented, 'this engine knows no policies for sources');
  if (frontend !== '')
    return {
      exporterResponse: await solveFrontend(parts, request, { frontend, attributes, inputs: new Map() }, signal),
    };
  // The client runs the frontend itself, and asks for the Dockerfile's through the bridge.
  try {
    const asked = await bridge.wait(ref, session, signal).catch((error: unknown) => {
      parts.builds.skip(ref);
      throw error;
    });
    if (asked === null) {
      parts.builds.skip(ref);
      return { exporterResponse: new Map() };
    }
    const exporterResponse = await solveFrontend(parts, request, asked, signal);
    await bridge.used(ref);
    return { exporterResponse };
  } finally {
    bridge.close(ref);
  }
}

async function solveFrontend(
  parts: ControlParts,
  request: messages.SolveRequest,
  { frontend, attributes, inputs }: BridgeRequest,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { ref, session, entitlements, exporter, exporterAttrs } = request;
  if (frontend !== FRONTEND)
    throw new EngineError('invalid', `the frontend ${frontend} is not supported: this engine reads Dockerfiles itself`);
  const exporters: ExporterRequest[] = request.exporters.map(({ type, attrs }) => ({ type, attributes: attrs }));
  if (exporters.length === 0 && exporter !== '') exporters.push({ type: exporter, attributes: exporterAttrs });
  const id = ref === '' ? randomBytes(13).toString('hex').slice(0, 25) : ref;
  const caches = cachesOf(request);
  const wanted = { ref: id, attributes, inputs, session, exporters, entitlements, caches, upload: null, signal };
  try {
    return (await solve(parts, wanted)).response;
  } catch (error) {
    throw solveError(error);
  }
}

/** The caches that a request names, in today's form and in the older one. */
function cachesOf({ cache }: messages.SolveRequest): { imports: CacheRequest[]; exports: CacheRequest[] } {
  const request = ({ type, attrs }: { type: string; attrs: ReadonlyMap<string, string> }): CacheRequest => ({
    type,
    attributes: attrs,
  });
  return {
    imports: [...(cache?.imports.map(request) ?? []), ...(cache?.importRefs.map(registryCache) ?? [])],
    exports: cache?.exports.map(request) ?? [],
  };
}

/** Tells of a build until it has ended. */
async function follow(
  job: BuildJob,
  { builds }: ControlParts,
  send: (message: ReturnType<typeof statusMessages>[number]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<null>();
  let sending: Promise<void> = Promise.resolve();
  const forget = job.trace.subscribe((update) => {
    for (const message of statusMessages(update)) sending = sending.then(() => send(message));
    sending.catch(() => undefined);
  });
  const ignore = builds.subscribe((one) => {
    if (one === job && job.completedAt !== null) resolve(null);
  });
  if (job.completedAt !== null) resolve(null);
  signal.addEventListener('abort', () => {
    resolve(null);
  });
  try {
    await ended;
    await sending;
  } finally {
    forget();
    ignore();
  }
}

async function listen(
  { builds }: ControlParts,
  request: { readonly activeOnly: boolean; readonly ref: string; readonly earlyExit: boolean },
  send: (event: { type: number; record: ReturnType<typeof historyRecord> }) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let sending: Promise<void> = Promise.resolve();
  const tell = (job: BuildJob): void => {
    if (request.ref !== '' && request.ref !== job.ref) return;
    const isActive = job.completedAt === null;
    if (request.activeOnly && !isActive) return;
    const type = isActive ? messages.HistoryEventType.started : messages.HistoryEventType.complete;
    sending = sending.then(() => send({ type, record: historyRecord(job, FRONTEND) }));
    sending.catch(() => undefined);
  };
  const forget = request.earlyExit ? null : builds.subscribe(tell);
  for (const job of builds.jobs) tell(job);
  if (forget !== null && !signal.aborted)
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
  forget?.();
  await sending;
}

function usage(entry: CacheEntry) {
  return {
    id: entry.ID,
    mutable: entry.Type === 'exec.cachemount',
    inUse: entry.InUse,
    size: BigInt(Math.round(entry.Size)),
    createdAt: Date.parse(entry.CreatedAt),
    lastUsedAt: Date.parse(entry.LastUsedAt),
    usageCount: BigInt(entry.UsageCount),
    description: entry.Description,
    recordType: entry.Type,
    shared: entry.Shared,
  };
}
