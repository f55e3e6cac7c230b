import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { buildSettingsSchema, type BuildSettings } from '../../contract/builds.ts';
import { replaceFile } from '../replace-file.ts';

/** Builds whose settings are remembered: as many as the engine remembers builds. */
const KEPT_MAX = 200;

const storedSchema = z.array(z.object({ ref: z.string(), edited: z.boolean(), settings: buildSettingsSchema }));
type Stored = z.infer<typeof storedSchema>[number];

/** Where it is remembered what was built: state of this person, as the XDG rules call it. */
export function settingsFile(environment: NodeJS.ProcessEnv = process.env): string {
  const set = environment['XDG_STATE_HOME'] ?? '';
  return join(set === '' ? join(environment['HOME'] ?? homedir(), '.local/state') : set, 'berth/builds.json');
}

/** With what each build was started from this app: the engine gets a context, and knows no folders of ours. */
export class SettingsFile {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(path = settingsFile()) {
    this.#path = path;
  }

  /** All, the latest first. */
  async all(): Promise<readonly Stored[]> {
    await this.#writing;
    return this.#read();
  }

  async find(ref: string): Promise<Stored | undefined> {
    return (await this.all()).find((one) => one.ref === ref);
  }

  /** Remembers a build; one that cannot be written is only not remembered. */
  add(ref: string, settings: BuildSettings, edited: boolean): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const others = (await this.#read()).filter((one) => one.ref !== ref);
      const kept = [{ ref, edited, settings }, ...others].slice(0, KEPT_MAX);
      try {
        await replaceFile(this.#path, JSON.stringify(kept));
      } catch {
        // A disk that is full or read-only keeps nobody from building.
      }
    });
    return this.#writing;
  }

  async #read(): Promise<readonly Stored[]> {
    try {
      const parsed = z.safeParse(storedSchema, JSON.parse(await readFile(this.#path, 'utf8')));
      return parsed.success ? parsed.data : [];
    } catch {
      return []; // Nothing was built yet.
    }
  }
}

/** Each folder and Dockerfile once, as it was built last. */
export function recentOf(stored: readonly Pick<Stored, 'settings'>[]): BuildSettings[] {
  const known = new Map<string, BuildSettings>();
  for (const { settings } of stored) {
    const key = `${settings.directory}\0${settings.file}\0${settings.target}`;
    if (!known.has(key)) known.set(key, settings);
  }
  return [...known.values()];
}
