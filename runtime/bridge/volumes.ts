import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { ByteProgress, VolumeSummary } from '../contract/volumes.ts';
import { BridgeError } from '../rpc/error.ts';
import type { ServerChannel } from '../rpc/server.ts';
import type { DockerClient } from './docker-client.ts';
import { toBridgeError } from './docker-client.ts';
import type { DockerContainerRow } from './docker-types.ts';
import { isHelper, withHelper } from './helper.ts';
import { timeOf } from './translate.ts';
import { counted, receive, send } from './transfer.ts';
import type { WorkChannel } from './works.ts';

interface DockerVolume {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint?: string;
  readonly CreatedAt?: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Options: Readonly<Record<string, string>> | null;
}

/** Docker's own mark of a volume that a container made for itself; older engines only have the name's shape. */
const ANONYMOUS = 'com.docker.volume.anonymous';

/** The contract's `volumes.*` over the Docker Engine API. */
export class VolumeService {
  readonly #docker: DockerClient;

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  async list(signal: AbortSignal): Promise<VolumeSummary[]> {
    const [{ Volumes }, containers] = await Promise.all([
      this.#docker.json<{ Volumes: DockerVolume[] | null }>('GET', '/volumes', { signal }),
      this.#docker.json<DockerContainerRow[]>('GET', '/containers/json', { query: { all: true }, signal }),
    ]);
    const users = new Map<string, VolumeSummary['usedBy'][number][]>();
    for (const row of containers) {
      if (isHelper(row.Labels)) continue;
      const user = {
        id: row.Id,
        name: row.Names?.[0]?.replace(/^\//, '') ?? row.Id.slice(0, 12),
        running: row.State === 'running',
      };
      for (const mount of row.Mounts ?? []) {
        if (mount.Type !== 'volume' || mount.Name === undefined) continue;
        const known = users.get(mount.Name) ?? [];
        if (!known.some(({ id }) => id === user.id)) users.set(mount.Name, [...known, user]);
      }
    }
    return (Volumes ?? []).map((volume) => ({
      name: volume.Name,
      driver: volume.Driver,
      mountpoint: volume.Mountpoint ?? '',
      createdAt: timeOf(volume.CreatedAt ?? '') ?? 0,
      labels: volume.Labels ?? {},
      options: volume.Options ?? {},
      anonymous: volume.Labels?.[ANONYMOUS] !== undefined || /^[0-9a-f]{64}$/.test(volume.Name),
      usedBy: users.get(volume.Name) ?? [],
    }));
  }

  async sizes(signal: AbortSignal): Promise<Record<string, number>> {
    const { Volumes } = await this.#docker.json<{
      Volumes: { Name: string; UsageData?: { Size: number } | null }[] | null;
    }>('GET', '/system/df', { query: { type: 'volume' }, signal });
    return Object.fromEntries(
      (Volumes ?? []).flatMap(({ Name, UsageData }) =>
        UsageData === null || UsageData === undefined || UsageData.Size < 0 ? [] : [[Name, UsageData.Size]],
      ),
    );
  }

