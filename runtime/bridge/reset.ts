import type { ResetContents, ResetPart, ResetStep } from '../contract/reset.ts';
import { BridgeError } from '../rpc/error.ts';
import { DockerClient, toBridgeError } from './docker-client.ts';
import type { DockerContainerRow, DockerImageRow, DockerVersion } from './docker-types.ts';
import type { EndpointService } from './endpoints.ts';
import { configureEngine } from './engine-configuration.ts';
import { isHelper } from './helper.ts';
import { usageOf, type DockerDf } from './system.ts';
import { TrashService } from './trash.ts';
import type { WorkChannel } from './works.ts';

/** Things that go at a time. */
const AT_ONCE = 4;
/** Images go in turns, because one cannot go before those that were made from it. */
const TURNS_MAX = 20;

type Count = (one: Omit<ResetStep, 'part'>) => Promise<void>;

/** The contract's `reset.*`: takes away all that the app's own engine has. */
export class ResetService {
  readonly #docker: DockerClient;
  readonly #endpoints: Pick<EndpointService, 'isOwn'>;

  constructor(docker: DockerClient, endpoints: Pick<EndpointService, 'isOwn'>) {
    this.#docker = docker;
    this.#endpoints = endpoints;
  }

  contents(signal: AbortSignal): Promise<ResetContents> {
    return this.#with(signal, (engine) => engine.contents());
  }

  /** Resolves when all has been tried; rejects only when it is cancelled, or the engine is not there. */
  run(settings: boolean, channel: WorkChannel<ResetStep>): Promise<void> {
    return this.#with(channel.signal, (engine) => engine.reset(settings, (step) => channel.item(step)));
  }

  async #with<T>(signal: AbortSignal, work: (engine: OwnEngine) => Promise<T>): Promise<T> {
    if (!this.#endpoints.isOwn) throw notOwn();
    // A client of its own: whatever engine is chosen meanwhile, it is this one that is emptied.
    const docker = new DockerClient(this.#docker.api.connection);
    try {
      const { Platform } = await docker.json<DockerVersion>('GET', '/version', { signal });
      if (Platform?.Name !== 'Berth') throw notOwn();
      return await work(new OwnEngine(docker, signal));
    } finally {
      docker.close();
    }
  }
}

function notOwn(): BridgeError {
  return new BridgeError('unsupported', 'Only the app’s own engine can be reset from here.');
}

/** All that an engine of ours has. */
class OwnEngine {
  readonly #docker: DockerClient;
  readonly #signal: AbortSignal;

  constructor(docker: DockerClient, signal: AbortSignal) {
    this.#docker = docker;
    this.#signal = signal;
  }

