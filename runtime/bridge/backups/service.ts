import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { backupPlanSchema, type BackupFile, type BackupPlan, type BackupPlanState } from '../../contract/backups.ts';
import type { OutputOf } from '../../contract/contract.ts';
import { BridgeError } from '../../rpc/error.ts';
import type { ServerChannel } from '../../rpc/server.ts';
import { configFile, StoredList } from '../stored-list.ts';
import type { VolumeService } from '../volumes.ts';
import { backupFiles, backupTime, makeFolder, pruneBackups, writeBackup } from './backup-files.ts';
import { dueAfter } from './rhythm.ts';

/** How often it is looked for what is due, in milliseconds. */
const LOOK_MS = 20_000;

const NOTHING: Record<string, never> = {};

const storedSchema = z.object({
  plan: backupPlanSchema,
  /** Of which engine the volume is. */
  engine: z.string(),
  /** From when on it counts: when it was made, or changed, or tried last. */
  countsFrom: z.number(),
  lastAt: z.nullable(z.number()),
  problem: z.string(),
});
type Stored = z.infer<typeof storedSchema>;
type Item = OutputOf<'backups.follow'>;

interface BackupParts {
  readonly volumes: Pick<VolumeService, 'archive'>;
  /** The name of the engine that is shown. */
  readonly engine: () => string;
  readonly path?: string;
  readonly now?: () => number;
}

/**
 * The contract's `backups.*`. Backups are made while the app runs, whether or not a page is open; those whose time came
 * while it did not run, or the engine did not, are made up for, once each.
 */
export class BackupService {
  readonly #parts: BackupParts;
  readonly #stored: StoredList<Stored>;
  readonly #now: () => number;
  readonly #running = new Set<string>();
  readonly #pages = new Set<(item: Item) => void>();
  readonly #life = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout;

  constructor(parts: BackupParts) {
    this.#parts = parts;
    this.#stored = new StoredList(parts.path ?? configFile('backups.json'), storedSchema);
    this.#now = parts.now ?? Date.now;
    this.#timer = setInterval(() => {
      // Each failure is told where it happens; a list that cannot be read has nothing that is due.
      this.look().catch(() => undefined);
    }, LOOK_MS).unref();
  }

  async plans(): Promise<BackupPlanState[]> {
    return (await this.#own()).map(({ plan, countsFrom, lastAt, problem }) => ({
      ...plan,
      lastAt,
      problem,
      nextAt: plan.enabled ? this.#dueOf(plan, countsFrom) : null,
      running: this.#running.has(plan.volume),
    }));
  }

  async plan(plan: BackupPlan): Promise<Record<string, never>> {
    await makeFolder(plan.directory).catch((error: unknown) => {
      throw new BridgeError('invalid', `There can be no folder ${plan.directory}.`, {
        detail: error instanceof Error ? error.message : String(error),
      });
    });
    const engine = this.#parts.engine();
    await this.#stored.change((all) => {
      const known = all.find((one) => isOf(one, plan.volume, engine));
      const next = { plan, engine, countsFrom: this.#now(), lastAt: known?.lastAt ?? null, problem: '' };
      return [...all.filter((one) => one !== known), next];
    });
    this.#say({ kind: 'changed' });
    return NOTHING;
  }

  async forget(volume: string): Promise<Record<string, never>> {
    const engine = this.#parts.engine();
    await this.#stored.change((all) => all.filter((one) => !isOf(one, volume, engine)));
    this.#say({ kind: 'changed' });
    return NOTHING;
  }

  /** Backs up at once; how it went is told to who follows. */
  async run(volume: string): Promise<Record<string, never>> {
    const { plan } = await this.#find(volume);
    this.#queue(plan);
    return NOTHING;
  }

  async files(volume: string): Promise<BackupFile[]> {
    const { plan } = await this.#find(volume);
    return backupFiles(plan.directory, volume);
  }

  async restore(
    { volume, file, into }: { volume: string; file: string; into: string },
    volumes: Pick<VolumeService, 'fill'>,
    channel: Parameters<VolumeService['fill']>[2],
  ): Promise<void> {
    const { plan } = await this.#find(volume);
    if (backupTime(volume, file) === null) throw new BridgeError('not-found', 'There is no such backup.');
    await volumes.fill(into, createReadStream(join(plan.directory, file)), channel);
  }

  /** Makes what is due. Resolves when that is begun. */
  async look(): Promise<void> {
    for (const { plan, countsFrom } of await this.#own()) {
      const isDue = plan.enabled && this.#dueOf(plan, countsFrom) <= this.#now();
      if (isDue && !this.#running.has(plan.volume)) this.#queue(plan);
    }
  }

  /** Resolves when all that was begun has ended. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** Tells a page until it goes. */
  async follow(channel: ServerChannel<Item>): Promise<void> {
    let sending: Promise<void> = Promise.resolve();
    const say = (item: Item): void => {
      sending = sending.then(() => channel.item(item));
    };
    this.#pages.add(say);
    await new Promise<void>((resolve) => {
      channel.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    this.#pages.delete(say);
    await sending;
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#life.abort();
  }

  /** When a plan is due. A clock that was set back must not make it wait for what it was before. */
  #dueOf({ rhythm }: BackupPlan, countsFrom: number): number {
    return dueAfter(rhythm, Math.min(countsFrom, this.#now()));
  }

  async #own(): Promise<readonly Stored[]> {
    const engine = this.#parts.engine();
    return (await this.#stored.all()).filter((one) => one.engine === engine);
  }

  async #find(volume: string): Promise<Stored> {
    const found = (await this.#own()).find(({ plan }) => plan.volume === volume);
    if (found === undefined) throw new BridgeError('not-found', `No backups of “${volume}” are planned.`);
    return found;
  }

  /** One after the other: they are bound by the disk. */
  #queue(plan: BackupPlan): void {
    if (this.#running.has(plan.volume)) return;
    this.#running.add(plan.volume);
    this.#say({ kind: 'changed' });
    this.#work = this.#work.then(async () => {
      try {
        await this.#backUp(plan);
      } finally {
        this.#running.delete(plan.volume);
        this.#say({ kind: 'changed' });
      }
    });
    // What could not even be written down is tried again when it is looked the next time.
    this.#work = this.#work.catch(() => undefined);
  }

  async #backUp({ volume, directory, keep }: BackupPlan): Promise<void> {
    const at = this.#now();
    try {
      await this.#parts.volumes.archive(volume, this.#life.signal, async (bytes) => {
        await writeBackup(directory, volume, at, bytes);
      });
      await pruneBackups(directory, volume, keep);
      await this.#note(volume, { countsFrom: at, lastAt: at, problem: '' });
    } catch (thrown) {
      const error = BridgeError.from(thrown);
      // An engine that is away is no failure: it is due until there is one.
      if (error.code === 'engine-unreachable' || this.#life.signal.aborted) return;
      await this.#note(volume, { countsFrom: at, problem: error.message });
      this.#say({ kind: 'failed', volume, message: error.message });
    }
  }

  async #note(volume: string, change: Partial<Stored>): Promise<void> {
    const engine = this.#parts.engine();
    await this.#stored.change((all) => all.map((one) => (isOf(one, volume, engine) ? { ...one, ...change } : one)));
  }

  #say(item: Item): void {
    for (const say of this.#pages) say(item);
  }
}

function isOf({ plan, engine }: Stored, volume: string, name: string): boolean {
  return plan.volume === volume && engine === name;
}
