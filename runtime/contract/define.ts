/** What the contract is written with: the kinds of channels, and the shapes that many of them take. */
import * as z from 'zod/mini';

interface Kind<Input extends z.ZodMiniType, Output> {
  readonly input: Input;
  /** Type only; never set. */
  readonly output?: Output;
}
export interface CallDefinition<Input extends z.ZodMiniType = z.ZodMiniType, Output = unknown> extends Kind<
  Input,
  Output
> {
  readonly kind: 'call';
  /** Milliseconds the page waits before it gives up with `timeout`. */
  readonly timeoutMs: number;
}
/** A stream may carry items (JSON), bytes, or both; with `control` the page may send messages and bytes too. */
export interface StreamDefinition<Input extends z.ZodMiniType = z.ZodMiniType, Item = unknown> extends Kind<
  Input,
  Item
> {
  readonly kind: 'stream';
  /** Bytes the bridge may have on the way to the page before it must wait for credit. */
  readonly windowBytes: number;
  readonly control?: z.ZodMiniType;
}

/** 30 s: longer than any engine call that only touches its own state, on a busy machine. */
const CALL_TIMEOUT_MS = 30_000;

/** Defines a call by its answer's type, then its input. */
export function call<Output>() {
  return <Input extends z.ZodMiniType>(input: Input, timeoutMs = CALL_TIMEOUT_MS): CallDefinition<Input, Output> => ({
    kind: 'call',
    input,
    timeoutMs,
  });
}

/** Defines a stream by its items' type, then its input and window. */
export function stream<Item>() {
  return <Input extends z.ZodMiniType>(
    input: Input,
    windowBytes: number,
    control?: z.ZodMiniType,
  ): StreamDefinition<Input, Item> => ({
    kind: 'stream',
    input,
    windowBytes,
    ...(control === undefined ? {} : { control }),
  });
}

/** An answer with nothing in it. */
export type Nothing = Record<string, never>;
export const KIB = 1024;

export const text = z.string().check(z.maxLength(64 * 1024));
export const id = z.string().check(z.minLength(1), z.maxLength(512));
/** A name or id as the engine takes it in a path: no slash, so that it can never name another route. */
export const objectName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/));
export const nothing = z.object({});
export const labels = z.record(z.string().check(z.maxLength(4096)), text);
