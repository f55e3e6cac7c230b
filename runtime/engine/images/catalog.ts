import { EngineError } from '../errors.ts';
import { chainIds, isDigest, type Digest } from '../store/digest.ts';
import type { ImageDocument } from './config.ts';
import type { Descriptor } from './manifest.ts';
import type { ImageRecords, ImageRow, IndexRow, LayerRow, NameRow } from './records.ts';
import { familiarName, parseReference, repositoryOf, withDefaultTag, type Reference } from './reference.ts';

/** An image in the store. Immutable: a change makes a new record. */
export interface ImageRecord {
  /** Digest of its configuration. */
  readonly id: Digest;
  readonly document: ImageDocument;
  /** The configuration blob's size in bytes. */
  readonly configSize: number;
  readonly manifestDigest: Digest;
  readonly manifestType: string;
  /** Layers, lowest first: chain ids, and the blobs they came as. */
  readonly chain: readonly Digest[];
  readonly blobs: readonly Descriptor[];
  readonly parent: Digest | null;
  readonly lastTagged: number;
  readonly removed: boolean;
}

/** A name together with its parts. */
export interface ImageName {
  readonly reference: Reference;
  readonly row: NameRow;
}

/**
 * What images, names and layers there are: the tables, held in memory as well, since one engine is their only writer.
 * Reads cost no SQL. What is written is seen at once, and survives a power cut when `settled` comes back.
 */
export class ImageCatalog {
  readonly #records: ImageRecords;
  readonly #images = new Map<Digest, ImageRecord>();
  readonly #layers = new Map<Digest, LayerRow>();
  /** `repository:tag` and `repository@digest` to name. */
  readonly #names = new Map<string, ImageName>();

  /** `repository:tag` to the index that it stands for. */
  readonly #indexes = new Map<string, IndexRow>();

  /** Whether something was written that must survive a power cut, of which the disk has not been told. */
  #isUnsettled = false;
  #settling: Promise<void> = Promise.resolve();

  constructor(records: ImageRecords) {
    this.#records = records;
  }

