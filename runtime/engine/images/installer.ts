import { rm } from 'node:fs/promises';
import { EngineError } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import { isLauncherGone } from '../launcher/types.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { chainIds, type Digest } from '../store/digest.ts';
import { KeyedLock } from '../store/keyed-lock.ts';
import type { RegistryOptions } from '../registry/session.ts';
import { Slots } from '../store/slots.ts';
import type { LayerDraft, LayerStore } from '../store/layer-store.ts';
import type { LayerDigests } from '../store/layer-messages.ts';
import type { LayerPipeline, LayerSource } from '../store/layer-pipeline.ts';
import type { Lease } from '../store/leases.ts';
import type { ImageCatalog } from './catalog.ts';
import type { Descriptor } from './manifest.ts';
import { crashPoint } from '../system/crash-points.ts';
import type { Room } from '../system/disk-limit.ts';

/** One layer to bring into the store. */
export interface LayerTask {
  readonly diffId: Digest;
  /** The blob it comes as. */
  readonly blob: Descriptor;
  /** Its bytes from outside, in pieces that nobody else reads again. Not called when the store has the blob. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Its files as they are on disk already; the directory becomes the layer's where it can be moved. */
  readonly tree?: LayerTree;
  /** Told of each step. */
  readonly onStep: (step: LayerStep) => void;
}

/** The files of a layer in a directory that nothing else uses, in the form of an overlay's lower directory. */
export interface LayerTree {
  readonly directory: string;
  /** Bytes of its regular files. */
  readonly size: number;
}

export type LayerStep =
  | { readonly step: 'exists' | 'waiting' | 'verifying' | 'downloaded' | 'complete' }
  | { readonly step: 'downloading' | 'extracting'; readonly bytes: number };

export interface InstallerParts {
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  readonly catalog: ImageCatalog;
  readonly pipeline: LayerPipeline;
  readonly launcher: Pick<Launcher, 'layerSink'>;
  /** Id of the current boot. */
  readonly bootId: string;
  readonly registry: Pick<RegistryOptions, 'parallelDownloads'>;
  readonly room: Room;
}

/** What one layer is on its way. */
interface Place {
  readonly chainId: Digest;
  readonly parent: Digest | null;
  /** Diff directories below, topmost first. */
  readonly below: readonly string[];
  /** Resolves when all layers below are in the store. */
  readonly lower: Promise<void>;
  readonly lowerReady: () => boolean;
}

/** Brings layers into the store: fetches, verifies, unpacks and publishes them, each once however many ask. */
export class LayerInstaller {
  readonly #parts: InstallerParts;
  readonly #locks = new KeyedLock();

  constructor(parts: InstallerParts) {
    this.#parts = parts;
  }

