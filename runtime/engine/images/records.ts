import { transaction, type DomainSchema } from '../store/database.ts';
import type { EngineDatabase } from '../store/engine-database.ts';
import type { Digest } from '../store/digest.ts';
import type { Descriptor } from './manifest.ts';
import { crashPoint } from '../system/crash-points.ts';

/** Tables of images, their names, and unpacked layers. */
export const IMAGE_SCHEMA: DomainSchema = {
  domain: 'images',
  migrations: [
    `CREATE TABLE layer (
       chain_id TEXT PRIMARY KEY,
       diff_id TEXT NOT NULL,
       parent TEXT,
       size INTEGER NOT NULL,
       -- Boot during which it was unpacked, '' once its files are known to be on disk.
       unsynced_boot TEXT NOT NULL
     ) STRICT;
     CREATE TABLE image (
       id TEXT PRIMARY KEY,
       manifest_digest TEXT NOT NULL,
       manifest_type TEXT NOT NULL,
       -- JSON list of the layers' descriptors as they are stored, lowest first.
       blobs TEXT NOT NULL,
       parent TEXT,
       last_tagged INTEGER NOT NULL,
       removed INTEGER NOT NULL DEFAULT 0
     ) STRICT;
     CREATE TABLE image_tag (
       repository TEXT NOT NULL,
       tag TEXT NOT NULL,
       image TEXT NOT NULL REFERENCES image (id),
       PRIMARY KEY (repository, tag)
     ) STRICT;
     CREATE TABLE image_digest (
       repository TEXT NOT NULL,
       digest TEXT NOT NULL,
       image TEXT NOT NULL REFERENCES image (id),
       PRIMARY KEY (repository, digest)
     ) STRICT;`,
    `CREATE TABLE image_index (
       repository TEXT NOT NULL,
       tag TEXT NOT NULL,
       -- The image that the tag means on this machine.
       image TEXT NOT NULL,
       -- JSON: descriptor of the index.
       top TEXT NOT NULL,
       -- JSON list of the digests of all that it leads to.
       content TEXT NOT NULL,
       PRIMARY KEY (repository, tag)
     ) STRICT;`,
  ],
};

export interface LayerRow {
  readonly chainId: Digest;
  readonly diffId: Digest;
  readonly parent: Digest | null;
  readonly size: number;
  readonly unsyncedBoot: string;
}

export interface ImageRow {
  readonly id: Digest;
  readonly manifestDigest: Digest;
  readonly manifestType: string;
  readonly blobs: readonly Descriptor[];
  readonly parent: Digest | null;
  /** ms since the epoch, 0 for never. */
  readonly lastTagged: number;
  /** Without a name and out of sight, kept while a container still runs on it. */
  readonly removed: boolean;
}

/** A name of an image: a tag, or the digest it was pulled or pushed as. */
export interface NameRow {
  readonly repository: string;
  readonly kind: 'tag' | 'digest';
  readonly value: string;
  readonly image: Digest;
}

/** An index that a tag stands for: the image for this machine, and what was built or attested with it. */
export interface IndexRow {
  readonly repository: string;
  readonly tag: string;
  readonly image: Digest;
  readonly top: Descriptor;
  readonly content: readonly Digest[];
}

type Row = Record<string, unknown>;
const text = (row: Row, key: string): string => String(row[key]);
// Digests were checked before they were stored.
const digest = (row: Row, key: string): Digest => text(row, key) as Digest;
const digestOrNull = (row: Row, key: string): Digest | null => (row[key] === null ? null : digest(row, key));

/** The image tables. Writes that users were told of survive a power cut. */
export class ImageRecords {
  readonly #database: EngineDatabase;

  constructor(database: EngineDatabase) {
    this.#database = database;
  }