  /** Reads the tables; `load` gives an image's configuration, or null when it is lost. Returns the lost images. */
  async open(load: (row: ImageRow) => Promise<{ document: ImageDocument; size: number } | null>): Promise<Digest[]> {
    const lost: Digest[] = [];
    for (const layer of this.#records.layers()) this.#layers.set(layer.chainId, layer);
    for (const row of this.#records.images()) {
      const loaded = await load(row);
      if (loaded === null) lost.push(row.id);
      else this.#images.set(row.id, recordOf(row, loaded.document, loaded.size));
    }
    for (const row of this.#records.names()) if (this.#images.has(row.image)) this.#remember(row);
    for (const row of this.#records.indexes()) this.#indexes.set(`${row.repository}:${row.tag}`, row);
    for (const id of lost) this.#records.deleteImage(id);
    return lost;
  }

  #remember(row: NameRow): void {
    const key = keyOf(row);
    this.#names.set(key, { reference: parseReference(key), row });
  }

  /** Every image that is not removed. */
  images(): ImageRecord[] {
    return [...this.#images.values()].filter((image) => !image.removed);
  }

  /** Every image, also the removed ones that containers still use. */
  allImages(): ImageRecord[] {
    return [...this.#images.values()];
  }

  find(id: Digest): ImageRecord | undefined {
    return this.#images.get(id);
  }

  layer(chainId: Digest): LayerRow | undefined {
    return this.#layers.get(chainId);
  }

  layers(): LayerRow[] {
    return [...this.#layers.values()];
  }

  /** Names of an image, in the order of the alphabet. */
  namesOf(id: Digest): ImageName[] {
    return [...this.#names.values()]
      .filter(({ row }) => row.image === id)
      .sort((a, b) => (a.row.repository + a.row.value < b.row.repository + b.row.value ? -1 : 1));
  }

  /** Tags or digests of an image as people write them. */
  familiarNames(id: Digest, kind: NameRow['kind']): string[] {
    return this.namesOf(id)
      .filter(({ row }) => row.kind === kind)
      .map(({ reference }) => familiarName(reference));
  }

  /** The name row that a reference means, if it is known. A digest outranks a tag, as in Docker. */
  findName(reference: Reference): ImageName | undefined {
    const full = withDefaultTag(reference);
    const repository = repositoryOf(full);
    if (full.digest !== null) return this.#names.get(`${repository}@${full.digest}`);
    return this.#names.get(`${repository}:${full.tag ?? 'latest'}`);
  }

  /** All names in a repository. */
  namesIn(repository: string): ImageName[] {
    return [...this.#names.values()].filter(({ row }) => row.repository === repository);
  }

  /**
   * The image that a name, an id, or the beginning of an id stands for. Throws `not-found`, `No such image: …`.
   * `byId` tells whether it was the id.
   */
  resolve(nameOrId: string): { image: ImageRecord; byId: boolean } {
    const hex = nameOrId.startsWith('sha256:') ? nameOrId.slice('sha256:'.length) : nameOrId;
    const whole = `sha256:${hex}`;
    if (isDigest(whole)) {
      const image = this.#images.get(whole);
      if (image === undefined || image.removed) throw noSuchImage(nameOrId);
      return { image, byId: true };
    }
    const reference = nameOrId.startsWith('sha256:') ? null : parseReference(nameOrId);
    const name = reference === null ? undefined : this.findName(reference);
    const named = name === undefined ? undefined : this.#images.get(name.row.image);
    if (named !== undefined) return { image: named, byId: false };
    const matches = /^[0-9a-f]+$/.test(hex) ? this.images().filter(({ id }) => id.startsWith(`sha256:${hex}`)) : [];
    const [only] = matches;
    if (matches.length === 1 && only !== undefined) return { image: only, byId: true };
    throw noSuchImage(reference === null ? nameOrId : familiarName(withDefaultTag(reference)));
  }

  /** As `resolve`, but a repository without a tag need not have the tag `latest`. Throws `not-found`. */
  resolveForSave(nameOrId: string): { image: ImageRecord; byId: boolean } {
    const [name] = this.namesForSave(nameOrId);
    const image = name === undefined ? undefined : this.#images.get(name.row.image);
    return image === undefined ? this.resolve(nameOrId) : { image, byId: false };
  }

  /** The tags that a name to save stands for: one, or all of a repository. */
  namesForSave(name: string): ImageName[] {
    if (/^(sha256:)?[0-9a-f]{64}$/.test(name)) return [];
    const reference = name.startsWith('sha256:') ? null : parseReference(name);
    if (reference === null || reference.digest !== null) return [];
    if (reference.tag === null) return this.namesIn(repositoryOf(reference)).filter(({ row }) => row.kind === 'tag');
    const found = this.findName(reference);
    return found === undefined ? [] : [found];
  }

  /**
   * Comes back when images and names survive a power cut as they are now. To be awaited before somebody is told of a
   * change, and before content is taken away that an older record names. Rejects with the error of the disk.
   */
  async settled(): Promise<void> {
    if (this.#isUnsettled) {
      this.#isUnsettled = false;
      this.#settling = this.#records.synced().catch((error: unknown) => {
        this.#isUnsettled = true;
        throw error;
      });
    }
    await this.#settling;
  }

  addLayer(layer: LayerRow): void {
    this.#records.putLayer(layer);
    this.#layers.set(layer.chainId, layer);
  }

  removeLayer(chainId: Digest): void {
    this.#records.deleteLayer(chainId);
    this.#layers.delete(chainId);
  }

  markSynced(chainIds: readonly Digest[]): void {
    this.#records.markSynced(chainIds);
    this.#isUnsettled = true;
    for (const chainId of chainIds) {
      const layer = this.#layers.get(chainId);
      if (layer !== undefined) this.#layers.set(chainId, { ...layer, unsyncedBoot: '' });
    }
  }

  /** Adds or replaces an image, and gives it names (which they lose that had them). */
  putImage(image: ImageRecord, references: readonly Reference[]): void {
    const rows = references.map((reference) => nameRow(reference, image.id));
    // The time of the last tagging alone, as when a build makes what is there already, may be lost.
    if (!this.#isKnown(image, rows)) this.#isUnsettled = true;
    this.#records.putImage(image, rows);
    this.#images.set(image.id, image);
    for (const row of rows) {
      this.#remember(row);
      const index = row.kind === 'tag' ? this.#indexes.get(`${row.repository}:${row.value}`) : undefined;
      if (index === undefined) continue;
      // The name means an image alone until more is said of it.
      this.#indexes.delete(`${row.repository}:${row.value}`);
      this.#records.deleteIndex(index);
    }
  }

  /** Whether an image is there as it is, under all of these names. */
  #isKnown(image: ImageRecord, names: readonly NameRow[]): boolean {
    const known = this.#images.get(image.id);
    return (
      known !== undefined &&
      known.manifestDigest === image.manifestDigest &&
      known.manifestType === image.manifestType &&
      known.parent === image.parent &&
      known.removed === image.removed &&
      known.blobs.length === image.blobs.length &&
      known.blobs.every(({ digest }, at) => digest === image.blobs[at]?.digest) &&
      names.every((row) => this.#names.get(keyOf(row))?.row.image === image.id)
    );
  }

  /** The index that a tag stands for; undefined when it is an image alone. */
  indexOf(reference: Reference): IndexRow | undefined {
    const row = this.#indexes.get(`${repositoryOf(reference)}:${reference.tag ?? 'latest'}`);
    return row !== undefined && this.findName(reference)?.row.image === row.image ? row : undefined;
  }

  /** Notes what a tag stands for besides its image. */
  putIndex(reference: Reference, index: Pick<IndexRow, 'image' | 'top' | 'content'>): void {
    const row = { ...index, repository: repositoryOf(reference), tag: reference.tag ?? 'latest' };
    this.#records.putIndex(row);
    this.#indexes.set(`${row.repository}:${row.tag}`, row);
  }

  /** All indexes that are still what their tags stand for; others are forgotten. */
  indexes(): IndexRow[] {
    for (const [key, row] of this.#indexes) {
      if (this.#names.get(key)?.row.image === row.image) continue;
      this.#indexes.delete(key);
      this.#records.deleteIndex(row);
    }
    return [...this.#indexes.values()];
  }

  removeNames(names: readonly ImageName[]): void {
    this.#records.deleteNames(names.map(({ row }) => row));
    this.#isUnsettled = true;
    for (const { row } of names) this.#names.delete(`${row.repository}${row.kind === 'tag' ? ':' : '@'}${row.value}`);
  }

  removeImage(id: Digest): void {
    this.#records.deleteImage(id);
    this.#isUnsettled = true;
    this.#images.delete(id);
    for (const [key, { row }] of this.#names) if (row.image === id) this.#names.delete(key);
  }
}

function keyOf({ repository, kind, value }: NameRow): string {
  return `${repository}${kind === 'tag' ? ':' : '@'}${value}`;
}

function nameRow(reference: Reference, image: Digest): NameRow {
  const repository = repositoryOf(reference);
  if (reference.tag !== null) return { repository, kind: 'tag', value: reference.tag, image };
  if (reference.digest !== null) return { repository, kind: 'digest', value: reference.digest, image };
  throw new EngineError('invalid', 'a name needs a tag or a digest');
}

/** The in-memory form of a row. */
export function recordOf(row: ImageRow, document: ImageDocument, configSize: number): ImageRecord {
  return { ...row, document, configSize, chain: chainIds(document.diffIds) };
}

/** Docker's words for an unknown image. */
export function noSuchImage(name: string): EngineError {
  return new EngineError('not-found', `No such image: ${name}`);
}
