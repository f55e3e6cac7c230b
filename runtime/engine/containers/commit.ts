import { EngineError } from '../errors.ts';
import { applyChanges } from '../images/changes.ts';
import type { ImageConfig } from '../images/config.ts';
import type { ImageStore } from '../images/image-store.ts';
import { familiarName, parseReference, withTag } from '../images/reference.ts';
import type { EventBus } from '../system/events.ts';
import type { ContainerConfig } from './config.ts';
import type { ContainerContent } from './container-content.ts';
import type { ContainerHandle } from './handle.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What `docker commit` asks for. */
export interface CommitRequest {
  /** '' for an image without a name. */
  readonly repository: string;
  readonly tag: string;
  readonly comment: string;
  readonly author: string;
  /** Freeze the container while its files are read. */
  readonly pause: boolean;
  /** Dockerfile instructions. */
  readonly changes: readonly string[];
  /** Settings that outrank the container's. */
  readonly config: ContainerConfig | null;
  readonly signal: AbortSignal;
}

/** Makes images from containers. */
export class ContainerCommit {
  readonly #images: ImageStore;
  readonly #content: ContainerContent;
  readonly #lifecycle: Lifecycle;
  readonly #events: EventBus;

  constructor(images: ImageStore, content: ContainerContent, lifecycle: Lifecycle, events: EventBus) {
    this.#images = images;
    this.#content = content;
    this.#lifecycle = lifecycle;
    this.#events = events;
  }

  /** The new image's id. Throws `invalid` for names and changes that cannot be, `conflict`. */
  async commit(handle: ContainerHandle, request: CommitRequest): Promise<string> {
    const reference = referenceOf(request);
    const { record } = handle;
    if (handle.state.status === 'removing' || handle.state.status === 'dead') {
      throw new EngineError('conflict', `You cannot commit container ${handle.id} which is being removed`);
    }
    const config = applyChanges(imageConfig(record.config, request.config), request.changes);
    const pauses = request.pause && handle.state.status === 'running' && (await this.#pause(handle));
    let image: string;
    try {
      const { comment, author, signal } = request;
      const command = record.args.join(' ');
      const wanted = { base: record.imageId, reference, config, comment, author, command, signal };
      const { id } = await this.#content.layer(handle, (layer) => this.#images.commit(layer, wanted));
      image = id;
    } finally {
      // It may have ended, or have been continued by a person, meanwhile.
      if (pauses && isPaused(handle))
        await this.#lifecycle.unpause(handle).catch((error: unknown) => {
          if (isPaused(handle)) throw error;
        });
    }
    this.#events.publish('container', 'commit', handle.id, {
      ...record.config.Labels,
      comment: request.comment,
      image: record.imageName,
      imageID: image,
      imageRef: reference === null ? '' : familiarName(reference),
      name: record.name,
    });
    return image;
  }

  /** Freezes a container; false when it ended before that. */
  async #pause(handle: ContainerHandle): Promise<boolean> {
    try {
      await this.#lifecycle.pause(handle);
      return true;
    } catch (error) {
      await handle.exitHandled;
      if (handle.unreachable || handle.running) throw error;
      return false;
    }
  }
}

function isPaused({ record }: ContainerHandle): boolean {
  return record.state.status === 'paused';
}

function referenceOf({ repository, tag }: CommitRequest): ReturnType<typeof parseReference> | null {
  if (repository === '') return null;
  const parsed = parseReference(repository);
  if (parsed.digest !== null) throw new EngineError('invalid', 'cannot commit to digest reference');
  return withTag(parsed, tag === '' ? (parsed.tag ?? 'latest') : tag);
}

/** The settings of an image that are a container's, with those of `given` first. */
function imageConfig(own: ContainerConfig, given: ContainerConfig | null): ImageConfig {
  const text = (key: 'User' | 'WorkingDir' | 'StopSignal'): string =>
    nonEmpty(given?.[key]) ?? nonEmpty(own[key]) ?? '';
  const list = (key: 'Entrypoint' | 'Cmd'): readonly string[] => given?.[key] ?? own[key] ?? [];
  const set = (key: 'ExposedPorts' | 'Volumes'): Record<string, object> =>
    Object.fromEntries(Object.keys({ ...own[key], ...given?.[key] }).map((name) => [name, {}]));
  const labels = { ...own.Labels, ...given?.Labels };
  const health = (given ?? own)['Healthcheck'] ?? own['Healthcheck'];
  const all: Record<string, unknown> = {
    User: text('User'),
    WorkingDir: text('WorkingDir'),
    StopSignal: text('StopSignal'),
    Entrypoint: list('Entrypoint'),
    Cmd: list('Cmd'),
    Env: environment(own.Env ?? [], given?.Env ?? []),
    ExposedPorts: set('ExposedPorts'),
    Volumes: set('Volumes'),
    Labels: labels,
    ...(own.StopTimeout === undefined || own.StopTimeout === null ? {} : { StopTimeout: own.StopTimeout }),
    ...(typeof health === 'object' && health !== null ? { Healthcheck: health } : {}),
    ...(Array.isArray(own['OnBuild']) ? { OnBuild: own['OnBuild'] } : {}),
    ...(Array.isArray(own['Shell']) ? { Shell: own['Shell'] } : {}),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value)));
}

function environment(own: readonly string[], given: readonly string[]): string[] {
  const merged = new Map([...own, ...given].map((entry) => [entry.split('=', 1)[0], entry]));
  return [...merged.values()];
}

function nonEmpty(text: string | null | undefined): string | undefined {
  return text === null || text === '' ? undefined : text;
}

function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}
