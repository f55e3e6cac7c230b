import { mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import type { Launcher } from '../../launcher/interface.ts';
import type { StoredLayer } from '../../images/content.ts';
import type { PlacedMount } from '../../containers/placed-mounts.ts';
import type { AgentSource, SecretSource } from '../plan/options.ts';
import { SCRIPT_DIRECTORY } from '../plan/run-command.ts';
import type { PlannedMount, RunOperation } from '../plan/run-operation.ts';
import { cacheMountId } from '../solve/keys.ts';
import type { FileTree } from '../tree/file-tree.ts';
import { Patterns } from '../../../common/path-patterns.ts';
import { select } from '../tree/select.ts';
import { TAR_END, tarHeader, tarPadding } from '../tree/tar-writer.ts';
import type { TarMember } from '../tree/tar-reader.ts';
import type { CacheMounts } from './cache-mounts.ts';
import { readStageFiles, type StageFiles } from './stage-files.ts';
import type { Workspace, WorkspaceParts } from './workspace.ts';

export interface RunMountParts extends WorkspaceParts {
  readonly launcher: Pick<Launcher, 'makeDirectory' | 'removeTree' | 'storage' | 'applyLayer' | 'rootless'>;
  readonly execRoot: string;
  readonly cacheMounts: CacheMounts;
  diffs(layers: readonly StoredLayer[]): string[];
}

/** What the mounts of one RUN come from. */
export interface MountSources {
  readonly context: () => Promise<FileTree>;
  /** Files that a mount shows of a stage; who gives them lets go of them. */
  readonly files: (mount: PlannedMount) => Promise<StageFiles>;
  readonly secrets: SecretSource;
  readonly agents: AgentSource;
  /** Layers of the mount's `from`, in the order of the operation's mounts; null where there is none. */
  readonly layers: readonly (readonly StoredLayer[] | null)[];
  readonly signal: AbortSignal;
}

/** The mounts of a RUN that is about to start. */
export interface PreparedMounts {
  readonly mounts: readonly PlacedMount[];
  readonly environment: readonly string[];
  /** After the end of the process. */
  release(): Promise<void>;
}

/** Makes the sources of a RUN's mounts. Throws `invalid` for what is not there. */
export async function prepareRunMounts(
  parts: RunMountParts,
  workspace: Workspace,
  operation: RunOperation,
  sources: MountSources,
): Promise<PreparedMounts> {
  const preparation = new Preparation(parts, workspace, sources);
  try {
    for (const [index, mount] of operation.mounts.entries())
      await preparation.add(mount, sources.layers[index] ?? null, index);
    if (operation.script !== null) await preparation.addScript(operation.script);
    return preparation.done();
  } catch (error) {
    await preparation.release();
    throw error;
  }
}

const PRIVATE = 'rprivate';
/** Modes where the mount names none. */
const SECRET_MODE = 0o400;
const SSH_MODE = 0o600;

class Preparation {
  readonly #parts: RunMountParts;
  readonly #workspace: Workspace;
  readonly #sources: MountSources;
  readonly #mounts: PlacedMount[] = [];
  readonly #environment: string[] = [];
  readonly #releases: (() => Promise<void> | void)[] = [];
  #agents = 0;

  constructor(parts: RunMountParts, workspace: Workspace, sources: MountSources) {
    this.#parts = parts;
    this.#workspace = workspace;
    this.#sources = sources;
  }

  done(): PreparedMounts {
    // Parents first, or they would hide what is mounted in them.
    const mounts = [...this.#mounts].sort((a, b) => depth(a.oci.destination) - depth(b.oci.destination));
    return { mounts, environment: this.#environment, release: () => this.release() };
  }

  async release(): Promise<void> {
    for (const release of this.#releases.splice(0)) await release();
  }

  async add(planned: PlannedMount, layers: readonly StoredLayer[] | null, index: number): Promise<void> {
    switch (planned.mount.type) {
      case 'bind':
        return this.#bindFiles(planned, layers, index);
      case 'cache':
        return this.#cache(planned, layers);
      case 'tmpfs': {
        const { size } = planned.mount;
        const options = ['nosuid', 'nodev', ...(size > 0 ? [`size=${size}`] : [])];
        this.#mounts.push({ oci: { destination: planned.destination, type: 'tmpfs', source: 'tmpfs', options } });
        return;
      }
      case 'secret':
        return this.#secret(planned, index);
      case 'ssh':
        return this.#ssh(planned);
    }
  }

  async addScript({ name, content }: { name: string; content: string }): Promise<void> {
    const directory = await this.#directory('script');
    await this.#unpack(directory, [[file(name, 0o755, 0, 0, Buffer.byteLength(content)), Buffer.from(content)]]);
    this.#bind(directory, SCRIPT_DIRECTORY, true);
  }

  #bind(source: string, destination: string, readonly: boolean): void {
    const options = ['rbind', PRIVATE, readonly ? 'ro' : 'rw'];
    this.#mounts.push({ oci: { destination, type: 'bind', source, options } });
  }

  async #directory(name: string): Promise<string> {
    const path = join(this.#workspace.directory, name);
    await this.#parts.launcher.makeDirectory(path, 0o755);
    return path;
  }

  async #unpack(directory: string, members: readonly (readonly [TarMember, Buffer])[]): Promise<void> {
    const blocks = members.flatMap(([member, content]) => [tarHeader(member), content, tarPadding(content.length)]);
    await this.#parts.launcher.applyLayer(Readable.from([Buffer.concat([...blocks, TAR_END])]), directory, []);
  }

  /** Files of the context, or of a stage; what is written to them is lost. */
  async #bindFiles(planned: PlannedMount, layers: readonly StoredLayer[] | null, index: number): Promise<void> {
    const { mount, destination } = planned;
    const source = posix.resolve('/', mount.source);
    if (layers !== null && source === '/') {
      await this.#overlay(layers, destination, mount.readonly, index);
      return;
    }
    const files =
      layers === null
        ? { tree: await this.#sources.context(), source: source.replaceAll(/[\\*?[]/g, String.raw`\$&`) }
        : await this.#sources.files(planned);
    const directory = await this.#directory(`mount-${index}`);
    const [selection] = select(files.tree, files.source, new Patterns([]));
    if (selection === undefined) throw new EngineError('invalid', `${mount.source}: not found`);
    const isFile = selection.kind === 'file';
    const members = selection.members.map(({ entry, path }) => ({
      entry,
      member: { ...entry, name: isFile ? 'file' : path },
    }));
    await this.#parts.launcher.applyLayer(Readable.from(files.tree.archive(members)), directory, []);
    this.#bind(isFile ? join(directory, 'file') : directory, destination, mount.readonly);
  }

  async #overlay(layers: readonly StoredLayer[], destination: string, readonly: boolean, index: number): Promise<void> {
    const lower = this.#parts.diffs(layers);
    const directory = await this.#directory(`mount-${index}`);
    if (lower.length === 0) {
      this.#bind(directory, destination, readonly);
      return;
    }
    if (!readonly || this.#workspace.work === '') {
      await this.#parts.launcher.storage.flatten(lower, directory);
      this.#bind(directory, destination, readonly);
      return;
    }
    // A single directory is no overlay for the kernel: an empty one is put above it.
    const stack = lower.length === 1 ? [directory, ...lower] : lower;
    const options = ['ro', `lowerdir=${stack.join(':')}`];
    this.#mounts.push({ oci: { destination, type: 'overlay', source: 'overlay', options } });
  }

  async #cache({ mount, destination }: PlannedMount, layers: readonly StoredLayer[] | null): Promise<void> {
    const held = await this.#parts.cacheMounts.hold(mount, cacheMountId(mount, destination), (path) =>
      this.#fillCache(path, { mount, layers }),
    );
    this.#releases.push(() => {
      held.release();
    });
    this.#bind(held.path, destination, mount.readonly);
  }

  async #fillCache(
    path: string,
    { mount, layers }: { mount: PlannedMount['mount']; layers: readonly StoredLayer[] | null },
  ): Promise<void> {
    const { launcher } = this.#parts;
    if (layers !== null) {
      const lower = this.#parts.diffs(layers);
      const files = await readStageFiles(this.#parts, lower, posix.resolve('/', mount.source), this.#sources.signal);
      try {
        const [selection] = select(files.tree, files.source, new Patterns([]));
        const members = (selection?.members ?? []).map(({ entry, path: name }) => ({
          entry,
          member: { ...entry, name },
        }));
        await launcher.applyLayer(Readable.from(files.tree.archive(members)), path, []);
      } finally {
        await files.tree.dispose();
      }
    }
    const { mode, uid, gid } = mount;
    // A directory of a stage keeps what it has.
    if (layers !== null && posix.resolve('/', mount.source) !== '/') return;
    if (mode === null && uid === 0 && gid === 0) return;
    const top = { ...file('./', mode ?? 0o755, uid, gid, 0), type: 'directory' as const };
    await this.#unpack(path, [[top, Buffer.alloc(0)]]);
  }

  async #secret({ mount, destination }: PlannedMount, index: number): Promise<void> {
    const value = await this.#sources.secrets.get(mount.id);
    if (value === undefined) {
      if (mount.required) throw new EngineError('invalid', `secret ${mount.id}: not found`);
      if (mount.env !== '') this.#environment.push(`${mount.env}=`);
      return;
    }
    if (mount.env !== '') this.#environment.push(`${mount.env}=${value.toString()}`);
    if (destination === '') return;
    // In the exec root, which is in memory on an ordinary system, and never in what may become a layer.
    const root = join(this.#parts.execRoot, 'secrets');
    await mkdir(root, { recursive: true, mode: 0o700 });
    const directory = join(root, `${this.#workspace.id.slice(0, 32)}-${index}`);
    this.#releases.push(() => this.#parts.launcher.removeTree(directory));
    await this.#parts.launcher.makeDirectory(directory, 0o755);
    const { mode, uid, gid } = mount;
    await this.#unpack(directory, [[file('secret', mode ?? SECRET_MODE, uid, gid, value.length), value]]);
    this.#bind(join(directory, 'secret'), destination, false);
  }

  async #ssh({ mount, destination }: PlannedMount): Promise<void> {
    const id = mount.id === '' ? 'default' : mount.id;
    const target = destination === '' ? `/run/buildkit/ssh_agent.${this.#agents}` : destination;
    // Whether there is an agent or not.
    if (this.#agents === 0) this.#environment.push(`SSH_AUTH_SOCK=${target}`);
    this.#agents += 1;
    const agent = await this.#sources.agents.open(id, { uid: mount.uid, gid: mount.gid, mode: mount.mode ?? SSH_MODE });
    if (agent === null) {
      if (mount.required)
        throw new EngineError('invalid', `no SSH key ${JSON.stringify(id)} forwarded from the client`);
      return;
    }
    this.#releases.push(() => agent.release());
    this.#bind(agent.path, target, false);
  }
}

function file(name: string, mode: number, uid: number, gid: number, size: number): TarMember {
  const nothing = { modified: 0n, link: '', major: 0, minor: 0, attributes: new Map<string, Buffer>() };
  return { ...nothing, name, type: 'file', mode, uid, gid, size };
}

function depth(path: string): number {
  return path.split('/').length;
}
