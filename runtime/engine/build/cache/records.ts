import type { DatabaseSync } from 'node:sqlite';
import type { StoredLayer } from '../../images/content.ts';
import { transaction, type DomainSchema } from '../../store/database.ts';
import { chainIds, type Digest } from '../../store/digest.ts';

/** Tables of the build cache. */
export const BUILD_SCHEMA: DomainSchema = {
  domain: 'build',
  migrations: [
    `CREATE TABLE build_step (
       -- Digest of everything that the step's result depends on.
       key TEXT PRIMARY KEY,
       -- JSON list of the layers below and of the step itself, lowest first.
       layers TEXT NOT NULL,
       -- JSON: type, description, size, created.
       details TEXT NOT NULL,
       used_at INTEGER NOT NULL,
       uses INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE build_alias (
       -- Digest of what a step is, from which its key follows that depends on contents.
       alias TEXT PRIMARY KEY,
       key TEXT NOT NULL
     ) STRICT;
     CREATE TABLE build_mount (
       -- Name of the directory.
       id TEXT PRIMARY KEY,
       cache_id TEXT NOT NULL,
       made_at INTEGER NOT NULL,
       used_at INTEGER NOT NULL,
       uses INTEGER NOT NULL
     ) STRICT;`,
  ],
};

/** The result of a step that can be had again without running it. */
export interface CachedStep {
  readonly key: string;
  /** Lowest first, the step's own last; when it changed no files there is none of its own. */
  readonly layers: readonly StoredLayer[];
  readonly type: 'regular' | 'source.local';
  readonly description: string;
  /** Bytes of the step's own layer. */
  readonly size: number;
  /** RFC 3339: when the step ran, for the image's history. */
  readonly created: string;
  /** Whether the step has a layer of its own. */
  readonly hasLayer: boolean;
}

/** A step with what is known of its use; times in ms since the epoch. */
export interface StepUse {
  readonly step: CachedStep;
  readonly usedAt: number;
  readonly uses: number;
}

/** A directory of `RUN --mount=type=cache`. */
export interface MountRow {
  readonly id: string;
  readonly cacheId: string;
  readonly madeAt: number;
  readonly usedAt: number;
  readonly uses: number;
}

/** The build cache's tables, held in memory as well. */
export class BuildRecords {
  readonly #database: DatabaseSync;
  readonly #steps = new Map<string, StepUse>();
  readonly #aliases = new Map<string, string>();
  readonly #mounts = new Map<string, MountRow>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    for (const row of database.prepare('SELECT * FROM build_step').all()) {
      const details = JSON.parse(String(row['details'])) as Omit<CachedStep, 'key' | 'layers'>;
      const layers = JSON.parse(String(row['layers'])) as StoredLayer[];
      const key = String(row['key']);
      this.#steps.set(key, {
        step: { key, layers, ...details },
        usedAt: Number(row['used_at']),
        uses: Number(row['uses']),
      });
    }
    for (const row of database.prepare('SELECT * FROM build_alias').all())
      this.#aliases.set(String(row['alias']), String(row['key']));
    for (const row of database.prepare('SELECT * FROM build_mount').all()) {
      const id = String(row['id']);
      this.#mounts.set(id, {
        id,
        cacheId: String(row['cache_id']),
        madeAt: Number(row['made_at']),
        usedAt: Number(row['used_at']),
        uses: Number(row['uses']),
      });
    }
  }

  step(key: string): StepUse | undefined {
    return this.#steps.get(key);
  }

  steps(): StepUse[] {
    return [...this.#steps.values()];
  }

  keyOf(alias: string): string | undefined {
    return this.#aliases.get(alias);
  }

  aliasesOf(key: string): string[] {
    return [...this.#aliases].flatMap(([alias, one]) => (one === key ? [alias] : []));
  }

  mount(id: string): MountRow | undefined {
    return this.#mounts.get(id);
  }

  mounts(): MountRow[] {
    return [...this.#mounts.values()];
  }

  /** Everything that cached steps need of the image store. */
  *roots(): Generator<Digest, void, undefined> {
    for (const { step } of this.#steps.values()) {
      yield* chainIds(step.layers.map(({ diffId }) => diffId));
      for (const { blob } of step.layers) yield blob.digest;
    }
  }

  putStep(step: CachedStep, now: number): void {
    const { key, layers, ...details } = step;
    this.#database
      .prepare('INSERT OR REPLACE INTO build_step VALUES (?, ?, ?, ?, ?)')
      .run(key, JSON.stringify(layers), JSON.stringify(details), now, 1);
    this.#steps.set(key, { step, usedAt: now, uses: 1 });
  }

  putAlias(alias: string, key: string): void {
    if (this.#aliases.get(alias) === key) return;
    this.#database.prepare('INSERT OR REPLACE INTO build_alias VALUES (?, ?)').run(alias, key);
    this.#aliases.set(alias, key);
  }

  /** Steps were used again. */
  touch(keys: readonly string[], now: number): void {
    if (keys.length === 0) return;
    transaction(this.#database, () => {
      const statement = this.#database.prepare('UPDATE build_step SET used_at = ?, uses = uses + 1 WHERE key = ?');
      for (const key of keys) {
        statement.run(now, key);
        const known = this.#steps.get(key);
        if (known !== undefined) this.#steps.set(key, { ...known, usedAt: now, uses: known.uses + 1 });
      }
    });
  }

  deleteSteps(keys: readonly string[]): void {
    const gone = new Set(keys);
    transaction(this.#database, () => {
      for (const key of keys) {
        this.#database.prepare('DELETE FROM build_step WHERE key = ?').run(key);
        this.#steps.delete(key);
      }
      for (const [alias, key] of this.#aliases) {
        if (!gone.has(key)) continue;
        this.#database.prepare('DELETE FROM build_alias WHERE alias = ?').run(alias);
        this.#aliases.delete(alias);
      }
    });
  }

  putMount(row: MountRow): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO build_mount VALUES (?, ?, ?, ?, ?)')
      .run(row.id, row.cacheId, row.madeAt, row.usedAt, row.uses);
    this.#mounts.set(row.id, row);
  }

  deleteMount(id: string): void {
    this.#database.prepare('DELETE FROM build_mount WHERE id = ?').run(id);
    this.#mounts.delete(id);
  }
}