  async contents(): Promise<ResetContents> {
    const [df, images, networks, builds, { rows }] = await Promise.all([
      this.#get<DockerDf>('/system/df'),
      this.#get<DockerImageRow[]>('/images/json'),
      this.#networks(),
      this.#builds(),
      new TrashService(this.#docker).list(this.#signal),
    ]);
    const usage = usageOf(df);
    const items = [...usage.images, ...usage.containers, ...usage.volumes, ...usage.buildCache];
    const trashed = rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return {
      counts: {
        containers: usage.containers.length,
        trash: rows.length,
        networks: networks.length,
        images: images.filter(({ Labels }) => !isHelper(Labels)).length,
        volumes: usage.volumes.length,
        cache: usage.buildCache.length,
        builds: builds.length,
      },
      running: usage.containers.filter(({ inUse }) => inUse).length,
      bytes: items.reduce((sum, { size }) => sum + size, usage.sharedLayersBytes + trashed),
    };
  }

  async reset(settings: boolean, tell: (step: ResetStep) => Promise<void>): Promise<void> {
    const parts: readonly (readonly [ResetPart, (count: Count) => Promise<void>])[] = [
      ['containers', (count) => this.#removeContainers(count)],
      ['trash', (count) => atOnce(count, () => new TrashService(this.#docker).empty(this.#signal))],
      ['networks', async (count) => this.#each(count, await this.#networks(), (id) => `/networks/${id}`)],
      ['images', (count) => this.#removeImages(count)],
      ['volumes', async (count) => this.#each(count, await this.#volumes(), (name) => `/volumes/${name}`)],
      ['cache', (count) => atOnce(count, () => this.#prune())],
      ['builds', async (count) => this.#each(count, await this.#builds(), (ref) => `/berth/builds/${ref}`)],
      ...(settings
        ? [['settings', (count: Count) => atOnce(count, () => configureEngine(this.#docker, ''))] as const]
        : []),
    ];
    for (const [part, work] of parts) {
      try {
        await work((one) => tell({ part, ...one }));
      } catch (error) {
        await tell({ part, done: 0, total: 1, message: this.#fault(error).message });
      }
    }
  }

  #get<T>(path: string, query: Readonly<Record<string, string | boolean>> = {}): Promise<T> {
    return this.#docker.json<T>('GET', path, { query, signal: this.#signal });
  }

  /** What went wrong with one thing; when nothing can go on it is thrown. */
  #fault(error: unknown): BridgeError {
    const cause = toBridgeError(error, this.#signal);
    if (this.#signal.aborted || cause.code === 'engine-unreachable') throw cause;
    return cause;
  }

  async #removeContainers(count: Count): Promise<void> {
    const rows = await this.#get<DockerContainerRow[]>('/containers/json', { all: true });
    const ids = rows.map(({ Id }) => Id);
    await this.#each(count, ids, (id) => `/containers/${id}`, { force: true, v: true });
  }

  async #removeImages(count: Count): Promise<void> {
    // Those too that are only below others.
    const list = async () => (await this.#get<DockerImageRow[]>('/images/json', { all: true })).map(({ Id }) => Id);
    const total = (await list()).length;
    let before = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < TURNS_MAX; turn += 1) {
      const left = await list();
      const isStuck = left.length >= before;
      before = left.length;
      const tell: Count = ({ done, message }) =>
        // What stays is only known when no more of it goes.
        count({ done: total - left.length + done, total, message: isStuck ? message : '' });
      await this.#each(tell, left, (id) => `/images/${id}`, { force: true });
      if (isStuck || left.length === 0) return;
    }
  }

  async #prune(): Promise<void> {
    await this.#docker.json('POST', '/build/prune', { query: { all: true }, signal: this.#signal });
  }

  /** Takes things away, several at a time; one that is gone already is as good. */
  async #each(
    count: Count,
    ids: readonly string[],
    path: (id: string) => string,
    query: Readonly<Record<string, boolean>> = {},
  ): Promise<void> {
    const left = [...ids];
    let [done, message] = [0, ''];
    const tell = () => count({ done, total: ids.length, message });
    await tell();
    const worker = async (): Promise<void> => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        try {
          await this.#docker.json('DELETE', path(id), { query, signal: this.#signal });
          done += 1;
        } catch (error) {
          const cause = this.#fault(error);
          if (cause.code === 'not-found') done += 1;
          else message = cause.message;
        }
        await tell();
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, worker));
  }

  async #networks(): Promise<string[]> {
    const filters = JSON.stringify({ type: ['custom'] });
    return (await this.#get<{ Id: string }[]>('/networks', { filters })).map(({ Id }) => Id);
  }

  async #volumes(): Promise<string[]> {
    const { Volumes } = await this.#get<{ Volumes: { Name: string }[] | null }>('/volumes');
    return (Volumes ?? []).map(({ Name }) => Name);
  }

  async #builds(): Promise<string[]> {
    return (await this.#get<{ ref: string }[]>('/berth/builds')).map(({ ref }) => ref);
  }
}

async function atOnce(count: Count, work: () => Promise<unknown>): Promise<void> {
  await count({ done: 0, total: 1, message: '' });
  await work();
  await count({ done: 1, total: 1, message: '' });
}
