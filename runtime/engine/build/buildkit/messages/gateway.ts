import { bool, bytes, bytesMap, int32, list, message, nested, text, textMap } from '../../../../common/grpc/message.ts';
import { cacheEntry, workerRecord } from './control.ts';

const none = message({});

const capability = message({ id: text(1), enabled: bool(2), deprecated: bool(3), disabledReason: text(4) });
export const pingRequest = none;
export const pongResponse = message({
  frontendCaps: list(1, capability),
  llbCaps: list(2, capability),
  workers: list(3, workerRecord),
});

/** What a build has made, by name; only one of `oldRef` and `ref` is set. */
const reference = message({ id: text(1), def: bytes(2) });
const result = message({
  oldRef: text(1),
  ref: nested(3, reference),
  metadata: bytesMap(10),
});
const status = message({ code: int32(1), message: text(2) });

/** A build that a client's own frontend asks for. */
export const bridgeSolveRequest = message({
  definition: nested(1, none),
  frontend: text(2),
  frontendOpt: textMap(3),
  allowResultReturn: bool(5),
  allowResultArrayRef: bool(6),
  final: bool(10),
  cacheImports: list(12, cacheEntry),
  /** Definitions by the names that `context:` attributes give as `input:NAME`. */
  frontendInputs: bytesMap(13),
  evaluate: bool(14),
});
export const bridgeSolveResponse = message({ ref: text(1), result: nested(3, result) });
export const returnRequest = message({ result: nested(1, result), error: nested(2, status) });
export const returnResponse = none;
export const inputsRequest = none;
export const inputsResponse = none;
export const warnRequest = none;
export const warnResponse = none;

export const evaluateRequest = message({ ref: text(1) });
export const evaluateResponse = none;
