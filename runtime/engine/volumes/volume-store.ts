import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertVolumeName } from '../containers/user-mount.ts';
import { EngineError } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import type { EngineDatabase } from '../store/engine-database.ts';
import { entriesOf } from '../store/file-systems.ts';
import { errorCode, syncDirectory } from '../store/files.ts';
import { moveToTrash } from '../store/trash-places.ts';
import type { EventBus } from '../system/events.ts';
import { assertLocalOptions, volumeSource, type VolumeSource } from './options.ts';
import { VolumeRecords, type VolumeRecord } from './records.ts';
import { crashPoint } from '../system/crash-points.ts';

/** Docker marks a volume that nobody has named with this label. */
export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

export interface VolumeStoreParts {
  readonly dataRoot: string;
  readonly database: EngineDatabase;
  readonly launcher: Pick<Launcher, 'makeDirectory' | 'removeTree' | 'storage'>;
  readonly events: EventBus;
  /** Ids of the containers, stopped ones too, that have the volume among their mounts. */
  readonly usersOf: (name: string) => readonly string[];
  /** Told of what goes wrong in the background. */
  readonly onWarning: (message: string, error: unknown) => void;
}

/** How a volume is asked for. */
export interface VolumeRequest {
  /** '' for one without a name. */
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Made for a container that is being created: until `keep` it goes with a creation that is cut short. */
  readonly provisional?: boolean;
}

/** In the directory of a volume whose container is being created. */
const PROVISIONAL = 'provisional';

/**
 * Volumes of driver `local`: content in `volumes/<name>/_data` of the data root, owned by the containers' root, and a
 * record in the database. A directory without a record is taken up as a volume, since content counts for more than what
 * was known about it; a record without a directory is the rest of a removal.
 */
export class VolumeStore {
  readonly #parts: VolumeStoreParts;
  readonly #records: VolumeRecords;
  readonly #volumes = new Map<string, VolumeRecord>();
  /** Volumes that a container which is being created needs, with how many of them. */
  readonly #held = new Map<string, number>();
  readonly #creating = new Map<string, Promise<VolumeRecord>>();

