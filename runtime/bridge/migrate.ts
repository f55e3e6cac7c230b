import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import type { CopyRequest, MigrationOffer, MigrationSource, MigrationStep } from '../contract/migrate.ts';
import { BridgeError } from '../rpc/error.ts';
import { DockerClient, statusError, toBridgeError } from './docker-client.ts';
import type { DockerProgress } from './docker-types.ts';
import type { EndpointService } from './endpoints.ts';
import { HELPER_IMAGE, withHelper } from './helper.ts';
import { pathOf } from './images.ts';
import { jsonLines } from './json-lines.ts';
import { broughtBody, filesImage, networksOf } from './migrate-container.ts';
import { imagesOf, namesOf, offerOf } from './migrate-offer.ts';
import { MigrationSources } from './migrate-sources.ts';
import { inspectOwn, type Inspected } from './recreate.ts';
import { VolumeService } from './volumes.ts';
import type { WorkChannel } from './works.ts';

/** 10 Hz: as often as a person can see a bar move. In milliseconds. */
const REPORT_MS = 100;

type Wanted = Pick<MigrationStep, 'kind' | 'id'> & {
  readonly work: (onBytes: (bytes: number) => void) => Promise<void>;
};

/** The contract's `migrate.*`: images, volumes and containers of another engine, copied to the one that is shown. */
export class MigrationService {
  readonly #docker: DockerClient;
  readonly #sources: MigrationSources;

  /** `sockets` are where engines of this machine are looked for. */
  constructor(docker: DockerClient, endpoints: EndpointService, sockets?: readonly string[]) {
    this.#docker = docker;
    this.#sources = new MigrationSources(endpoints, sockets);
  }

  sources(): Promise<MigrationSource[]> {
    return this.#sources.list();
  }

  async look(source: string, signal: AbortSignal): Promise<MigrationOffer> {
    return await this.#with(source, async (from) => {
      await from.json('GET', '/version', { signal }).catch((error: unknown) => {
        const { code, message, detail = message } = toBridgeError(error, signal);
        if (code === 'cancelled') throw error;
        throw new BridgeError('engine-unreachable', `No engine answers at ${from.dockerHost}.`, { detail });
      });
      return await offerOf(from, this.#docker, signal);
    });
  }

  /** Copies one thing after the other, and tells of each. Rejects only when it is cancelled, or an engine is not there. */
  async copy(input: CopyRequest, channel: WorkChannel<MigrationStep>): Promise<void> {
    const { signal } = channel;
    // A client of its own: whatever engine is chosen meanwhile, this one gets it all.
    const to = new DockerClient(this.#docker.api.connection);
    const copied = this.#with(input.source, async (from) => {
      const move = new Migration(from, to, signal);
      const images = await imagesOf(from, signal);
      const wanted: Wanted[] = [
        ...input.images.map((id): Wanted => ({
          kind: 'image',
          id,
          work: (onBytes) => {
            const names = namesOf(images.find(({ Id }) => Id === id) ?? { RepoTags: null });
            return move.image(names.length === 0 ? [id] : names, onBytes);
          },
        })),
        ...input.volumes.map((id): Wanted => ({ kind: 'volume', id, work: (onBytes) => move.volume(id, onBytes) })),
        ...input.containers.map(({ id, files }): Wanted => ({
          kind: 'container',
          id,
          work: (onBytes) => move.container(id, files, onBytes),
        })),
      ];
      try {
        for (const one of wanted) await tell(one, channel);
      } finally {
        await move.dispose();
      }
    });
    await copied.finally(() => {
      to.close();
    });
  }

  async #with<T>(source: string, work: (from: DockerClient) => Promise<T>): Promise<T> {
    const from = new DockerClient(await this.#sources.connection(source));
    try {
      return await work(from);
    } finally {
      from.close();
    }
  }
}

/** Does one thing and tells of it: only being cancelled goes on to whoever asked for it. */
async function tell({ kind, id, work }: Wanted, channel: WorkChannel<MigrationStep>): Promise<void> {
  const { signal } = channel;
  let bytes = 0;
  let toldAt = 0;
  const step = (state: MigrationStep['state'], message = ''): Promise<void> =>
    channel.item({ kind, id, state, bytes, message });
  assertWanted(signal);
  await step('running');
  try {
    await work((more) => {
      bytes += more;
      const now = performance.now();
      if (now - toldAt < REPORT_MS) return;
      toldAt = now;
      step('running').catch(() => {});
    });
  } catch (error) {
    const cause = toBridgeError(error, signal);
    if (signal.aborted) throw cause;
    await step('failed', cause.message);
    return;
  }
  await step('done');
}

