import { randomBytes } from 'node:crypto';
import { EngineError } from '../errors.ts';

/** ms that secrets wait for their build. */
const PATIENCE = 10 * 60_000;

/** Secrets on their way to a build: in memory only, taken once. */
export class BuildSecrets {
  readonly #waiting = new Map<string, ReadonlyMap<string, Buffer>>();

  /** `{id: base64}`. Returns the word that stands for them. Throws `invalid`. */
  put(body: unknown): string {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new EngineError('invalid', 'the secrets are no JSON object');
    const values = new Map<string, Buffer>();
    for (const [id, value] of Object.entries(body)) {
      if (typeof value !== 'string') throw new EngineError('invalid', `the secret ${id} is no text`);
      values.set(id, Buffer.from(value, 'base64'));
    }
    const token = randomBytes(16).toString('hex');
    this.#waiting.set(token, values);
    setTimeout(() => this.#waiting.delete(token), PATIENCE).unref();
    return token;
  }

  /** Throws `invalid` for a word that stands for nothing. */
  take(token: string): ReadonlyMap<string, Buffer> {
    if (token === '') return new Map();
    const values = this.#waiting.get(token);
    if (values === undefined) throw new EngineError('invalid', 'the secrets of this build are not there any more');
    this.#waiting.delete(token);
    return values;
  }
}
