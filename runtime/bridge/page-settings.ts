import { readFile } from 'node:fs/promises';
import { replaceFile } from './replace-file.ts';
import { configFile } from './stored-list.ts';

/**
 * What a person chose in the app, as the page writes it. A browser keeps things by the page's address, which is another
 * one at every start, so that they are kept here.
 */
export class PageSettings {
  readonly #path: string;
  #work: Promise<void> = Promise.resolve();

  constructor(path = configFile('app.json')) {
    this.#path = path;
  }

  /** null before anything was chosen. */
  async read(): Promise<{ text: string | null }> {
    await this.#work;
    return { text: await readFile(this.#path, 'utf8').catch(() => null) };
  }

  /** Puts other settings in the place of these, one after the other. Rejects when it cannot be written. */
  async write(text: string): Promise<Record<string, never>> {
    const written = this.#work.then(() => replaceFile(this.#path, text));
    this.#work = written.catch(() => undefined);
    await written;
    return {};
  }
}