  layers(): LayerRow[] {
    return this.#rows('SELECT * FROM layer').map((row) => ({
      chainId: digest(row, 'chain_id'),
      diffId: digest(row, 'diff_id'),
      parent: digestOrNull(row, 'parent'),
      size: Number(row['size']),
      unsyncedBoot: text(row, 'unsynced_boot'),
    }));
  }

  images(): ImageRow[] {
    return this.#rows('SELECT * FROM image').map((row) => ({
      id: digest(row, 'id'),
      manifestDigest: digest(row, 'manifest_digest'),
      manifestType: text(row, 'manifest_type'),
      blobs: JSON.parse(text(row, 'blobs')) as Descriptor[],
      parent: digestOrNull(row, 'parent'),
      lastTagged: Number(row['last_tagged']),
      removed: row['removed'] === 1,
    }));
  }

  names(): NameRow[] {
    const read = (kind: NameRow['kind']): NameRow[] =>
      this.#rows(`SELECT repository, ${kind} AS value, image FROM image_${kind}`).map((row) => ({
        repository: text(row, 'repository'),
        kind,
        value: text(row, 'value'),
        image: digest(row, 'image'),
      }));
    return [...read('tag'), ...read('digest')];
  }

  indexes(): IndexRow[] {
    return this.#rows('SELECT * FROM image_index').map((row) => ({
      repository: text(row, 'repository'),
      tag: text(row, 'tag'),
      image: digest(row, 'image'),
      top: JSON.parse(text(row, 'top')) as Descriptor,
      content: JSON.parse(text(row, 'content')) as Digest[],
    }));
  }

  putIndex({ repository, tag, image, top, content }: IndexRow): void {
    this.#run(
      'INSERT OR REPLACE INTO image_index VALUES (?, ?, ?, ?, ?)',
      repository,
      tag,
      image,
      JSON.stringify(top),
      JSON.stringify(content),
    );
  }

  deleteIndex({ repository, tag }: Pick<IndexRow, 'repository' | 'tag'>): void {
    this.#run('DELETE FROM image_index WHERE repository = ? AND tag = ?', repository, tag);
  }

  putLayer(row: LayerRow): void {
    this.#run(
      'INSERT OR REPLACE INTO layer VALUES (?, ?, ?, ?, ?)',
      row.chainId,
      row.diffId,
      row.parent,
      row.size,
      row.unsyncedBoot,
    );
  }

  markSynced(chainIds: readonly Digest[]): void {
    transaction(this.#database, () => {
      for (const chainId of chainIds) this.#run("UPDATE layer SET unsynced_boot = '' WHERE chain_id = ?", chainId);
    });
  }

  deleteLayer(chainId: Digest): void {
    this.#run('DELETE FROM layer WHERE chain_id = ?', chainId);
  }

  /** Stores an image with its new names, in one transaction. */
  putImage(row: ImageRow, names: readonly NameRow[]): void {
    transaction(this.#database, () => {
      this.#run(
        `INSERT INTO image VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
           manifest_digest = excluded.manifest_digest, manifest_type = excluded.manifest_type,
           blobs = excluded.blobs, parent = excluded.parent, last_tagged = excluded.last_tagged,
           removed = excluded.removed`,
        row.id,
        row.manifestDigest,
        row.manifestType,
        JSON.stringify(row.blobs),
        row.parent,
        row.lastTagged,
        row.removed ? 1 : 0,
      );
      crashPoint('image-recording');
      for (const name of names) {
        this.#run(
          `INSERT OR REPLACE INTO image_${name.kind} VALUES (?, ?, ?)`,
          name.repository,
          name.value,
          name.image,
        );
      }
    });
    crashPoint('image-recorded');
  }

  deleteNames(names: readonly NameRow[]): void {
    transaction(this.#database, () => {
      for (const { kind, repository, value } of names)
        this.#run(`DELETE FROM image_${kind} WHERE repository = ? AND ${kind} = ?`, repository, value);
    });
    crashPoint('image-untagged');
  }

  deleteImage(id: Digest): void {
    transaction(this.#database, () => {
      this.#run('DELETE FROM image_tag WHERE image = ?', id);
      this.#run('DELETE FROM image_digest WHERE image = ?', id);
      this.#run('DELETE FROM image WHERE id = ?', id);
    });
    crashPoint('image-deleted');
  }

  /** Comes back when all that was written so far survives a power cut. */
  synced(): Promise<void> {
    return this.#database.synced();
  }

  #rows(sql: string): Row[] {
    return this.#database.prepare(sql).all();
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }
}
