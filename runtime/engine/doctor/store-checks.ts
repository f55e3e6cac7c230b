import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../errors.ts';
import { parseImageDocument } from '../images/config.ts';
import type { Descriptor } from '../images/manifest.ts';
import { chainIds, digestOf, type Digest } from '../store/digest.ts';
import { entriesOf } from '../store/file-systems.ts';
import { moveToTrashSync, trashContents } from '../store/trash-places.ts';
import { ok, problem, warning, type Finding } from './finding.ts';

const area = 'store';
/** Layer directories have half of the chain id's digits as their names. */
const LAYER_NAME = 32;

interface ImageFacts {
  readonly id: Digest;
  readonly manifest: Digest;
  readonly blobs: readonly Descriptor[];
}

/** What the database says and what the disk has. `isIdle`: no engine runs, so what is half done stays half done. */
export async function storeChecks(dataRoot: string, isIdle: boolean, isDeep: boolean): Promise<Finding[]> {
  const path = join(dataRoot, 'berth.db');
  if (!existsSync(path)) return [ok(area, 'store.none', `there is nothing in ${dataRoot} yet`)];
  let store: StoreExamination;
  try {
    store = new StoreExamination(dataRoot, isIdle);
  } catch (error) {
    return [
      problem(
        area,
        'store.database',
        `the database ${path} cannot be read: ${messageOf(error)}`,
        'Restore it from a backup. Volumes are plain directories in the data root and are taken up by a new database.',
      ),
    ];
  }
  try {
    return await store.examine(isDeep);
  } finally {
    store.close();
  }
}

class StoreExamination {
  readonly #dataRoot: string;
  readonly #isIdle: boolean;
  readonly #database: DatabaseSync;
  readonly #findings: Finding[] = [];

  constructor(dataRoot: string, isIdle: boolean) {
    this.#dataRoot = dataRoot;
    this.#isIdle = isIdle;
    this.#database = new DatabaseSync(join(dataRoot, 'berth.db'), { readOnly: true });
    this.#database.prepare('SELECT count(*) FROM sqlite_schema').get();
  }

  close(): void {
    this.#database.close();
  }

  async examine(isDeep: boolean): Promise<Finding[]> {
    this.#checkDatabase(isDeep);
    const images = this.#images();
    for (const image of images) this.#checkImage(image);
    this.#checkLayers();
    this.#checkBlobs(images);
    if (isDeep) await this.#checkDigests();
    this.#checkContainers(new Set(images.map(({ id }) => id)));
    this.#checkVolumes();
    this.#checkHalfDone();
    if (this.#findings.length === 0) {
      const how = isDeep ? 'every byte' : 'without reading every byte (--deep does)';
      this.#findings.push(ok(area, 'store.consistent', `the store is consistent, ${how}`));
    }
    return this.#findings;
  }

