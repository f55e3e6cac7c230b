import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import * as z from 'zod/mini';
import { EngineError, messageOf } from '../../errors.ts';
import { inflated } from '../../images/archive-load.ts';
import { statusResponse, type StatusResponse } from '../buildkit/messages/control.ts';
import type { BuildLog, BuildRecord } from './store.ts';
import type { TraceStatus, TraceVertex, TraceWarning } from './trace.ts';

/** Media type of the configuration of a manifest that stands for a build, as buildx writes it. */
export const HISTORY_RECORD = 'application/vnd.buildkit.historyrecord.v0';
/** Bytes of an archive, inflated: a build's output, provenance and trace; images are not in it. */
const ARCHIVE_MAX = 64 * 1024 * 1024;
/** `index.json`, a manifest, a configuration and a handful of blobs for each build. */
const FILES_MAX = 4096;
/** An index within an index holds the builds; nothing writes more than that. */
const DEPTH_MAX = 3;
/** As many as are remembered at all. */
const BUILDS_MAX = 200;

const descriptor = z.object({ digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)) });
const index = z.object({ manifests: z.array(descriptor) });
const manifest = z.object({ config: z.extend(descriptor, { mediaType: z.optional(z.string()) }) });
/** Go writes a protobuf time as an object of its two numbers; older clients wrote RFC 3339. */
const time = z.union([
  z.object({ seconds: z.optional(z.number()), nanos: z.optional(z.number()) }),
  z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
]);
const attributes = z.optional(z.nullable(z.record(z.string(), z.string())));
const record = z.object({
  Ref: z.string().check(z.regex(/^[\w-]{1,128}$/)),
  FrontendAttrs: attributes,
  ExporterResponse: attributes,
  error: z.optional(z.nullable(z.object({ code: z.optional(z.number()), message: z.optional(z.string()) }))),
  CreatedAt: time,
  CompletedAt: z.optional(z.nullable(time)),
  logs: z.optional(z.nullable(descriptor)),
  /** What buildx remembers where it built. */
  localState: z.optional(z.nullable(z.object({ LocalPath: z.optional(z.string()) }))),
});

/** The code of gRPC for what was given up by its client. */
const CANCELED = 1;

/**
 * The builds of a `.dockerbuild` archive: what `docker buildx history export` and Docker's GitHub Actions write, an OCI
 * layout (tar, gzip or not) with a manifest a build, whose configuration is BuildKit's history record as JSON and whose
 * output is a blob of its status messages, each after its length in four bytes, the lowest first. Throws `invalid`.
 */
export async function readBuildArchive(archive: Readable): Promise<BuildRecord[]> {
  const files = await readFiles(archive);
  const text = files.get('index.json');
  if (text === undefined)
    throw new EngineError('invalid', 'this is no archive of builds: there is no index.json in it');
  const records: BuildRecord[] = [];
  const read = (bytes: Uint8Array, depth: number): void => {
    const found = parsed(index, bytes);
    for (const one of found.manifests) {
      const inner = blobOf(files, one.digest);
      const document = parsed(z.union([manifest, index]), inner);
      if (!('config' in document)) {
        if (depth === DEPTH_MAX) throw new EngineError('invalid', 'the archive holds indexes within indexes');
        read(inner, depth + 1);
      } else if (document.config.mediaType === HISTORY_RECORD) {
        if (records.length === BUILDS_MAX) throw new EngineError('invalid', `more than ${BUILDS_MAX} builds`);
        records.push(recordOf(files, parsed(record, blobOf(files, document.config.digest))));
      }
    }
  };
  read(text, 1);
  if (records.length === 0) throw new EngineError('invalid', 'there is no record of a build in this archive');
  return records;
}

