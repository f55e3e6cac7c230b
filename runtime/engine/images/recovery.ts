import { EngineError, messageOf } from '../errors.ts';
import { isLauncherGone } from '../launcher/types.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { LayerStore } from '../store/layer-store.ts';
import type { Lease, Leases } from '../store/leases.ts';
import { isMachineTrouble } from '../system/machine-trouble.ts';
import type { ImageCatalog, ImageRecord } from './catalog.ts';
import { parseImageDocument, type ImageDocument } from './config.ts';
import type { LayerInstaller, LayerTask } from './installer.ts';
import type { ImageRow } from './records.ts';

/** Unpacking at start is tried so often when the launcher is killed meanwhile. */
const REPAIR_ATTEMPTS = 3;
const never = new AbortController().signal;

interface RecoveryParts {
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  readonly catalog: ImageCatalog;
  readonly installer: LayerInstaller;
  readonly leases: Leases;
  readonly onWarning: (message: string) => void;
}

/** Brings the store's records and its content together again, after a crash of the engine or of the machine. */
export class ImageRecovery {
  readonly #parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /** Opens the stores. `bootId` tells layers that were unpacked before the machine went down. */
  async run(bootId: string): Promise<void> {
    const { blobs, layers, catalog, onWarning } = this.#parts;
    blobs.recover();
    layers.recover();
    await layers.makeEmpty();
    await layers.makeBase();
    const lost = await catalog.open((row) => this.#loadDocument(row));
    for (const id of lost) onWarning(`image ${id} has lost its configuration and was removed`);
    for (const layer of catalog.layers()) {
      // Unpacked, but not known to be on disk when the machine went down.
      const isDoubtful = layer.unsyncedBoot !== '' && layer.unsyncedBoot !== bootId;
      if (isDoubtful) layers.discard(layer.chainId);
      if (isDoubtful || !layers.has(layer.chainId)) catalog.removeLayer(layer.chainId);
    }
    for (const image of catalog.allImages()) await this.#repair(image);
  }

  async #loadDocument(row: ImageRow): Promise<{ document: ImageDocument; size: number } | null> {
    try {
      const bytes = await this.#parts.blobs.read(row.id);
      await this.#parts.blobs.sizeOf(row.manifestDigest);
      return { document: parseImageDocument(bytes), size: bytes.length };
    } catch (error) {
      // A disk or a machine in trouble is no sign that the content is gone: rather no engine than an image less.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && code !== 'ENOENT') throw error;
      return null;
    }
  }

  /** Unpacks missing layers again; an image that cannot be made whole is removed rather than half usable. */
  async #repair(image: ImageRecord): Promise<void> {
    const isWhole = image.chain.every((chainId) => this.#parts.catalog.layer(chainId) !== undefined);
    if (isWhole) return;
    const lease = this.#parts.leases.take();
    try {
      await this.#unpackAgain(image, lease);
    } catch (error) {
      // Says nothing of the image: the next start tries again.
      if (isLauncherGone(error)) throw error;
      if (isMachineTrouble(error)) {
        this.#parts.onWarning(
          `image ${image.id} is incomplete for now, the next start tries again: ${messageOf(error)}`,
        );
        return;
      }
      this.#parts.onWarning(`image ${image.id} is incomplete and was removed: ${messageOf(error)}`);
      this.#parts.catalog.removeImage(image.id);
    } finally {
      lease.release();
    }
  }

  /** A launcher that is killed meanwhile is started again by the next request. */
  async #unpackAgain(image: ImageRecord, lease: Lease): Promise<void> {
    for (let left = REPAIR_ATTEMPTS; ; left -= 1) {
      try {
        await this.#parts.installer.install(storedTasks(image), lease, never);
        return;
      } catch (error) {
        if (left <= 1 || !isLauncherGone(error)) throw error;
      }
    }
  }
}

/** What unpacks an image's layers from their stored content alone. */
function storedTasks(image: ImageRecord): LayerTask[] {
  return image.blobs.map((blob, index) => {
    const diffId = image.document.diffIds[index];
    if (diffId === undefined) throw new EngineError('internal', `image ${image.id} has more layers than diff ids`);
    return {
      diffId,
      blob,
      open: () => {
        throw new EngineError('internal', `content ${blob.digest} is not in the store`);
      },
      onStep: () => undefined,
    };
  });
}
