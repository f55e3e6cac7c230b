/**
 * The engine's typed errors. Each names what went wrong in the engine's own terms; `api/error-response.ts`
 * is the one place that turns a kind into an HTTP status, so no other file speaks of statuses.
 */
export type EngineErrorKind =
  | 'invalid' // the caller's words are off                       -> 400
  | 'unauthorized' // a registry refused the credentials          -> 401
  | 'forbidden' // refused by policy or by the registry           -> 403
  | 'not-found' // no such object                                 -> 404
  | 'not-modified' // already in the wanted state                 -> 304
  | 'conflict' // name taken, object in use, wrong state          -> 409
  | 'too-large' // a body over its limit                          -> 413
  | 'unavailable' // the host lacks a needed part, or a time-out  -> 503
  | 'unsupported' // a feature this engine answers for, but lacks -> 501
  | 'internal'; // everything else                                -> 500

/** An error with a sentence for a person in `message` and a `kind` that decides the HTTP status. */
export class EngineError extends Error {
  readonly kind: EngineErrorKind;

  constructor(kind: EngineErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
  }
}

export { messageOf } from '../common/errors.ts';