async function readFiles(archive: Readable): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const extract = tar.extract();
  let size = 0;
  const collect = async (): Promise<void> => {
    for await (const entry of extract) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > ARCHIVE_MAX) throw new EngineError('invalid', 'the archive is too large for records of builds');
        chunks.push(chunk);
      }
      if (entry.header.type !== 'file') continue;
      if (files.size === FILES_MAX) throw new EngineError('invalid', 'the archive holds too many files');
      files.set(posix.normalize(entry.header.name), Buffer.concat(chunks));
    }
  };
  try {
    const source = await inflated(archive);
    await Promise.all([pipeline(source, extract), collect()]);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError('invalid', `the archive cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return files;
}

function blobOf(files: ReadonlyMap<string, Buffer>, digest: string): Buffer {
  const hex = digest.slice('sha256:'.length);
  const blob = files.get(`blobs/sha256/${hex}`);
  if (blob === undefined) throw new EngineError('invalid', `the archive lacks ${digest}`);
  if (createHash('sha256').update(blob).digest('hex') !== hex)
    throw new EngineError('invalid', `what the archive holds as ${digest} is something else`);
  return blob;
}

function parsed<T>(schema: z.ZodMiniType<T>, bytes: Uint8Array): T {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(bytes).toString());
  } catch (error) {
    throw new EngineError('invalid', `a document of the archive is no JSON: ${messageOf(error)}`, { cause: error });
  }
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join('.') ?? '';
  throw new EngineError(
    'invalid',
    `a document of the archive is not as it should be: ${place} ${issue?.message ?? ''}`,
  );
}

function recordOf(files: ReadonlyMap<string, Buffer>, found: z.infer<typeof record>): BuildRecord {
  const asked = found.FrontendAttrs ?? {};
  const { error } = found;
  const events = found.logs === null || found.logs === undefined ? NOTHING : eventsOf(blobOf(files, found.logs.digest));
  const { vertexes, alerts } = events;
  const createdAt = millisecondsOf(found.CreatedAt);
  const completedAt = found.CompletedAt ?? null;
  return {
    ref: found.Ref,
    title: titleOf(asked, found.ExporterResponse ?? {}, found.localState?.LocalPath ?? ''),
    ...outcomeOf(error ?? null, completedAt !== null),
    createdAt,
    completedAt: completedAt === null ? createdAt : millisecondsOf(completedAt),
    total: vertexes.length,
    completed: vertexes.filter(({ completed }) => completed !== null).length,
    cached: vertexes.filter(({ cached }) => cached).length,
    warnings: alerts.length,
    // It was made elsewhere.
    image: '',
    attributes: withoutValues(asked),
    ...events,
  };
}

function outcomeOf(
  error: { readonly code?: number | undefined; readonly message?: string | undefined } | null,
  hasEnded: boolean,
): Pick<BuildRecord, 'status' | 'error'> {
  if (error !== null) return { status: error.code === CANCELED ? 'canceled' : 'failed', error: error.message ?? '' };
  // One that was exported while it ran goes on nowhere.
  return hasEnded ? { status: 'completed', error: '' } : { status: 'canceled', error: '' };
}

function millisecondsOf(written: z.infer<typeof time>): number {
  if (typeof written === 'string') return Date.parse(written);
  return (written.seconds ?? 0) * 1000 + Math.floor((written.nanos ?? 0) / 1e6);
}

/** The image's name, or what was built, and from which Dockerfile. */
function titleOf(
  asked: Readonly<Record<string, string>>,
  answered: Readonly<Record<string, string>>,
  directory: string,
): string {
  const name = answered['image.name'] ?? '';
  if (name !== '') return name;
  const source = asked['vcs:source'] ?? asked['context'] ?? directory;
  const place = posix.basename(source.replace(/[#?].*$/, '').replace(/\.git$/, ''));
  return [place, asked['filename'] ?? 'Dockerfile'].filter((part) => part !== '').join('/');
}

/** Values of variables are nobody else's business, of our own builds, too. */
function withoutValues(asked: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(asked).filter(([name]) => !name.startsWith('build-arg:')));
}

interface Events {
  readonly vertexes: readonly TraceVertex[];
  readonly statuses: readonly TraceStatus[];
  readonly logs: readonly BuildLog[];
  readonly alerts: readonly TraceWarning[];
}

const NOTHING: Events = { vertexes: [], statuses: [], logs: [], alerts: [] };

function eventsOf(blob: Buffer): Events {
  const vertexes = new Map<string, TraceVertex>();
  const statuses = new Map<string, TraceStatus>();
  const logs: BuildLog[] = [];
  const alerts: TraceWarning[] = [];
  for (const message of messagesOf(blob)) {
    for (const vertex of message.vertexes) vertexes.set(vertex.digest, { ...vertex, inputs: [...vertex.inputs] });
    for (const { id, vertex, current, total, timestamp, started, completed } of message.statuses)
      statuses.set(`${vertex} ${id}`, {
        id,
        vertex,
        current: Number(current),
        total: Number(total),
        time: timestamp ?? 0,
        started: started ?? timestamp ?? 0,
        completed,
      });
    for (const { vertex, timestamp, stream, msg } of message.logs)
      logs.push({ vertex, time: timestamp ?? 0, stream: stream === 2n ? 2 : 1, text: Buffer.from(msg).toString() });
    for (const { vertex, short, detail, url, info, ranges } of message.warnings)
      alerts.push({
        vertex,
        text: Buffer.from(short).toString(),
        description: detail.map((line) => Buffer.from(line).toString()).join('\n'),
        url,
        file: info?.filename ?? '',
        source: info === null ? '' : Buffer.from(info.data).toString(),
        start: ranges[0]?.start?.line ?? 0,
        end: ranges[0]?.end?.line ?? 0,
      });
  }
  return { vertexes: [...vertexes.values()], statuses: [...statuses.values()], logs, alerts };
}

function* messagesOf(blob: Buffer): Generator<StatusResponse> {
  for (let at = 0; at < blob.length;) {
    const size = at + 4 > blob.length ? Infinity : blob.readUInt32LE(at);
    if (at + 4 + size > blob.length) throw new EngineError('invalid', 'the output of a build is cut off');
    try {
      yield statusResponse.decode(blob.subarray(at + 4, at + 4 + size));
    } catch (error) {
      throw new EngineError('invalid', `the output of a build cannot be read: ${messageOf(error)}`, { cause: error });
    }
    at += 4 + size;
  }
}
