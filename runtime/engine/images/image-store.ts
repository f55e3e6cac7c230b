import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { EngineError, messageOf } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import { ANONYMOUS, type Credentials } from '../registry/credentials.ts';
import { registryOptions, type RegistryOptions } from '../registry/session.ts';
import type { EngineDatabase } from '../store/engine-database.ts';
import { BlobStore } from '../store/blob-store.ts';
import { chainIds, type Digest } from '../store/digest.ts';
import { LayerPipeline } from '../store/layer-pipeline.ts';
import { LayerStore } from '../store/layer-store.ts';
import { Leases, type Lease } from '../store/leases.ts';
import { Trash } from '../store/trash.ts';
import type { EventBus } from '../system/events.ts';
import { ImageCatalog, noSuchImage, type ImageRecord } from './catalog.ts';
import { collect } from './collection.ts';
import { commitLayer, type LayerCommit } from './commit.ts';
import { LayerInstaller } from './installer.ts';
import { ImageContent } from './content.ts';
import { loadArchive } from './load.ts';
import { prunableImages, type Filters } from './filters.ts';
import { importImage, type ImportRequest } from './import.ts';
import { hostPlatform, type Platform } from './platform.ts';
import type { OnProgress } from './progress.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import { ImageRecords } from './records.ts';
import {
  familiarName,
  familiarRepository,
  parseReference,
  repositoryOf,
  newName,
  withDefaultTag,
  type Reference,
} from './reference.ts';
import { ImageRecovery } from './recovery.ts';
import { RemoteImages } from './remote.ts';
import { planRemoval, untaggedLines, type RemovalLine } from './removal.ts';
import { saveArchive } from './save.ts';

export { IMAGE_SCHEMA } from './records.ts';
import { ROOM, type Room } from '../system/disk-limit.ts';

/** A container that uses an image. */
export interface ImageUser {
  readonly containerId: string;
  readonly name: string;
  readonly running: boolean;
}

export interface ImageStoreOptions {
  /** Absolute path; `blobs/`, `ingest/`, `layers/` and `trash/` are made in it. */
  readonly dataRoot: string;
  /** Opened with `IMAGE_SCHEMA`. */
  readonly database: EngineDatabase;
  readonly launcher: Pick<Launcher, 'layerSink' | 'removeTree' | 'makeDirectory'>;
  readonly events: EventBus;
  /** Containers, stopped ones too, that were made from an image. */
  readonly imageUsers: (imageId: string) => readonly ImageUser[];
  /** Whether something that is no container any more, but may be again, needs an image: it then lives on nameless. */
  readonly keepsImage?: (imageId: string) => boolean;
  readonly registry?: Partial<RegistryOptions>;
  /** Asked before anything is added. */
  readonly room?: Room;
  /** Blobs and chain ids that something besides images needs (the build cache). */
  readonly otherRoots?: () => Iterable<Digest>;
  /** Told of what goes wrong in the background. */
  readonly onWarning: (message: string) => void;
}

export interface PullOptions {
  /** Only this platform will do; absent: that of the machine. */
  readonly platform?: Platform;
  readonly credentials?: Credentials;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

const run = promisify(execFile);
const never = new AbortController().signal;
const quiet: OnProgress = () => undefined;

/** The engine's images: content, unpacked layers, names, and everything that is done with them. */
export class ImageStore {
  readonly #options: ImageStoreOptions;
  readonly #trash: Trash;
  readonly #blobs: BlobStore;
  readonly #layers: LayerStore;
  readonly #catalog: ImageCatalog;
  readonly #pipeline = new LayerPipeline();
  readonly #installer: LayerInstaller;
  readonly #leases = new Leases();
  readonly #registry: RegistryOptions;
  readonly #room: Room;
  #syncing: Promise<void> = Promise.resolve();
  /** Layers and images put together piece by piece, for builds. */
  readonly content: ImageContent;
  readonly remote: RemoteImages;