  constructor(parts: VolumeStoreParts) {
    this.#parts = parts;
    this.#records = new VolumeRecords(parts.database);
    const directories = new Set(entriesOf(join(parts.dataRoot, 'volumes')));
    for (const record of this.#records.all()) {
      if (directories.has(record.name)) this.#volumes.set(record.name, record);
      else this.#records.delete(record.name);
    }
    for (const name of directories) if (!this.#volumes.has(name)) this.#takeUp(name);
  }

  #takeUp(name: string): void {
    if (!existsSync(this.path(name))) return;
    const created = statSync(this.#directory(name)).birthtime.toISOString();
    const labels: Record<string, string> = /^[0-9a-f]{64}$/.test(name) ? { [ANONYMOUS_LABEL]: '' } : {};
    const record = { name, created, labels, options: {} };
    this.#records.insert(record);
    this.#volumes.set(name, record);
  }

  #directory(name: string): string {
    return join(this.#parts.dataRoot, 'volumes', name);
  }

  /** Host path of a volume's content when it is the engine's own (inspect's Mountpoint). */
  path(name: string): string {
    return join(this.#directory(name), '_data');
  }

  /** What containers mount. Throws `not-found`. */
  source(name: string): VolumeSource {
    return volumeSource(this.get(name).options, this.path(name));
  }

  all(): VolumeRecord[] {
    return [...this.#volumes.values()];
  }

  find(name: string): VolumeRecord | undefined {
    return this.#volumes.get(name);
  }

  /** Throws `not-found` in Docker's words. */
  get(name: string): VolumeRecord {
    const record = this.#volumes.get(name);
    if (record === undefined) throw new EngineError('not-found', `get ${name}: no such volume`);
    return record;
  }

  /** Containers that have it among their mounts. */
  usersOf(name: string): readonly string[] {
    return this.#parts.usersOf(name);
  }

  /**
   * The volume of that name, made when there is none; without a name, a new anonymous one. Throws `invalid` for names
   * and options that cannot be, `not-found` for a driver other than `local`. One that is there is given as it is, with
   * whatever options it has, as Docker does.
   */
  async create(request: VolumeRequest): Promise<VolumeRecord> {
    const name = request.name === '' ? randomBytes(32).toString('hex') : request.name;
    try {
      check({ ...request, name });
      const present = this.#volumes.get(name) ?? this.#creating.get(name);
      if (present !== undefined) return await present;
      const making = this.#make({ ...request, name }, request.name === '');
      this.#creating.set(name, making);
      return await making.finally(() => this.#creating.delete(name));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new EngineError(error.kind, `create ${name}: ${error.message}`, { cause: error });
    }
  }

  async #make({ name, labels, options, provisional }: VolumeRequest, isAnonymous: boolean): Promise<VolumeRecord> {
    const record: VolumeRecord = {
      name,
      created: new Date().toISOString(),
      labels: isAnonymous ? { ...labels, [ANONYMOUS_LABEL]: '' } : labels,
      options,
    };
    // Not recursive, of which Node says that there is no such directory whatever the reason is.
    await mkdir(this.#directory(name), { mode: 0o711 }).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error; // Of a creation that failed.
    });
    if (provisional === true) await writeFile(join(this.#directory(name), PROVISIONAL), '');
    crashPoint('volume-begun');
    await this.#parts.launcher.makeDirectory(this.path(name), 0o755);
    await syncDirectory(join(this.#parts.dataRoot, 'volumes'));
    crashPoint('volume-made');
    this.#records.insert(record);
    await this.#records.synced();
    crashPoint('volume-recorded');
    this.#volumes.set(name, record);
    this.#parts.events.publish('volume', 'create', name, { driver: 'local' });
    return record;
  }

  /** The container for which a volume was made is there: from now on it is a volume like any other. */
  keep(name: string): void {
    rmSync(join(this.#directory(name), PROVISIONAL), { force: true });
  }

  /**
   * Start-up, when all containers are known: takes away volumes that were made for containers which did not come into
   * being, with what may be half a copy of an image's files, and directories that never became volumes.
   */
  async settle(): Promise<void> {
    for (const name of entriesOf(join(this.#parts.dataRoot, 'volumes'))) {
      const isProvisional = existsSync(join(this.#directory(name), PROVISIONAL));
      if (isProvisional && this.inUse(name)) this.keep(name);
      else if (isProvisional || !this.#volumes.has(name)) await this.#discard(name);
    }
  }

  /** Keeps a volume from being removed until the returned function is called. */
  hold(name: string): () => void {
    this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
    return () => {
      const left = (this.#held.get(name) ?? 1) - 1;
      if (left === 0) this.#held.delete(name);
      else this.#held.set(name, left);
    };
  }

  inUse(name: string): boolean {
    return this.#held.has(name) || this.#parts.usersOf(name).length > 0;
  }

  /** Removes a volume with its content. Throws `not-found`, or `conflict` while containers have it. */
  async remove(name: string): Promise<void> {
    this.get(name);
    if (this.inUse(name)) {
      throw new EngineError('conflict', `remove ${name}: volume is in use - [${this.#parts.usersOf(name).join(', ')}]`);
    }
    await this.#discard(name);
    this.#parts.events.publish('volume', 'destroy', name, { driver: 'local' });
  }

  async #discard(name: string): Promise<void> {
    this.#volumes.delete(name);
    // The rename is what removes it: a record without a directory is dropped at the next start.
    const remains = `volume-${randomBytes(8).toString('hex')}`;
    const trash = await moveToTrash(this.#parts.dataRoot, this.#directory(name), remains).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
      return null;
    });
    crashPoint('volume-trashed');
    this.#records.delete(name);
    await this.#records.synced();
    crashPoint('volume-deleted');
    if (trash === null) return;
    this.#parts.launcher.removeTree(trash).catch((error: unknown) => {
      this.#parts.onWarning('the remains of a volume stay in the trash until the next start', error);
    });
  }

  /** Removes the unused volumes that `matches` accepts. Names, and the bytes that were in their files. */
  async prune(matches: (record: VolumeRecord) => boolean): Promise<{ names: string[]; reclaimed: number }> {
    const names: string[] = [];
    let reclaimed = 0;
    for (const record of this.all()) {
      if (this.inUse(record.name) || !matches(record)) continue;
      const size = await this.sizeOf(record.name);
      // Taken into use while it was measured: it stays.
      if (this.#volumes.get(record.name) !== record || this.inUse(record.name)) continue;
      await this.remove(record.name);
      names.push(record.name);
      reclaimed += Math.max(0, size);
    }
    this.#parts.events.publish('volume', 'prune', '', { reclaimed: String(reclaimed) });
    return { names, reclaimed };
  }

  /** Bytes in the regular files of a volume; -1 for one whose content is not the engine's. */
  async sizeOf(name: string): Promise<number> {
    if (Object.keys(this.get(name).options).length > 0) return -1;
    return this.#parts.launcher.storage.usage(this.path(name));
  }
}

function check({ name, driver, options }: VolumeRequest): void {
  if (driver !== '' && driver !== 'local') {
    throw new EngineError('not-found', `error looking up volume plugin ${driver}: plugin "${driver}" not found`);
  }
  assertVolumeName(name);
  assertLocalOptions(options);
}