  async create(
    input: {
      name?: string | undefined;
      driver?: string | undefined;
      labels: Record<string, string>;
      options: Record<string, string>;
    },
    signal?: AbortSignal,
  ): Promise<{ name: string }> {
    const { Name } = await this.#docker.json<{ Name: string }>('POST', '/volumes/create', {
      body: { Name: input.name, Driver: input.driver, Labels: input.labels, DriverOpts: input.options },
      ...(signal === undefined ? {} : { signal }),
    });
    return { name: Name };
  }

  async remove(name: string, signal: AbortSignal): Promise<Record<string, never>> {
    await this.#docker.json('DELETE', `/volumes/${name}`, { signal });
    return {};
  }

  async prune(all: boolean, signal: AbortSignal): Promise<{ deleted: number; reclaimedBytes: number }> {
    const answer = await this.#docker.json<{ VolumesDeleted: string[] | null; SpaceReclaimed?: number }>(
      'POST',
      '/volumes/prune',
      { query: all ? { filters: JSON.stringify({ all: ['true'] }) } : {}, signal },
    );
    return { deleted: answer.VolumesDeleted?.length ?? 0, reclaimedBytes: answer.SpaceReclaimed ?? 0 };
  }

  /** Copies `from` into a new volume `to`. What was begun is taken away when it fails or is cancelled. */
  async clone(from: string, to: string, channel: WorkChannel<ByteProgress>): Promise<void> {
    await this.#assertNew(to);
    const source = (await this.list(channel.signal)).find(({ name }) => name === from);
    if (source === undefined) throw new BridgeError('not-found', `There is no volume “${from}”.`);
    await this.create({ name: to, labels: { ...source.labels }, options: {} });
    try {
      await withHelper(
        this.#docker,
        [
          { volume: from, at: '/from', readOnly: true },
          { volume: to, at: '/to', readOnly: false },
        ],
        async (id) => {
          const tar = await this.#files(id, '/from', channel.signal);
          const progress = counted(channel);
          tar.on('error', (error) => progress.destroy(error));
          await this.#fill(id, '/to', tar.pipe(progress), channel.signal);
        },
      );
    } catch (error) {
      await this.#docker.json('DELETE', `/volumes/${to}`).catch(() => {});
      throw toBridgeError(error, channel.signal);
    }
  }

  async backup(name: string, channel: ServerChannel<ByteProgress>): Promise<void> {
    await this.archive(name, channel.signal, async (bytes) => {
      await send(bytes, channel);
    });
  }

  /** Hands the files of a volume to `use`, as a gzipped tar. Rejects with `not-found` when there is no such volume. */
  async archive(name: string, signal: AbortSignal, use: (bytes: Readable) => Promise<void>): Promise<void> {
    // A container would make the volume that it asks for.
    await this.#docker.json('GET', `/volumes/${name}`, { signal });
    await withHelper(this.#docker, [{ volume: name, at: '/from', readOnly: true }], async (id) => {
      const tar = await this.#files(id, '/from', signal);
      const gzip = createGzip({ level: 3 });
      const squeezed = pipeline(tar, gzip);
      squeezed.catch(() => {});
      await use(gzip);
      await squeezed;
    });
  }

  async restore(name: string, channel: ServerChannel<ByteProgress>): Promise<void> {
    await this.fill(name, receive(channel), channel);
  }

  /** Fills a volume from a tar, gzipped or not; what was begun of a new one is taken away when it fails. */
  async fill(name: string, tar: Readable, channel: WorkChannel<ByteProgress>): Promise<void> {
    const progress = counted(channel);
    tar.on('error', (error) => progress.destroy(error));
    const source = tar.pipe(progress);
    const fresh = !(await this.list(channel.signal)).some((volume) => volume.name === name);
    try {
      await this.create({ name, labels: {}, options: {} });
      await withHelper(this.#docker, [{ volume: name, at: '/to', readOnly: false }], async (id) => {
        await this.#fill(id, '/to', await plain(source), channel.signal);
      });
    } catch (error) {
      if (fresh) await this.#docker.json('DELETE', `/volumes/${name}`).catch(() => {});
      throw toBridgeError(error, channel.signal);
    }
  }

  async #assertNew(name: string): Promise<void> {
    const taken = await this.#docker.json('GET', `/volumes/${name}`).then(
      () => true,
      () => false,
    );
    if (taken) throw new BridgeError('conflict', `There is a volume “${name}” already.`);
  }

  #files(id: string, path: string, signal: AbortSignal): Promise<Readable> {
    return this.#docker.open('GET', `/containers/${id}/archive`, { query: { path: `${path}/.` }, signal });
  }

  async #fill(id: string, path: string, tar: Readable, signal: AbortSignal): Promise<void> {
    await this.#docker.json('PUT', `/containers/${id}/archive`, { query: { path }, stream: tar, signal });
  }
}

/** A tar without its compression, if it has one. Rejects for an empty stream. */
export async function plain(source: Readable): Promise<Readable> {
  const first = await new Promise<Buffer | null>((resolve, reject) => {
    source.once('error', reject);
    source.once('end', () => {
      resolve(null);
    });
    source.once('readable', () => {
      const begin = source.read() as Buffer | null;
      // Back at once: a short stream whose end is here already would end before a promise is looked at.
      if (begin !== null) source.unshift(begin);
      resolve(begin);
    });
  });
  if (first === null) throw new BridgeError('invalid', 'The file is empty.');
  if (first[0] !== 0x1f || first[1] !== 0x8b) return source;
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}