  private constructor(options: ImageStoreOptions, bootId: string) {
    const { dataRoot, database, launcher } = options;
    this.#options = options;
    this.#registry = registryOptions(options.registry);
    this.#room = options.room ?? ROOM;
    this.remote = new RemoteImages(this.#registry);
    this.#trash = new Trash(dataRoot, launcher, (error) => {
      options.onWarning(`cannot empty the trash: ${messageOf(error)}`);
    });
    this.#blobs = new BlobStore(dataRoot, this.#trash);
    this.#layers = new LayerStore(dataRoot, this.#trash, launcher);
    this.#catalog = new ImageCatalog(new ImageRecords(database));
    this.#installer = new LayerInstaller({
      blobs: this.#blobs,
      layers: this.#layers,
      catalog: this.#catalog,
      pipeline: this.#pipeline,
      launcher,
      bootId,
      registry: this.#registry,
      room: this.#room,
    });
    this.content = new ImageContent(
      {
        blobs: this.#blobs,
        catalog: this.#catalog,
        installer: this.#installer,
        pipeline: this.#pipeline,
        layers: this.#layers,
        registry: this.#registry,
      },
      (work) => this.#leased(work),
      (action, image, name) => {
        this.#announce(action, image.id, image, null, name);
      },
    );
  }

  /** Opens the store and repairs what a crash of the engine or the machine left behind. */
  static async open(options: ImageStoreOptions): Promise<ImageStore> {
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const store = new ImageStore(options, bootId);
    await store.#recover(bootId);
    return store;
  }

  async #recover(bootId: string): Promise<void> {
    const parts = { blobs: this.#blobs, layers: this.#layers, catalog: this.#catalog, installer: this.#installer };
    const { onWarning } = this.#options;
    await new ImageRecovery({ ...parts, leases: this.#leases, onWarning }).run(bootId);
    // Who uses an image is not known before the containers are.
    await this.gc(false);
    void this.#trash.empty();
    this.#syncLater();
  }

  /** Ends background work. Nothing depends on it being called. */
  async close(): Promise<void> {
    await this.#pipeline.close();
    await this.#trash.settled();
    await this.#syncing;
  }

  /** The image that a name, an id or the beginning of an id stands for. Throws `not-found`. */
  resolve(nameOrId: string): ImageRecord {
    return this.#catalog.resolve(nameOrId).image;
  }

  /** An image by its id, also one that was removed by force while a container uses it. Throws `not-found`. */
  get(id: string): ImageRecord {
    const image = this.#catalog.find(id as Digest);
    if (image === undefined) throw noSuchImage(id);
    return image;
  }

  /** All images, in no particular order. */
  list(): ImageRecord[] {
    return this.#catalog.images();
  }

  /** Overlay lower directories of an image, topmost first. */
  layerPaths(id: string): string[] {
    const { chain } = this.get(id);
    // An image without layers: an overlay needs one.
    if (chain.length === 0) return [this.#layers.empty];
    return chain.map((chainId) => this.#layers.diffOf(chainId)).reverse();
  }

  /** Those of a container's root: its image's, and what every container has below them. */
  rootPaths(id: string): string[] {
    return [
      ...this.get(id)
        .chain.map((chainId) => this.#layers.diffOf(chainId))
        .reverse(),
      this.#layers.base,
    ];
  }

  /** Sum of an image's layers as they lie on disk, in bytes. */
  sizeOf(image: ImageRecord): number {
    return image.chain.reduce((sum, chainId) => sum + (this.#catalog.layer(chainId)?.size ?? 0), 0);
  }

  /** Names and layer sizes, for listings. */
  get catalog(): ImageCatalog {
    return this.#catalog;
  }

  /** Keeps an image's content while a container is being made from it. */
  hold(id: string): { release(): void } {
    const image = this.get(id);
    const lease = this.#leases.take();
    leaseImage(lease, image);
    return lease;
  }

  /** Pulls one image. Cancelled by `signal`, it leaves nothing behind. */
  async pull(reference: string, options: PullOptions = {}): Promise<ImageRecord> {
    const { credentials = ANONYMOUS, onProgress = quiet, signal = never, platform } = options;
    const parsed = withDefaultTag(parseReference(reference));
    const image = await this.#leased((lease) =>
      pullImage(
        { blobs: this.#blobs, catalog: this.#catalog, installer: this.#installer, registry: this.#registry },
        {
          reference: parsed,
          platform: platform ?? hostPlatform(),
          platformAsked: platform !== undefined,
          credentials,
          onProgress,
          signal,
        },
        lease,
      ),
    );
    this.#announce('pull', familiarName(parsed), image, parsed);
    return image;
  }

  /** Loads the images of a `docker save` or OCI-layout archive. */
  async load(
    stream: Readable,
    options: Pick<PullOptions, 'platform' | 'onProgress' | 'signal'> = {},
  ): Promise<ImageRecord[]> {
    const { onProgress = quiet, signal = never, platform = hostPlatform() } = options;
    await this.#room.assertRoom();
    const parts = { blobs: this.#blobs, catalog: this.#catalog, installer: this.#installer };
    const images = await this.#leased((lease) => loadArchive(parts, stream, platform, onProgress, signal, lease));
    for (const image of images) this.#announce('load', image.id, image, null);
    return images;
  }

  /** Pushes the image of a name. Without a tag every tag of the repository is pushed. */
  async push(name: string, tag: string | null, options: Omit<PullOptions, 'platform'> = {}): Promise<void> {
    const { credentials = ANONYMOUS, onProgress = quiet, signal = never } = options;
    const parsed = parseReference(name);
    const repository = repositoryOf(parsed);
    const wanted = this.#catalog
      .namesIn(repository)
      .filter(({ row }) => row.kind === 'tag' && (tag === null || row.value === tag));
    if (wanted.length === 0) {
      throw new EngineError('not-found', `An image does not exist locally with the tag: ${familiarRepository(parsed)}`);
    }
    const parts = { blobs: this.#blobs, catalog: this.#catalog, registry: this.#registry };
    for (const { reference, row } of wanted) {
      const image = await this.#leased((lease) => {
        const current = this.get(row.image);
        leaseImage(lease, current);
        return pushImage(parts, current, reference, credentials, onProgress, signal, lease);
      });
      this.#announce('push', familiarName(reference), image, reference);
    }
  }

  /** An archive of the images that names or ids stand for; a repository without a tag stands for all its tags. */
  save(names: readonly string[]): Readable {
    const saved = new Map<Digest, Reference[]>();
    const add = (id: Digest, reference: Reference | null): void => {
      const tags = saved.get(id) ?? [];
      saved.set(
        id,
        reference === null || tags.some((tag) => tag.tag === reference.tag && tag.path === reference.path)
          ? tags
          : [...tags, reference],
      );
    };
    for (const name of names) {
      const { image, byId } = this.#catalog.resolveForSave(name);
      if (byId) add(image.id, null);
      else for (const { reference, row } of this.#catalog.namesForSave(name)) add(row.image, reference);
    }
    const lease = this.#leases.take();
    const images = [...saved].map(([id, tags]) => ({ image: this.get(id), tags }));
    for (const { image } of images) {
      leaseImage(lease, image);
      this.#announce('save', image.id, image, null);
    }
    const archive = saveArchive(this.#blobs, images);
    archive.once('close', () => {
      lease.release();
    });
    return archive;
  }

  /** Makes an image from a root filesystem archive. */
  async import(stream: Readable, request: ImportRequest): Promise<ImageRecord> {
    await this.#room.assertRoom();
    const parts = { blobs: this.#blobs, catalog: this.#catalog, installer: this.#installer, pipeline: this.#pipeline };
    const image = await this.#leased((lease) => importImage(parts, stream, request, lease));
    this.#announce('import', image.id, image, request.reference);
    return image;
  }

  /** Makes an image of another (by id) and one more layer. */
  async commit(layer: Readable, request: LayerCommit & { readonly base: string }): Promise<ImageRecord> {
    await this.#room.assertRoom();
    const parts = { blobs: this.#blobs, catalog: this.#catalog, installer: this.#installer, pipeline: this.#pipeline };
    const image = await this.#leased((lease) => {
      const base = this.get(request.base);
      leaseImage(lease, base);
      return commitLayer(parts, base, layer, request, lease);
    });
    this.#announce('create', image.id, image, null, image.id);
    if (request.reference !== null) {
      this.#announce('tag', image.id, image, null, familiarName(request.reference));
    }
    return image;
  }

  /** Gives an image another name; an image that had the name loses it. */
  async tag(nameOrId: string, reference: Reference): Promise<void> {
    const image = this.resolve(nameOrId);
    const full = newName(reference);
    const byName = this.#catalog.resolve(nameOrId).byId ? null : withDefaultTag(parseReference(nameOrId));
    const index = byName === null ? undefined : this.#catalog.indexOf(byName);
    this.#catalog.putImage({ ...image, lastTagged: Date.now() }, [full]);
    if (index !== undefined) this.#catalog.putIndex(full, index);
    this.#announce('tag', image.id, image, null, familiarName(full));
    await this.#catalog.settled();
  }

  /** Removes a name, and the image with its last one, by Docker's rules. Throws `not-found`, `conflict`. */
  async remove(nameOrId: string, options: { force: boolean; noprune: boolean }): Promise<RemovalLine[]> {
    const lines = this.#remove(nameOrId, options);
    await this.gc();
    return lines;
  }

  #remove(nameOrId: string, options: { force: boolean; noprune: boolean }): RemovalLine[] {
    const plan = planRemoval(this.#catalog, nameOrId, options.force, this.#options.imageUsers);
    const lines = untaggedLines(plan);
    // The names of an image that goes go with its record: no crash leaves it nameless.
    if (!plan.remove || this.#isNeeded(plan.image.id)) this.#catalog.removeNames(plan.untag);
    for (const { reference } of plan.untag)
      this.#announce('untag', plan.image.id, plan.image, null, familiarName(reference));
    if (plan.remove) lines.push(...this.#delete(plan.image, !options.noprune));
    return lines;
  }

  /** Deletes an image without names, and then parents that nothing else needs. */
  #delete(image: ImageRecord, prune: boolean): RemovalLine[] {
    const lines: RemovalLine[] = [{ Deleted: image.id }];
    if (this.#isNeeded(image.id)) this.#catalog.putImage({ ...image, removed: true }, []);
    else this.#catalog.removeImage(image.id);
    this.#announce('delete', image.id, image, null);
    const needed = new Set(this.#catalog.allImages().flatMap(({ chain }) => chain));
    for (const chainId of [...image.chain].reverse()) if (!needed.has(chainId)) lines.push({ Deleted: chainId });
    const parent = image.parent === null ? undefined : this.#catalog.find(image.parent);
    if (!prune || parent === undefined || parent.removed) return lines;
    const isFree =
      this.#catalog.namesOf(parent.id).length === 0 &&
      this.#options.imageUsers(parent.id).length === 0 &&
      !this.#catalog.images().some((other) => other.parent === parent.id);
    return isFree ? [...lines, ...this.#delete(parent, true)] : lines;
  }

  #isNeeded(id: string): boolean {
    const { imageUsers, keepsImage } = this.#options;
    return imageUsers(id).length > 0 || keepsImage?.(id) === true;
  }

  /**
   * Removes images that no container uses, name by name, as `docker rmi` would: of what a container uses one name stays.
   * Returns what went, and the bytes of layers that went with it.
   */
  async prune(filters: Filters): Promise<{ deleted: RemovalLine[]; reclaimed: number }> {
    const before = this.#layerBytes();
    const deleted: RemovalLine[] = [];
    for (const { id } of prunableImages(this, filters)) {
      const names = this.#catalog.namesOf(id).map(({ reference }) => familiarName(reference));
      for (const name of names.length === 0 ? [id] : names.sort()) {
        try {
          deleted.push(...this.#remove(name, { force: false, noprune: false }));
        } catch (error) {
          // In use, or gone with another name or image.
          if (!(error instanceof EngineError) || !['conflict', 'not-found'].includes(error.kind)) throw error;
        }
      }
    }
    await this.gc();
    const reclaimed = before - this.#layerBytes();
    this.#options.events.publish('image', 'prune', '', { reclaimed: String(reclaimed) });
    return { deleted, reclaimed };
  }

  /** Bytes of all layers together, each counted once. */
  #layerBytes(): number {
    return this.#catalog.layers().reduce((sum, { size }) => sum + size, 0);
  }

  /** Bytes of an image's layers that other images use too. */
  sharedSizeOf(image: ImageRecord): number {
    const others = new Set(this.list().flatMap(({ id, chain }) => (id === image.id ? [] : chain)));
    return image.chain.reduce((sum, id) => sum + (others.has(id) ? (this.#catalog.layer(id)?.size ?? 0) : 0), 0);
  }

  /** Bytes of all layers on disk (`docker system df`). */
  layersSize(): number {
    return this.#layerBytes();
  }

  /** Runs `work` under a lease; on failure what it brought in is collected. */
  async #leased<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
    const lease = this.#leases.take();
    try {
      const result = await work(lease);
      this.#syncLater();
      return result;
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError')
        throw new EngineError('internal', 'context canceled', { cause: error });
      throw error;
    } finally {
      lease.release();
      await this.gc();
    }
  }

  #announce(action: string, id: string, image: ImageRecord, name: Reference | null, text?: string): void {
    const own = name === null ? this.#catalog.familiarNames(image.id, 'tag')[0] : familiarRepository(name);
    const shown = text ?? own;
    const attributes = { ...image.document.config.Labels, ...(shown === undefined ? {} : { name: shown }) };
    this.#options.events.publish('image', action, id, attributes);
  }

  /** Collects what no image, container or lease names; `withRemoved`: also images that were removed by force. */
  async gc(withRemoved = true): Promise<void> {
    const { otherRoots = () => [] } = this.#options;
    const isUsed = (id: string): boolean => this.#isNeeded(id);
    const parts = { blobs: this.#blobs, layers: this.#layers, catalog: this.#catalog, leases: this.#leases };
    await collect({ ...parts, isUsed, otherRoots }, withRemoved);
  }

  /** Has the files of new layers written out, then notes that they are safe. */
  #syncLater(): void {
    const fresh = this.#catalog.layers().filter(({ unsyncedBoot }) => unsyncedBoot !== '');
    if (fresh.length === 0) return;
    this.#syncing = this.#syncing
      .then(() => run('sync', ['-f', this.#options.dataRoot]))
      .then(() => {
        this.#catalog.markSynced(
          fresh.map(({ chainId }) => chainId).filter((id) => this.#catalog.layer(id) !== undefined),
        );
        return this.#catalog.settled();
      })
      // Not synced is safe too: after a crash of the machine these layers are unpacked again.
      .catch((error: unknown) => {
        this.#options.onWarning(`cannot sync new layers: ${messageOf(error)}`);
      });
  }
}

function leaseImage(lease: Lease, image: ImageRecord): void {
  lease.add(
    image.id,
    image.manifestDigest,
    ...image.blobs.map(({ digest }) => digest),
    ...chainIds(image.document.diffIds),
  );
}
