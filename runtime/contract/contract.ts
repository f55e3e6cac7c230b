/**
 * The one contract between the page and the bridge: every call, stream and duplex channel with the schema of what goes
 * in and the type of what comes out. The page builds its client from it, the bridge its handlers; inputs are validated
 * by the bridge because the page is not trusted.
 *
 * All times are ISO 8601 strings or milliseconds since the epoch (fields ending in `At`), all sizes bytes.
 */
import * as z from 'zod/mini';
import { call, id, KIB, labels, nothing, objectName as containerId, stream, text, type Nothing } from './define.ts';
import { alertChannels } from './alerts.ts';
import { backupChannels } from './backups.ts';
import { buildChannels } from './builds.ts';
import { composeChannels } from './compose.ts';
import { configurationChannels } from './engine-configuration.ts';
import { fileChannels } from './files.ts';
import { imageChannels } from './images.ts';
import { logSearchChannels } from './log-search.ts';
import { migrationChannels } from './migrate.ts';
import { networkChannels } from './networks.ts';
import { registryChannels } from './registries.ts';
import { resetChannels } from './reset.ts';
import { statsChannels } from './stats.ts';
import { systemChannels } from './system.ts';
import { trashChannels } from './trash.ts';
import { volumeChannels } from './volumes.ts';
import { workChannels } from './works.ts';

/** Raised with every incompatible change; a page that finds another number asks to be reloaded. */
export const CONTRACT_VERSION = 3;

/* ------------------------------------------------------------------------------------------------- errors */

