import { errorSchema, type ErrorCode, type ErrorData } from '../contract/contract.ts';
import * as z from 'zod/mini';

/** An error of the bridge, the same on both sides of the wire. `message` is a sentence for a person. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, extra: { hint?: string; detail?: string; status?: number } = {}) {
    super(message);
    this.code = code;
    this.hint = extra.hint;
    this.detail = extra.detail;
    this.status = extra.status;
  }

  /** Rebuilds an error from its wire form; null when that is malformed. */
  static fromData(value: unknown): BridgeError | null {
    const parsed = z.safeParse(errorSchema, value);
    if (!parsed.success) return null;
    const { code, message, hint, detail, status } = parsed.data;
    return new BridgeError(code, message, {
      ...(hint === undefined ? {} : { hint }),
      ...(detail === undefined ? {} : { detail }),
      ...(status === undefined ? {} : { status }),
    });
  }

  /** Any thrown value as a BridgeError; what is not one already becomes `internal` and keeps its stack for the log. */
  static from(value: unknown): BridgeError {
    if (value instanceof BridgeError) return value;
    if (value instanceof Error) {
      return new BridgeError('internal', value.message, value.stack === undefined ? {} : { detail: value.stack });
    }
    return new BridgeError('internal', String(value));
  }

  /** The same with its sentences said otherwise, for example in another language. */
  inWords(say: (sentence: string) => string): BridgeError {
    const { hint } = this;
    const said = { ...this.toData(), message: say(this.message), ...(hint === undefined ? {} : { hint: say(hint) }) };
    return BridgeError.fromData(said) ?? this;
  }

  /** The wire form. */
  toData(): ErrorData {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.status === undefined ? {} : { status: this.status }),
    };
  }
}
