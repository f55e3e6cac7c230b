import type { ImageStore } from '../../images/image-store.ts';
import { chainIds, type Digest } from '../../store/digest.ts';
import { crashPoint } from '../../system/crash-points.ts';
import type { EventBus } from '../../system/events.ts';
import type { KeptFiles } from '../buildkit/kept-files.ts';
import type { CacheMounts } from '../execute/cache-mounts.ts';
import type { CacheEntry } from './entry.ts';
import { chosenEntries, type CachePrune, type Disk } from './prune-plan.ts';
import type { BuildRecords, CachedStep, StepUse } from './records.ts';

/** Length of the ids of entries, as BuildKit's: unique enough, and short to read. */
const ID_LENGTH = 25;
/** What files of contexts are called among the entries. */
const KEPT_ID = 'contexts'.padEnd(ID_LENGTH, '0');
/** ms between two notes in the database that an entry was used. */
const TOUCH_INTERVAL = 1000;

/** Results of steps by what they depend on, for all builds. */
export class BuildCache {
  readonly #records: BuildRecords;
  readonly #images: ImageStore;
  readonly #mounts: CacheMounts;
  readonly #kept: KeptFiles;
  readonly #events: Pick<EventBus, 'publish'>;
  readonly #disk: () => Promise<Disk>;
  readonly #touched = new Set<string>();
  #touching: NodeJS.Timeout | null = null;
  #builds = 0;
  /** Keys that the builds that are going on have found or made: these must not go away. */
  readonly #held = new Set<string>();
  /** Called when the last of the builds has ended. */
  onIdle: () => void = () => {};

  constructor(
    records: BuildRecords,
    images: ImageStore,
    mounts: CacheMounts,
    kept: KeptFiles,
    events: Pick<EventBus, 'publish'>,
    disk: () => Promise<Disk>,
  ) {
    this.#records = records;
    this.#images = images;
    this.#mounts = mounts;
    this.#kept = kept;
    this.#events = events;
    this.#disk = disk;
  }

  /** The result of a step, if all its layers are still there. */
  find(key: string): CachedStep | null {
    const use = this.#records.step(key);
    if (use === undefined) return null;
    if (!this.#images.content.has(use.step.layers)) {
      this.#records.deleteSteps([key]);
      return null;
    }
    this.#touch(key);
    this.#hold(key);
    return use.step;
  }

  /** The key that a step of this definition had, if its result is still there. */
  aliased(alias: string): string | null {
    const key = this.#records.keyOf(alias);
    return key !== undefined && this.find(key) !== null ? key : null;
  }

  /** Remembers a result; `alias` is the definition from which its key is found without looking at contents. */
  put(step: CachedStep, alias: string | null): CachedStep {
    const size = step.hasLayer ? this.#images.content.sizeOfTop(step.layers) : 0;
    const whole = { ...step, size };
    this.#records.putStep(whole, Date.now());
    this.#hold(step.key);
    if (alias !== null) this.#records.putAlias(alias, step.key);
    crashPoint('build-cached');
    return whole;
  }

  /** Remembers a definition from which a known result's key is found. */
  alias(alias: string, key: string): void {
    this.#records.putAlias(alias, key);
  }

  /** The definitions that lead to a key. */
  aliasesOf(key: string): readonly string[] {
    return this.#records.aliasesOf(key);
  }

