import {
  bool,
  bytes,
  bytesList,
  int32,
  int64,
  list,
  message,
  nested,
  text,
  textMap,
  texts,
  timestamp,
  type Message,
} from '../../../../common/grpc/message.ts';

const none = message({});

const vertexMessage = message({
  digest: text(1),
  inputs: texts(2),
  name: text(3),
  cached: bool(4),
  started: timestamp(5),
  completed: timestamp(6),
  error: text(7),
});

const vertexStatus = message({
  id: text(1),
  vertex: text(2),
  name: text(3),
  current: int64(4),
  total: int64(5),
  timestamp: timestamp(6),
  started: timestamp(7),
  completed: timestamp(8),
});

const vertexLog = message({ vertex: text(1), timestamp: timestamp(2), stream: int64(3), msg: bytes(4) });

const position = message({ line: int32(1), character: int32(2) });
const range = message({ start: nested(1, position), end: nested(2, position) });
const sourceInfo = message({ filename: text(1), data: bytes(2), language: text(4) });

const vertexWarning = message({
  vertex: text(1),
  level: int64(2),
  short: bytes(3),
  detail: bytesList(4),
  url: text(5),
  info: nested(6, sourceInfo),
  ranges: list(7, range),
});

/** What has happened in a build since the last of these. */
export const statusResponse = message({
  vertexes: list(1, vertexMessage),
  statuses: list(2, vertexStatus),
  logs: list(3, vertexLog),
  warnings: list(4, vertexWarning),
});
export type StatusResponse = Message<typeof statusResponse>;

export const statusRequest = message({ ref: text(1) });

/** A cache to read from or write to, by kind. */
export const cacheEntry = message({ type: text(1), attrs: textMap(2) });
const cacheOptions = message({
  importRefs: texts(2),
  exports: list(4, cacheEntry),
  imports: list(5, cacheEntry),
});

const exporter = message({ type: text(1), attrs: textMap(2) });

export const solveRequest = message({
  ref: text(1),
  definition: nested(2, none),
  exporter: text(3),
  exporterAttrs: textMap(4),
  session: text(5),
  frontend: text(6),
  frontendAttrs: textMap(7),
  cache: nested(8, cacheOptions),
  entitlements: texts(9),
  internal: bool(11),
  sourcePolicy: nested(12, message({ rules: list(2, none) })),
  exporters: list(13, exporter),
});
export type SolveRequest = Message<typeof solveRequest>;
export const solveResponse = message({ exporterResponse: textMap(1) });

export const usageRecord = message({
  id: text(1),
  mutable: bool(2),
  inUse: bool(3),
  size: int64(4),
  createdAt: timestamp(6),
  lastUsedAt: timestamp(7),
  usageCount: int64(8),
  description: text(9),
  recordType: text(10),
  shared: bool(11),
});
export const diskUsageRequest = message({ filter: texts(1) });
export const diskUsageResponse = message({ record: list(1, usageRecord) });
export const pruneRequest = message({
  filter: texts(1),
  all: bool(2),
  /** ns */
  keepDuration: int64(3),
  reservedSpace: int64(4),
  maxUsedSpace: int64(5),
  minFreeSpace: int64(6),
});

const platform = message({ architecture: text(1), os: text(2), variant: text(3) });
const buildkitVersion = message({ package: text(1), version: text(2), revision: text(3) });
const gcPolicy = message({ all: bool(1) });
export const workerRecord = message({
  id: text(1),
  labels: textMap(2),
  platforms: list(3, platform),
  gcPolicy: list(4, gcPolicy),
  version: nested(5, buildkitVersion),
});
export type WorkerRecord = Message<typeof workerRecord>;
export const listWorkersRequest = message({ filter: texts(1) });
export const listWorkersResponse = message({ record: list(1, workerRecord) });
export const infoRequest = none;
export const infoResponse = message({ version: nested(1, buildkitVersion) });

const statusDetails = message({ code: int32(1), message: text(2) });

/** Kinds of events of the history. */
export const HistoryEventType = { started: 0, complete: 1, deleted: 2 } as const;
const historyRecord = message({
  ref: text(1),
  frontend: text(2),
  frontendAttrs: textMap(3),
  exporters: list(4, exporter),
  error: nested(5, statusDetails),
  createdAt: timestamp(6),
  completedAt: timestamp(7),
  exporterResponse: textMap(9),
  generation: int32(12),
  numCachedSteps: int32(15),
  numTotalSteps: int32(16),
  numCompletedSteps: int32(17),
});
export const historyRequest = message({ activeOnly: bool(1), ref: text(2), earlyExit: bool(3), limit: int32(5) });
export const historyEvent = message({ type: int32(1), record: nested(2, historyRecord) });
export const updateHistoryRequest = message({ ref: text(1), pinned: bool(2), delete: bool(3), finalize: bool(4) });
export const updateHistoryResponse = none;