/** Closed list of what can go wrong, in terms a person can act on. */
export const ERROR_CODES = [
  'engine-unreachable',
  'not-found',
  'conflict',
  'invalid',
  'in-use',
  'unauthorized',
  'cancelled',
  'timeout',
  'unsupported',
  /** The answer is more than one message may hold. */
  'too-large',
  'disconnected',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error as it travels: data, because transports keep nothing of an Error but its message. */
export const errorSchema = z.object({
  code: z.enum(ERROR_CODES),
  /** A sentence for a person. */
  message: z.string(),
  /** What to do about it. */
  hint: z.optional(z.string()),
  /** For logs and "Copy details". */
  detail: z.optional(z.string()),
  /** HTTP status of the engine's answer. */
  status: z.optional(z.number()),
});
export type ErrorData = z.infer<typeof errorSchema>;

/* ------------------------------------------------------------------------------------------------- shared shapes */

/** Life-cycle states of the Docker Engine API. */
export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** What became of a path since the image. */
export type ChangeKind = 'modified' | 'added' | 'deleted';

export interface PortBinding {
  readonly containerPort: number;
  readonly protocol: string;
  readonly hostIp: string;
  /** 0 when the port is exposed but not published. */
  readonly hostPort: number;
}

/** What a container's health check says of it, in Docker's words; `none` where it has no check, or does not run. */
export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy';

/** A health check and how its last runs went, the newest first. Times in milliseconds since 1970, spans in milliseconds. */
export interface HealthCheck {
  readonly command: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  /** How many runs have failed since the last that did not. */
  readonly failingStreak: number;
  readonly runs: readonly {
    readonly at: number | null;
    readonly exitCode: number;
    readonly output: string;
  }[];
}

/** One row of the containers list. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly command: string;
  readonly state: ContainerState;
  /** Docker's words, for example "Exited (137) 3 minutes ago". */
  readonly status: string;
  readonly exitCode: number | null;
  readonly health: Health;
  readonly createdAt: number;
  /** When it last started; null if never, or while the engine has not told. */
  readonly startedAt: number | null;
  readonly ports: readonly PortBinding[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface MountInfo {
  readonly type: string;
  readonly source: string;
  readonly destination: string;
  readonly readWrite: boolean;
}

/** What the details page shows; `raw` is the engine's own inspect answer. */
export interface ContainerDetails extends ContainerSummary {
  readonly entrypoint: readonly string[];
  readonly arguments: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly MountInfo[];
  readonly networks: readonly { readonly name: string; readonly address: string; readonly gateway: string }[];
  readonly hostname: string;
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly autoRemove: boolean;
  readonly restartPolicy: string;
  readonly restartCount: number;
  readonly privileged: boolean;
  readonly readonlyRoot: boolean;
  readonly limits: { readonly memoryBytes: number; readonly cpus: number; readonly pids: number };
  readonly pid: number;
  readonly finishedAt: number | null;
  readonly oomKilled: boolean;
  readonly error: string;
  /** Null where it has none, or it is switched off. */
  readonly healthCheck: HealthCheck | null;
  readonly raw: unknown;
}

/** One row of the images list: one per tag, or one without a tag. */
export interface ImageSummary {
  readonly id: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly createdAt: number;
  readonly size: number;
  /** Ids of the containers made from it. */
  readonly usedBy: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface EngineInfo {
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly kernel: string;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly rootless: boolean;
  readonly cgroupVersion: string;
  readonly storageDriver: string;
  readonly dataRoot: string;
  readonly warnings: readonly string[];
  /** For `export DOCKER_HOST=...`. */
  readonly dockerHost: string;
  /** Whether the host of this app can start, stop and restart this engine. */
  readonly controllable: boolean;
}

/** An engine event, or `resync` when some were missed and lists must be fetched again. */
export type EngineEvent =
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly action: string;
      readonly id: string;
      readonly attributes: Readonly<Record<string, string>>;
      /** Nanoseconds since the epoch as a decimal string. */
      readonly timeNano: string;
    }
  | { readonly kind: 'resync' };

/** State of one layer of a pull or push. */
export interface LayerProgress {
  readonly id: string;
  readonly status: string;
  readonly current: number;
  /** 0 while unknown. */
  readonly total: number;
}

/** A whole picture each time, so that a slow page may skip some. */
export interface TransferProgress {
  readonly layers: readonly LayerProgress[];
  /** The latest line that is not about one layer. */
  readonly status: string;
}

export interface SessionInfo {
  readonly id: string;
  readonly kind: 'exec' | 'attach' | 'debug' | 'host';
  /** Empty for the host shell. */
  readonly containerId: string;
  readonly title: string;
  readonly startedAt: number;
  /** null while it runs. */
  readonly exitCode: number | null;
  /** A debug shell beside a container whose files it may not reach: that one shares others' processes. */
  readonly hidesFiles?: true;
}

export type TerminalMessage =
  { readonly kind: 'ready'; readonly session: SessionInfo } | { readonly kind: 'exit'; readonly exitCode: number };

/** What the Run dialog asks for. Terms of `docker run`. */
export const runSpecSchema = z.object({
  image: id,
  name: z.optional(z.string().check(z.regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/))),
  command: z.array(text).check(z.maxLength(1024)),
  entrypoint: z.optional(z.array(text)),
  env: z.array(z.object({ name: z.string().check(z.regex(/^[^=\0]+$/)), value: text })).check(z.maxLength(1024)),
  ports: z
    .array(
      z.object({
        hostIp: z.string(),
        /** 0 lets the engine choose. */
        hostPort: z.int().check(z.gte(0), z.lte(65535)),
        containerPort: z.int().check(z.gte(1), z.lte(65535)),
        protocol: z.enum(['tcp', 'udp']),
      }),
    )
    .check(z.maxLength(256)),
  volumes: z
    .array(z.object({ source: text, destination: z.string().check(z.regex(/^\//)), readOnly: z.boolean() }))
    .check(z.maxLength(256)),
  /** Bytes; 0 for no limit. */
  memoryBytes: z.int().check(z.gte(0)),
  /** Processors, fractions allowed; 0 for no limit. */
  cpus: z.number().check(z.gte(0)),
  /** 0 for no limit. */
  pids: z.int().check(z.gte(0)),
  tty: z.boolean(),
  interactive: z.boolean(),
  autoRemove: z.boolean(),
  restartPolicy: z.enum(['no', 'on-failure', 'always', 'unless-stopped']),
  /** Most restarts of `on-failure`; 0 for any number. */
  maxRetries: z.int().check(z.gte(0)),
  /** `default`, `none`, `host`, `container:…`, or a network's name. */
  network: id,
  workingDir: z.optional(text),
  user: z.optional(text),
  /** Further flags of `docker run` by their long names (`run-flags.ts`), each with its values. */
  flags: z.record(z.string(), z.array(text).check(z.maxLength(256))),
});
export type RunSpec = z.infer<typeof runSpecSchema>;

const terminalSizeSchema = z.object({
  columns: z.int().check(z.gte(1), z.lte(10000)),
  rows: z.int().check(z.gte(1), z.lte(10000)),
});

/** Messages of the page on a terminal channel. */
export const terminalControlSchema = z.object({ kind: z.literal('resize'), size: terminalSizeSchema });
export type TerminalControl = z.infer<typeof terminalControlSchema>;

/* ------------------------------------------------------------------------------------------------- definition */

/** Every channel. */
export const contract = {
  ...alertChannels,
  ...backupChannels,
  ...buildChannels,
  ...composeChannels,
  ...configurationChannels,
  ...fileChannels,
  ...imageChannels,
  ...logSearchChannels,
  ...migrationChannels,
  ...networkChannels,
  ...registryChannels,
  ...resetChannels,
  ...statsChannels,
  ...systemChannels,
  ...trashChannels,
  ...volumeChannels,
  ...workChannels,

  'engine.info': call<EngineInfo>()(nothing),
  'engine.control': call<Nothing>()(z.object({ action: z.enum(['start', 'stop', 'restart']) }), 60_000),

  /** Processes of a running container: the columns of ps, and a row each. */
  'containers.top': call<{ readonly titles: readonly string[]; readonly rows: readonly (readonly string[])[] }>()(
    z.object({ id: containerId }),
  ),
  /** What differs from the image. */
  'containers.changes': call<readonly { readonly path: string; readonly kind: ChangeKind }[]>()(
    z.object({ id: containerId }),
    60_000,
  ),
  /** Makes the container anew from another image, with the same name and settings. */
  'containers.goBack': call<{ readonly id: string }>()(z.object({ id: containerId, image: id }), 120_000),
  /**
   * Makes the container anew with other settings; it runs again if it ran. `before`: what was known of it when they were
   * edited; whatever else it has stays as it is.
   */
  'containers.replace': call<{ readonly id: string }>()(
    z.object({ id: containerId, before: runSpecSchema, spec: runSpecSchema }),
    120_000,
  ),
  /** Saves the files as an image. */
  'containers.commit': call<{ readonly imageId: string }>()(
    z.object({ id: containerId, repository: id, tag: id, comment: text, labels }),
    300_000,
  ),
  /** With `ids`, only those that still exist. */
  'containers.list': call<readonly ContainerSummary[]>()(
    z.object({ ids: z.optional(z.array(containerId).check(z.maxLength(1000))) }),
  ),
  'containers.inspect': call<ContainerDetails>()(z.object({ id: containerId })),
  'containers.create': call<{ readonly id: string; readonly warnings: readonly string[] }>()(runSpecSchema),
  'containers.start': call<Nothing>()(z.object({ id: containerId })),
  /** Stop gives the process 10 s before it is killed, hence the longer wait. */
  'containers.stop': call<Nothing>()(z.object({ id: containerId }), 60_000),
  'containers.restart': call<Nothing>()(z.object({ id: containerId }), 60_000),
  'containers.kill': call<Nothing>()(z.object({ id: containerId, signal: z.optional(z.string()) })),
  'containers.pause': call<Nothing>()(z.object({ id: containerId })),
  'containers.unpause': call<Nothing>()(z.object({ id: containerId })),
  'containers.rename': call<Nothing>()(z.object({ id: containerId, name: containerId })),
  /** With `keep` into the trash, where the engine has one. */
  'containers.remove': call<Nothing>()(
    z.object({ id: containerId, force: z.boolean(), volumes: z.boolean(), keep: z.optional(z.boolean()) }),
    60_000,
  ),

  'images.list': call<readonly ImageSummary[]>()(nothing),
  'images.remove': call<{ readonly deleted: number }>()(z.object({ reference: id, force: z.boolean() }), 60_000),
  'images.prune': call<{ readonly deleted: number; readonly reclaimedBytes: number }>()(
    z.object({ all: z.boolean() }),
    120_000,
  ),
  'images.tag': call<Nothing>()(z.object({ reference: id, repository: id, tag: id })),

  'sessions.list': call<readonly SessionInfo[]>()(nothing),
  /** Ends a session; its process gets a hang-up. */
  'sessions.close': call<Nothing>()(z.object({ id })),

  events: stream<EngineEvent>()(
    z.object({ since: z.optional(z.string().check(z.regex(/^\d{1,12}(\.\d{1,9})?$/))) }),
    1024 * KIB,
  ),
  /**
   * Bytes: lines that each start with one mark byte (1 = stdout, 2 = stderr), an RFC 3339 timestamp and a space.
   * `since` is a Unix time with up to nine decimals, to resume after a break.
   */
  logs: stream<never>()(
    z.object({
      id: containerId,
      follow: z.boolean(),
      tail: z.nullable(z.int().check(z.gte(0))),
      since: z.optional(z.string().check(z.regex(/^\d{1,12}(\.\d{1,9})?$/))),
    }),
    1024 * KIB,
  ),
  /** Bytes both ways. With `sessionId` an existing session is joined and its recent output replayed. */
  terminal: stream<TerminalMessage>()(
    z.object({
      target: z.discriminatedUnion('kind', [
        z.object({
          kind: z.literal('exec'),
          containerId,
          command: z.array(text).check(z.minLength(1), z.maxLength(64)),
          user: z.string(),
        }),
        z.object({ kind: z.literal('attach'), containerId }),
        /** A shell of another image in the container's namespaces; its files are under /target. */
        z.object({ kind: z.literal('debug'), containerId, image: id, shell: z.string().check(z.maxLength(256)) }),
        z.object({ kind: z.literal('host') }),
        z.object({ kind: z.literal('session'), sessionId: id }),
      ]),
      size: terminalSizeSchema,
    }),
    128 * KIB,
    terminalControlSchema,
  ),
} as const;

export type Contract = typeof contract;
export type CallName = { [K in keyof Contract]: Contract[K]['kind'] extends 'call' ? K : never }[keyof Contract];
export type StreamName = { [K in keyof Contract]: Contract[K]['kind'] extends 'stream' ? K : never }[keyof Contract];
export type InputOf<K extends keyof Contract> = z.infer<Contract[K]['input']>;
export type OutputOf<K extends keyof Contract> = NonNullable<Contract[K]['output']>;