  #touch(key: string): void {
    this.#touched.add(key);
    this.#touching ??= setTimeout(() => {
      this.#touching = null;
      const keys = [...this.#touched].filter((one) => this.#records.step(one) !== undefined);
      this.#touched.clear();
      this.#records.touch(keys, Date.now());
    }, TOUCH_INTERVAL);
    this.#touching.unref();
  }

  /** What is found or made from now on is kept from pruning until the returned function is called. */
  use(): () => void {
    this.#builds += 1;
    return () => {
      this.#builds -= 1;
      if (this.#builds > 0) return;
      this.#held.clear();
      this.onIdle();
    };
  }

  #hold(key: string): void {
    if (this.#builds > 0) this.#held.add(key);
  }

  /** Writes down what is pending. */
  close(): void {
    if (this.#touching !== null) clearTimeout(this.#touching);
    this.#touching = null;
  }

  /** Everything in the cache. */
  async entries(): Promise<CacheEntry[]> {
    const shared = this.#sharedLayers();
    const steps = this.#records.steps().map((use) => this.#stepEntry(use, shared));
    const mounts = await Promise.all(
      this.#records.mounts().map(async (row) => ({
        ID: entryId(row.id),
        Type: 'exec.cachemount',
        Description: `cached mount ${row.cacheId}`,
        InUse: this.#mounts.isUsed(row.id),
        Shared: false,
        Size: await this.#mounts.sizeOf(row),
        CreatedAt: new Date(row.madeAt).toISOString(),
        LastUsedAt: new Date(row.usedAt).toISOString(),
        UsageCount: row.uses,
      })),
    );
    return [...steps, ...mounts, ...this.#keptEntry()];
  }

  /** The files of clients' directories, together. */
  #keptEntry(): CacheEntry[] {
    const { size, usedAt } = this.#kept;
    if (size === 0) return [];
    const time = new Date(usedAt).toISOString();
    return [
      {
        ID: KEPT_ID,
        Type: 'source.local',
        Description: 'files of build contexts',
        InUse: false,
        Shared: false,
        Size: size,
        CreatedAt: time,
        LastUsedAt: time,
        UsageCount: 1,
      },
    ];
  }

  /** Chain ids of layers that images have. */
  #sharedLayers(): Set<Digest> {
    return new Set(this.#images.catalog.allImages().flatMap(({ chain }) => chain));
  }

  /** Removes entries. Returns their ids and the bytes that are free now. Throws `invalid`. */
  async prune(request: CachePrune): Promise<{ deleted: string[]; reclaimed: number }> {
    const pruned = await this.#remove(await this.#choose(request));
    this.#events.publish('builder', 'prune', '', { reclaimed: String(pruned.reclaimed) });
    return pruned;
  }

  /**
   * Removes what each of several requests means after the one before, as the engine does of its own accord. It is told
   * only where something was to be removed.
   */
  async collect(requests: (disk: Disk) => readonly CachePrune[]): Promise<void> {
    let [deleted, reclaimed] = [0, 0];
    for (const request of requests(await this.#disk())) {
      const chosen = await this.#choose(request);
      if (chosen.size === 0) continue;
      const pruned = await this.#remove(chosen);
      deleted += pruned.deleted.length;
      reclaimed += pruned.reclaimed;
    }
    if (deleted > 0) this.#events.publish('builder', 'prune', '', { reclaimed: String(reclaimed) });
  }

  async #choose(request: CachePrune): Promise<ReadonlySet<string>> {
    return new Set(chosenEntries(await this.entries(), request, await this.#disk()));
  }

  async #remove(chosen: ReadonlySet<string>): Promise<{ deleted: string[]; reclaimed: number }> {
    const before = this.#images.layersSize();
    const deleted: string[] = [];
    let reclaimed = 0;
    // A build that began meanwhile may have found what was chosen.
    const keys = this.#records.steps().map(({ step }) => step.key);
    const steps = keys.filter((key) => chosen.has(entryId(key)) && !this.#held.has(key));
    this.#records.deleteSteps(steps);
    deleted.push(...steps.map(entryId));
    for (const row of this.#records.mounts()) {
      if (!chosen.has(entryId(row.id)) || this.#mounts.isUsed(row.id)) continue;
      reclaimed += await this.#mounts.sizeOf(row);
      await this.#mounts.remove(row);
      deleted.push(entryId(row.id));
    }
    if (chosen.has(KEPT_ID)) {
      reclaimed += await this.#kept.clear();
      deleted.push(KEPT_ID);
    }
    await this.#images.gc();
    reclaimed += before - this.#images.layersSize();
    return { deleted, reclaimed };
  }

  #stepEntry({ step, usedAt, uses }: StepUse, shared: ReadonlySet<Digest>): CacheEntry {
    const top = chainIds(step.layers.map(({ diffId }) => diffId)).at(-1);
    return {
      ID: entryId(step.key),
      Type: step.type,
      Description: step.description,
      InUse: this.#held.has(step.key),
      Shared: top !== undefined && shared.has(top),
      Size: step.size,
      CreatedAt: step.created,
      LastUsedAt: new Date(usedAt).toISOString(),
      UsageCount: uses,
    };
  }
}

function entryId(key: string): string {
  return key.slice(0, ID_LENGTH);
}