function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw new BridgeError('cancelled', 'Cancelled.');
}

/** From one engine to another. */
class Migration {
  readonly #from: DockerClient;
  readonly #to: DockerClient;
  readonly #signal: AbortSignal;
  /** Whether the engine had the bridge's image before anybody looked into its volumes; null while nobody has. */
  #hadHelper: boolean | null = null;

  constructor(from: DockerClient, to: DockerClient, signal: AbortSignal) {
    this.#from = from;
    this.#to = to;
    this.#signal = signal;
  }

  /** Leaves nothing of ours on the other engine. */
  async dispose(): Promise<void> {
    if (this.#hadHelper !== false) return;
    await this.#from.json('DELETE', `/images/${pathOf(HELPER_IMAGE)}`).catch(() => {}); // A few bytes that stay there.
  }

  /** An image by its names, or by its id. Nothing is stored on the way. */
  async image(names: readonly string[], onBytes: (bytes: number) => void): Promise<void> {
    const signal = this.#signal;
    const archive = await this.#from.open('GET', '/images/get', { query: { names }, signal });
    await streamed(archive, onBytes, async (stream) => {
      const answer = await this.#to.open('POST', '/images/load', { query: { quiet: true }, stream, signal });
      for await (const line of jsonLines(answer)) {
        const { errorDetail, error } = line as DockerProgress;
        const failure = errorDetail?.message ?? error;
        if (failure !== undefined) throw statusError(500, failure);
      }
    });
  }

  /** A volume with its labels and files; what was begun is taken away when it fails. */
  async volume(name: string, onBytes: (bytes: number) => void): Promise<void> {
    const signal = this.#signal;
    const source = (await new VolumeService(this.#from).list(signal)).find((volume) => volume.name === name);
    if (source === undefined) throw new BridgeError('not-found', `There is no volume “${name}”.`);
    if (await isThere(this.#to, `/volumes/${name}`, signal))
      throw new BridgeError('conflict', `There is a volume “${name}” already.`);
    this.#hadHelper ??= await isThere(this.#from, `/images/${pathOf(HELPER_IMAGE)}/json`, signal);
    await new VolumeService(this.#to).create({ name, labels: { ...source.labels }, options: {} }, signal);
    try {
      await withHelper(this.#from, [{ volume: name, at: '/from', readOnly: true }], (reader) =>
        withHelper(this.#to, [{ volume: name, at: '/to', readOnly: false }], async (writer) => {
          const query = { path: '/from/.' };
          const tar = await this.#from.open('GET', `/containers/${reader}/archive`, { query, signal });
          await streamed(tar, onBytes, async (stream) => {
            await this.#to.json('PUT', `/containers/${writer}/archive`, { query: { path: '/to' }, stream, signal });
          });
        }),
      );
    } catch (error) {
      await this.#to.json('DELETE', `/volumes/${name}`).catch(() => {});
      throw error;
    }
  }

  /** A container with its settings, and with what it has written if asked; it is not started. */
  async container(id: string, files: boolean, onBytes: (bytes: number) => void): Promise<void> {
    const signal = this.#signal;
    const container = await inspectOwn(this.#from, id);
    const name = container.Name.replace(/^\//, '');
    if (await isThere(this.#to, `/containers/${name}/json`, signal))
      throw new BridgeError('conflict', `There is a container “${name}” already.`);
    const image = files ? await this.#filesOf(container, name, onBytes) : await this.#imageOf(container, onBytes);
    const names = await this.#namesOfOthers(container);
    const made: string[] = [];
    let created: string | undefined;
    try {
      for (const network of networksOf(container).keys()) if (await this.#makeNetwork(network)) made.push(network);
      const { body, others } = broughtBody(container, image, (other) => names.get(other) ?? other);
      ({ Id: created } = await this.#to.json<{ Id: string }>('POST', '/containers/create', {
        query: { name },
        body,
        signal,
      }));
      for (const [network, EndpointConfig] of others)
        await this.#to.json('POST', `/networks/${network}/connect`, {
          body: { Container: created, EndpointConfig },
          signal,
        });
    } catch (error) {
      if (created !== undefined)
        await this.#to.json('DELETE', `/containers/${created}`, { query: { force: true } }).catch(() => {});
      for (const network of made) await this.#to.json('DELETE', `/networks/${network}`).catch(() => {});
      if (files) await this.#to.json('DELETE', `/images/${pathOf(image)}`).catch(() => {});
      throw error;
    }
  }

  /** The image of a container by the name it has, brought over if it is not here yet. */
  async #imageOf({ Config, Image }: Inspected, onBytes: (bytes: number) => void): Promise<string> {
    const has = (reference: string) => isThere(this.#to, `/images/${pathOf(reference)}/json`, this.#signal);
    if (await has(Image)) return Config.Image;
    // The name may be another image's by now, or nobody's.
    const own = await this.#from.json<{ Id: string }>('GET', `/images/${pathOf(Config.Image)}/json`).catch(() => null);
    const isNamed = own?.Id === Image;
    if (!isNamed || !(await has(Config.Image))) await this.image([isNamed ? Config.Image : Image], onBytes);
    return isNamed ? Config.Image : Image;
  }

  /** An image of a container's files as they are now. */
  async #filesOf({ Id }: Inspected, name: string, onBytes: (bytes: number) => void): Promise<string> {
    const image = filesImage(name);
    // Under a name that nobody has there, which is another's business.
    const [repo, tag] = [`localhost/berth-bring-${randomBytes(4).toString('hex')}`, 'latest'];
    await this.#from.json('POST', '/commit', {
      query: { container: Id, repo, tag, comment: `files of ${name}` },
      body: {},
      signal: this.#signal,
    });
    const passing = `${repo}:${tag}`;
    try {
      await this.image([passing], onBytes);
      const [toRepo, toTag] = [image.slice(0, image.lastIndexOf(':')), 'latest'];
      await this.#to.json('POST', `/images/${pathOf(passing)}/tag`, { query: { repo: toRepo, tag: toTag } });
      await this.#to.json('DELETE', `/images/${pathOf(passing)}`);
    } finally {
      await this.#from.json('DELETE', `/images/${pathOf(passing)}`).catch(() => {}); // Nothing to be done about it.
    }
    return image;
  }

  /** Names of the containers whose namespaces a container shares, by the ids that it knows them by. */
  async #namesOfOthers({ HostConfig }: Inspected): Promise<ReadonlyMap<string, string>> {
    const ids = Object.values(HostConfig).flatMap((value) =>
      typeof value === 'string' && value.startsWith('container:') ? [value.slice('container:'.length)] : [],
    );
    const found = new Map<string, string>();
    for (const id of new Set(ids)) {
      const other = await this.#from
        .json<{ Name: string }>('GET', `/containers/${encodeURIComponent(id)}/json`, { signal: this.#signal })
        .catch(() => null);
      if (other !== null) found.set(id, other.Name.replace(/^\//, ''));
    }
    return found;
  }

  /** Resolves to whether it was not there before. Its subnet is kept where that is free. */
  async #makeNetwork(name: string): Promise<boolean> {
    const signal = this.#signal;
    const path = `/networks/${encodeURIComponent(name)}`;
    if (await isThere(this.#to, path, signal)) return false;
    const network = await this.#from.json<{
      readonly Internal?: boolean;
      readonly EnableIPv6?: boolean;
      readonly Labels?: Readonly<Record<string, string>> | null;
      readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
    }>('GET', path, { signal });
    const body = {
      Name: name,
      Driver: 'bridge',
      Internal: network.Internal ?? false,
      EnableIPv6: network.EnableIPv6 ?? false,
      Labels: network.Labels ?? {},
    };
    const Config = (network.IPAM?.Config ?? []).map(({ Subnet, Gateway }) => ({ Subnet, Gateway }));
    await this.#to
      .json('POST', '/networks/create', { body: { ...body, IPAM: { Config } }, signal })
      .catch(async (error: unknown) => {
        if (signal.aborted) throw error;
        await this.#to.json('POST', '/networks/create', { body, signal });
      });
    return true;
  }
}

async function isThere(docker: DockerClient, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await docker.json('GET', path, { signal });
    return true;
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'not-found') return false;
    throw error;
  }
}

/** Hands a stream on and counts it; it ends with whoever takes it, in whatever way. */
async function streamed(
  source: Readable,
  onBytes: (bytes: number) => void,
  use: (stream: Readable) => Promise<void>,
): Promise<void> {
  const counter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  source.on('error', (error) => counter.destroy(error));
  source.on('close', () => {
    // Broken off without a word.
    if (!source.readableEnded)
      counter.destroy(new BridgeError('engine-unreachable', 'The engine closed the connection.'));
  });
  try {
    await use(source.pipe(counter));
  } finally {
    source.destroy();
    counter.destroy();
  }
}