  /**
   * Installs the layers of one image, lowest first in `tasks`. Layers are fetched and unpacked side by side and
   * published in order. On failure nothing unpublished is left; what was published stays leased to the caller.
   */
  async install(tasks: readonly LayerTask[], lease: Lease, signal: AbortSignal): Promise<void> {
    const chain = chainIds(tasks.map(({ diffId }) => diffId));
    lease.add(...chain, ...tasks.map(({ blob }) => blob.digest));
    const slots = new Slots(this.#parts.registry.parallelDownloads);
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const diffs = chain.map((chainId) => this.#parts.layers.diffOf(chainId));
    let lower: Promise<void> = Promise.resolve();
    const runs: Promise<void>[] = [];
    for (const [index, task] of tasks.entries()) {
      const chainId = chain[index];
      if (chainId === undefined) continue;
      const before = lower;
      let ready = index === 0;
      void before.then(
        () => (ready = true),
        () => undefined,
      );
      const place: Place = {
        chainId,
        parent: chain[index - 1] ?? null,
        below: diffs.slice(0, index).reverse(),
        lower: before,
        lowerReady: () => ready,
      };
      lower = this.#locks.run(chainId, () => this.#installOne(task, place, slots, lease, both));
      lower.catch((error: unknown) => {
        stop.abort(error);
      });
      runs.push(lower);
    }
    const results = await Promise.allSettled(runs);
    signal.throwIfAborted();
    // The first failure is the one that aborted the others.
    if (stop.signal.aborted) throw stop.signal.reason;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #installOne(task: LayerTask, place: Place, slots: Slots, lease: Lease, signal: AbortSignal): Promise<void> {
    const { blobs, catalog, layers } = this.#parts;
    const isUnpacked = catalog.layer(place.chainId) !== undefined && layers.has(place.chainId);
    if (isUnpacked && blobs.has(task.blob.digest)) {
      await place.lower;
      task.onStep({ step: 'exists' });
      return;
    }
    task.onStep({ step: 'waiting' });
    // What the store has already is unpacked whatever it takes: after the machine's stop, say.
    if (!blobs.has(task.blob.digest)) await this.#parts.room.assertRoom();
    const draft = isUnpacked ? null : await layers.newDraft();
    try {
      const applied = await slots.run(() => this.#fill(task, place, draft, lease, signal));
      await place.lower;
      const size = applied ?? (await this.#applyAgain(task, place, draft, signal));
      signal.throwIfAborted();
      if (draft !== null) await this.#publish(task, place, draft, size);
      task.onStep({ step: 'complete' });
    } catch (error) {
      if (draft !== null) layers.discardDraft(draft);
      throw error;
    }
  }

  /** Fetches (when needed) and unpacks. Size of the files, or null when it must be unpacked again after its parents. */
  async #fill(
    task: LayerTask,
    place: Place,
    draft: LayerDraft | null,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<number | null> {
    signal.throwIfAborted();
    const { blobs, layers } = this.#parts;
    if (blobs.has(task.blob.digest)) {
      if (draft !== null && task.tree !== undefined && (await layers.adopt(draft, task.tree.directory)))
        return task.tree.size;
      return draft === null
        ? 0
        : this.#unpack(task, place, draft, { readPath: blobs.pathOf(task.blob.digest) }, signal);
    }
    const writePath = blobs.newIngestPath();
    try {
      const source: LayerSource = { bytes: counted(task, signal), writePath, isHandedOver: true };
      const size =
        draft === null ? await this.#store(task, source) : await this.#unpack(task, place, draft, source, signal);
      await blobs.publish(writePath, task.blob.digest, lease);
      return size;
    } catch (error) {
      await rm(writePath, { force: true });
      throw error;
    }
  }

  async #store(task: LayerTask, source: LayerSource): Promise<number> {
    verify(task, (await this.#parts.pipeline.run(source, null).result).digests);
    return 0;
  }

  async #unpack(
    task: LayerTask,
    place: Place,
    draft: LayerDraft,
    source: LayerSource,
    signal: AbortSignal,
  ): Promise<number | null> {
    // A hard link into a lower layer is rare, so unpacking does not wait for the layers below: when one turns up too
    // early, this layer is unpacked again from its blob.
    const early = !place.lowerReady();
    const sink = await this.#parts.launcher.layerSink(draft.diff, early ? [] : place.below);
    signal.throwIfAborted();
    const run = this.#parts.pipeline.run(source, sink);
    const abort = (): void => {
      run.cancel(new EngineError('internal', 'context canceled'));
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      const { digests, applied } = await run.result;
      verify(task, digests);
      if (applied === null) throw new EngineError('internal', 'the layer was not unpacked');
      if (!(applied instanceof Error)) return applied.size;
      const isGone = isLauncherGone(applied); // Says nothing of the layer.
      if (early && !isGone) return null;
      throw new EngineError(isGone ? 'internal' : 'invalid', `failed to register layer: ${applied.message}`, {
        cause: applied,
      });
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #applyAgain(task: LayerTask, place: Place, draft: LayerDraft | null, signal: AbortSignal): Promise<number> {
    const { blobs, layers } = this.#parts;
    if (draft === null) return 0;
    const fresh = await layers.newDraft();
    try {
      const source = { readPath: blobs.pathOf(task.blob.digest) };
      const size = await this.#unpack(task, { ...place, lowerReady: () => true }, fresh, source, signal);
      await layers.replaceDraft(draft, fresh);
      return size ?? 0;
    } catch (error) {
      layers.discardDraft(fresh);
      throw error;
    }
  }

  async #publish(task: LayerTask, place: Place, draft: LayerDraft, size: number): Promise<void> {
    const { catalog, layers, bootId } = this.#parts;
    await layers.publish(draft, place.chainId);
    catalog.addLayer({
      chainId: place.chainId,
      diffId: task.diffId,
      parent: place.parent,
      size,
      unsyncedBoot: bootId,
    });
    crashPoint('layer-recorded');
  }
}

async function* counted(task: LayerTask, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of task.open(signal)) {
    bytes += chunk.byteLength;
    task.onStep({ step: 'downloading', bytes });
    yield chunk;
  }
  task.onStep({ step: 'verifying' });
}

function verify(task: LayerTask, digests: LayerDigests): void {
  if (digests.blobDigest !== task.blob.digest)
    throw new EngineError('invalid', `filesystem layer verification failed for digest ${task.blob.digest}`);
  if (digests.diffId !== task.diffId)
    throw new EngineError(
      'invalid',
      `layer ${task.blob.digest} does not hold what the image configuration says: diff id ${digests.diffId}, expected ${task.diffId}`,
    );
  task.onStep({ step: 'downloaded' });
  task.onStep({ step: 'extracting', bytes: task.blob.size });
}