  #rows(sql: string): Record<string, unknown>[] {
    try {
      return this.#database.prepare(sql).all();
    } catch (error) {
      this.#findings.push(
        problem(area, 'store.database', `the database is damaged: ${messageOf(error)}`, 'Restore it from a backup.'),
      );
      return [];
    }
  }

  #list(name: string): string[] {
    const path = join(this.#dataRoot, name);
    return existsSync(path) ? entriesOf(path) : [];
  }

  /** Moved out of the way; the next start of the engine empties the trash. */
  #toTrash(name: string): () => void {
    return () => {
      moveToTrashSync(this.#dataRoot, join(this.#dataRoot, name), `doctor-${randomUUID()}`);
    };
  }

  /** What only means something while nobody is at work on it. */
  #orphan(id: string, text: string, name: string): void {
    if (!this.#isIdle) return;
    const advice = 'It only takes space: berth doctor --repair removes it, and so does the next start of the engine.';
    this.#findings.push(warning(area, id, text, advice, this.#toTrash(name)));
  }

  #checkDatabase(isDeep: boolean): void {
    const answers = this.#rows(isDeep ? 'PRAGMA integrity_check' : 'PRAGMA quick_check').map((row) =>
      String(Object.values(row)[0]),
    );
    if (answers.length === 0 || (answers.length === 1 && answers[0] === 'ok')) return;
    const text = `the database is damaged: ${answers.slice(0, 3).join('; ')}`;
    this.#findings.push(problem(area, 'store.database', text, 'Restore it from a backup.'));
  }

  #images(): ImageFacts[] {
    return this.#rows('SELECT id, manifest_digest, blobs FROM image').map((row) => ({
      id: String(row['id']) as Digest,
      manifest: String(row['manifest_digest']) as Digest,
      blobs: JSON.parse(String(row['blobs'])) as Descriptor[],
    }));
  }

  #blobPath(digest: string): string {
    return join(this.#dataRoot, 'blobs', 'sha256', digest.slice('sha256:'.length));
  }

  #checkImage(image: ImageFacts): void {
    const short = image.id.slice('sha256:'.length, 'sha256:'.length + 12);
    const advice = 'Pull or load the image again. Containers made from it go on while its unpacked layers are there.';
    for (const digest of [image.manifest, ...image.blobs.map((blob) => blob.digest)])
      if (!existsSync(this.#blobPath(digest)))
        this.#findings.push(problem(area, 'store.blob-missing', `image ${short} lacks its content ${digest}`, advice));
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.#blobPath(image.id));
    } catch {
      this.#findings.push(problem(area, 'store.blob-missing', `image ${short} lacks its configuration`, advice));
      return;
    }
    if (digestOf(bytes) !== image.id) {
      const text = `the configuration of image ${short} is damaged on disk`;
      this.#findings.push(problem(area, 'store.blob-damaged', text, advice));
      return;
    }
    const known = new Map(
      this.#rows('SELECT chain_id, parent FROM layer').map((row) => [String(row['chain_id']), row['parent']]),
    );
    let parent: string | null = null;
    for (const chainId of chainIds(parseImageDocument(bytes).diffIds)) {
      if (known.has(chainId) && known.get(chainId) !== parent)
        this.#findings.push(
          problem(
            area,
            'store.chain',
            `layer ${chainId} of image ${short} lies on another layer than it should`,
            advice,
          ),
        );
      if (!known.has(chainId))
        this.#findings.push(
          warning(
            area,
            'store.layer-missing',
            `image ${short} has a layer that is not unpacked: ${chainId}`,
            'The next start of the engine unpacks it again.',
          ),
        );
      parent = chainId;
    }
  }

  #checkLayers(): void {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const directories = new Set(this.#list('layers'));
    const known = new Set<string>();
    for (const row of this.#rows('SELECT chain_id, unsynced_boot FROM layer')) {
      const chainId = String(row['chain_id']);
      const name = chainId.slice('sha256:'.length, 'sha256:'.length + LAYER_NAME);
      known.add(name);
      const unsynced = String(row['unsynced_boot']);
      const again = 'The next start of the engine unpacks it again from the stored archive.';
      if (!directories.has(name))
        this.#findings.push(problem(area, 'store.layer-missing', `the files of layer ${chainId} are gone`, again));
      else if (unsynced !== '' && unsynced !== boot)
        this.#findings.push(
          warning(
            area,
            'store.layer-unsynced',
            `layer ${chainId} may not have reached the disk at the power cut`,
            again,
          ),
        );
    }
    for (const name of directories)
      if (!known.has(name)) this.#orphan('store.layer-orphan', `layers/${name} belongs to no image`, `layers/${name}`);
  }

  #checkBlobs(images: readonly ImageFacts[]): void {
    const wanted = new Set<string>(
      images.flatMap(({ id, manifest, blobs }) => [id, manifest, ...blobs.map(({ digest }) => digest)]),
    );
    for (const digest of this.#cachedBlobs()) wanted.add(digest);
    for (const name of this.#list('blobs/sha256'))
      if (!wanted.has(`sha256:${name}`))
        this.#orphan('store.blob-orphan', `content sha256:${name} belongs to no image`, `blobs/sha256/${name}`);
  }

  /** What builds may use again. A database of before there were builds has no such table. */
  #cachedBlobs(): string[] {
    const table = this.#rows("SELECT 1 FROM sqlite_schema WHERE name = 'build_step'");
    if (table.length === 0) return [];
    return this.#rows('SELECT layers FROM build_step').flatMap((row) =>
      (JSON.parse(String(row['layers'])) as { blob: Descriptor }[]).map(({ blob }) => blob.digest),
    );
  }

  async #checkDigests(): Promise<void> {
    for (const name of this.#list('blobs/sha256')) {
      const hash = createHash('sha256');
      await pipeline(createReadStream(join(this.#dataRoot, 'blobs/sha256', name)), hash);
      if (hash.digest('hex') === name) continue;
      this.#findings.push(
        problem(
          area,
          'store.blob-damaged',
          `content sha256:${name} is damaged on disk`,
          'Remove the images that use it and pull them again, and look after the disk.',
        ),
      );
    }
  }

  #checkContainers(images: ReadonlySet<string>): void {
    const directories = new Set(this.#list('containers'));
    for (const row of this.#rows('SELECT id, name, image_id, state FROM container')) {
      const id = String(row['id']);
      const label = `container ${String(row['name'])} (${id.slice(0, 12)})`;
      const isGoing = (JSON.parse(String(row['state'])) as { status?: unknown }).status === 'removing';
      if (!directories.delete(id) && !isGoing)
        this.#findings.push(
          problem(area, 'store.container-files', `the files of ${label} are gone`, `Remove it: docker rm ${id}`),
        );
      if (!images.has(String(row['image_id'])))
        this.#findings.push(
          problem(
            area,
            'store.container-image',
            `the image of ${label} is gone`,
            'Pull its image again, or remove it.',
          ),
        );
    }
    for (const id of this.#trashed()) directories.delete(id);
    for (const name of directories)
      this.#orphan('store.container-orphan', `containers/${name} belongs to no container`, `containers/${name}`);
  }

  /** Containers that were removed and can come back. A database of before there was a trash has no such table. */
  #trashed(): string[] {
    const table = this.#rows("SELECT 1 FROM sqlite_schema WHERE name = 'trashed_container'");
    return table.length === 0 ? [] : this.#rows('SELECT id FROM trashed_container').map((row) => String(row['id']));
  }

  #checkVolumes(): void {
    const directories = new Set(this.#list('volumes'));
    for (const row of this.#rows('SELECT name FROM volume')) {
      const name = String(row['name']);
      if (!directories.delete(name))
        this.#findings.push(
          problem(area, 'store.volume-missing', `the content of volume ${name} is gone`, 'Restore it from a backup.'),
        );
    }
    if (!this.#isIdle) return;
    for (const name of directories) {
      const advice = 'The next start of the engine takes it up as a volume, or removes it when nothing was ever in it.';
      this.#findings.push(warning(area, 'store.volume-unknown', `volumes/${name} is not in the database`, advice));
    }
  }

  #checkHalfDone(): void {
    for (const place of ['ingest', 'blobs/sha256/.ingest'])
      for (const name of this.#list(place))
        this.#orphan('store.half-done', `${place}/${name} is what a cut-off download has left`, `${place}/${name}`);
    for (const name of this.#list('layers/.new'))
      this.#orphan('store.half-done', `layers/.new/${name} is a layer that was not finished`, `layers/.new/${name}`);
    for (const name of [
      ...this.#list('build/work').map((one) => `work/${one}`),
      ...this.#list('build/spool').map((one) => `spool/${one}`),
    ])
      this.#orphan('store.half-done', `build/${name} is what a build that was cut off has left`, `build/${name}`);
    const trash = trashContents(this.#dataRoot).length;
    if (trash > 0 && this.#isIdle)
      this.#findings.push(
        warning(area, 'store.trash', `${trash} removed trees are still in the trash`, 'The next start empties it.'),
      );
  }
}
