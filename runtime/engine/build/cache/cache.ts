import { EngineError } from '../../errors.ts';
import type { ImageStore } from '../../images/image-store.ts';
import { chainIds, type Digest } from '../../store/digest.ts';
import { crashPoint } from '../../system/crash-points.ts';
import type { EventBus } from '../../system/events.ts';
import type { KeptFiles } from '../buildkit/kept-files.ts';
import type { CacheMounts } from '../execute/cache-mounts.ts';
import type { BuildRecords, CachedStep, StepUse } from './records.ts';

/** One entry of the build cache as `GET /system/df` shows it. */
export interface CacheEntry {
  readonly ID: string;
  readonly Type: string;
  readonly Description: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly Size: number;
  readonly CreatedAt: string;
  readonly LastUsedAt: string;
  readonly UsageCount: number;
}

/** What `POST /build/prune` is asked for. */
export interface CachePrune {
  /** Also what images share. */
  readonly all: boolean;
  /** Bytes to keep; the least recently used go first. 0: keep nothing. */
  readonly keepBytes: number;
  readonly filters: ReadonlyMap<string, readonly string[]>;
}

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
  readonly #touched = new Set<string>();
  #touching: NodeJS.Timeout | null = null;
  /** Builds that are going on: what they found must not go away. */
  #builds = 0;
  /** Called when the last of the builds has ended. */
  onIdle: () => void = () => {};

  constructor(
    records: BuildRecords,
    images: ImageStore,
    mounts: CacheMounts,
    kept: KeptFiles,
    events: Pick<EventBus, 'publish'>,
  ) {
    this.#records = records;
    this.#images = images;
    this.#mounts = mounts;
    this.#kept = kept;
    this.#events = events;
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

  /** Entries are kept from pruning until the returned function is called. */
  use(): () => void {
    this.#builds += 1;
    return () => {
      this.#builds -= 1;
      if (this.#builds === 0) this.onIdle();
    };
  }

  /** Writes down what is pending. */
  close(): void {
    if (this.#touching !== null) clearTimeout(this.#touching);
    this.#touching = null;
  }

  /** Everything in the cache. */
  async entries(): Promise<CacheEntry[]> {
    const shared = this.#sharedLayers();
    const steps = this.#records.steps().map((use) => stepEntry(use, shared));
    const mounts = await Promise.all(
      this.#records.mounts().map(async (row) => ({
        ID: row.id.slice(0, ID_LENGTH),
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
    const pruned = await this.#prune(request);
    this.#events.publish('builder', 'prune', '', { reclaimed: String(pruned.reclaimed) });
    return pruned;
  }

  async #prune({ all, keepBytes, filters }: CachePrune): Promise<{ deleted: string[]; reclaimed: number }> {
    if (this.#builds > 0) return { deleted: [], reclaimed: 0 };
    const matches = entryFilter(filters);
    const shared = this.#sharedLayers();
    const before = this.#images.layersSize();
    const entries = (await this.entries()).filter((entry) => matches(entry) && (all || !entry.Shared) && !entry.InUse);
    entries.sort((a, b) => (a.LastUsedAt < b.LastUsedAt ? -1 : 1));
    let left = keepBytes > 0 ? (await this.entries()).reduce((sum, { Size }) => sum + Size, 0) : 0;
    const chosen = new Set<string>();
    for (const entry of entries) {
      if (keepBytes > 0 && left <= keepBytes) break;
      left -= entry.Size;
      chosen.add(entry.ID);
    }
    const steps = this.#records.steps().filter((use) => chosen.has(stepEntry(use, shared).ID));
    this.#records.deleteSteps(steps.map(({ step }) => step.key));
    let reclaimed = 0;
    for (const row of this.#records.mounts()) {
      if (!chosen.has(row.id.slice(0, ID_LENGTH)) || this.#mounts.isUsed(row.id)) continue;
      reclaimed += await this.#mounts.sizeOf(row);
      await this.#mounts.remove(row);
    }
    if (chosen.has(KEPT_ID)) reclaimed += await this.#kept.clear();
    await this.#images.gc();
    reclaimed += before - this.#images.layersSize();
    return { deleted: [...chosen], reclaimed };
  }
}

function stepEntry({ step, usedAt, uses }: StepUse, shared: ReadonlySet<Digest>): CacheEntry {
  const top = chainIds(step.layers.map(({ diffId }) => diffId)).at(-1);
  return {
    ID: step.key.slice(0, ID_LENGTH),
    Type: step.type,
    Description: step.description,
    InUse: false,
    Shared: top !== undefined && shared.has(top),
    Size: step.size,
    CreatedAt: step.created,
    LastUsedAt: new Date(usedAt).toISOString(),
    UsageCount: uses,
  };
}

const FILTERS: ReadonlySet<string> = new Set([
  'until',
  'unused-for',
  'id',
  'parent',
  'type',
  'description',
  'inuse',
  'shared',
  'private',
]);

function entryFilter(filters: ReadonlyMap<string, readonly string[]>): (entry: CacheEntry) => boolean {
  for (const name of filters.keys())
    if (!FILTERS.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  const until = filters.get('until')?.[0] ?? filters.get('unused-for')?.[0];
  const latest = until === undefined ? null : momentOf(until);
  const ids = filters.get('id') ?? [];
  const types = filters.get('type') ?? [];
  const descriptions = filters.get('description') ?? [];
  return (entry) =>
    (latest === null || Date.parse(entry.LastUsedAt) < latest) &&
    (ids.length === 0 || ids.some((id) => entry.ID.startsWith(id))) &&
    (types.length === 0 || types.includes(entry.Type)) &&
    (descriptions.length === 0 || descriptions.some((text) => entry.Description.includes(text))) &&
    (!filters.has('shared') || entry.Shared) &&
    (!filters.has('private') || !entry.Shared) &&
    (!filters.has('inuse') || entry.InUse);
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration before now (`24h`), a time, or seconds since the epoch; in ms since the epoch. Throws `invalid`. */
function momentOf(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text)
    return Date.now() - parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
  const time = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(time)) throw new EngineError('invalid', `invalid value of until: ${JSON.stringify(text)}`);
  return time;
}
