import { Transform, type TransformCallback } from 'node:stream';
import { EngineError } from '../errors.ts';

/** Docker's default sequence: ctrl-p ctrl-q. */
const DEFAULT_SEQUENCE = 'ctrl-p,ctrl-q';

/** Parses a `detachKeys` parameter (`ctrl-x,a`, single characters or `ctrl-` and one of a-z @ [ \ ] ^ _). Throws `invalid`. */
export function parseDetachKeys(text: string): Uint8Array {
  const keys = (text === '' ? DEFAULT_SEQUENCE : text).split(',').map((key) => {
    if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
    const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key)?.[1];
    if (control === undefined) throw new EngineError('invalid', `Invalid detach keys (${text}) provided`);
    return control.toUpperCase().charCodeAt(0) & 0x1f;
  });
  return Uint8Array.from(keys);
}

/**
 * Passes terminal input on until the detach sequence is typed, then calls `onDetach` and passes nothing more. Keys of a
 * sequence that is broken off are passed on late, as in Docker.
 */
export class DetachFilter extends Transform {
  readonly #keys: Uint8Array;
  readonly #onDetach: () => void;
  #matched = 0;
  #detached = false;

  constructor(keys: Uint8Array, onDetach: () => void) {
    super();
    this.#keys = keys;
    this.#onDetach = onDetach;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const out: number[] = [];
    for (const byte of chunk) {
      if (this.#detached) break;
      this.#take(byte, out);
    }
    done(null, Buffer.from(out));
  }

  #take(byte: number, out: number[]): void {
    if (byte === this.#keys[this.#matched]) {
      this.#matched += 1;
      if (this.#matched < this.#keys.length) return;
      this.#detached = true;
      this.#onDetach();
      return;
    }
    out.push(...this.#keys.subarray(0, this.#matched));
    this.#matched = 0;
    if (byte === this.#keys[0]) this.#matched = 1;
    else out.push(byte);
  }
}
