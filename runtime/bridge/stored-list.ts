import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { replaceFile } from './replace-file.ts';

/** A file of the app's configuration for this person, by the XDG rules. */
export function configFile(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  const set = environment['XDG_CONFIG_HOME'] ?? '';
  return join(set === '' ? join(environment['HOME'] ?? homedir(), '.config') : set, 'berth', name);
}

/** A list that outlives the app, in a file that is whole at any moment. What is in it and is not understood is left out. */
export class StoredList<Item> {
  readonly #path: string;
  readonly #schema: z.ZodMiniType<Item>;
  #work: Promise<unknown> = Promise.resolve();

  constructor(path: string, schema: z.ZodMiniType<Item>) {
    this.#path = path;
    this.#schema = schema;
  }

  /** All of it. */
  async all(): Promise<readonly Item[]> {
    await this.#work;
    return this.#read();
  }

  /** Puts another list in its place, one change after the other. Rejects when it cannot be written. */
  change(to: (items: readonly Item[]) => readonly Item[]): Promise<readonly Item[]> {
    const changed = this.#work.then(async () => {
      const items = to(await this.#read());
      await replaceFile(this.#path, `${JSON.stringify(items, null, 2)}\n`);
      return items;
    });
    this.#work = changed.catch(() => undefined);
    return changed;
  }

  async #read(): Promise<readonly Item[]> {
    const text = await readFile(this.#path, 'utf8').catch(() => '[]'); // Nothing was stored yet.
    try {
      const parsed: unknown = JSON.parse(text);
      return (Array.isArray(parsed) ? parsed : []).flatMap((one: unknown) => {
        const item = z.safeParse(this.#schema, one);
        return item.success ? [item.data] : [];
      });
    } catch {
      return [];
    }
  }
}
