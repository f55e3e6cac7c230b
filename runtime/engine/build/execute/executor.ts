import { posix } from 'node:path';
import type { ImageContent, StoredLayer } from '../../images/content.ts';
import type { Launcher } from '../../launcher/interface.ts';
import type { Lease } from '../../store/leases.ts';
import { crashPoint } from '../../system/crash-points.ts';
import { fetchedRepository, type FetchedSource } from '../attest/fetched-source.ts';
import type { CopyOperation } from '../plan/copy-operation.ts';
import { timeText, type BuildOptions } from '../plan/options.ts';
import { isGitSource, parseGitSource, withFlags } from '../plan/git-source.ts';
import type { PlannedMount, RunOperation } from '../plan/run-operation.ts';
import { inputsOf, isOfContext, type Operation, type Place, type Vertex } from '../plan/vertex.ts';
import type { ContentKey, Executor } from '../solve/solver.ts';
import { keyOf } from '../solve/keys.ts';
import { FileTree } from '../tree/file-tree.ts';
import { Patterns } from '../../../common/path-patterns.ts';
import { select, selectionDigest, selectWithParents, type Selection } from '../tree/select.ts';
import { makeWorkdir, performCopy } from './copy.ts';
import { fetchGit } from './git.ts';
import { findPlace } from './places.ts';
import { fetchFile } from './remote.ts';
import { checkRunnable } from './runnable.ts';
import { deviceRequests } from './run-devices.ts';
import { runCommand, type RunParts } from './run.ts';
import { prepareRunMounts, type RunMountParts } from './run-mounts.ts';
import { readStageFiles, spoolPath, type StageFiles } from './stage-files.ts';
import { Workspace } from './workspace.ts';
import type { Room } from '../../system/disk-limit.ts';

export interface ExecutorParts extends RunParts, RunMountParts {
  readonly launcher: Launcher;
  readonly content: ImageContent;
  readonly room: Room;
}

/** What one build brings along. */
export interface BuildInputs {
  readonly options: BuildOptions;
  /** The files of one of the contexts; '' is the build's own. */
  readonly context: (name: string) => Promise<FileTree>;
  /** Seconds since the epoch that all times are held to; null for none. */
  readonly epoch: number | null;
  readonly isOci: boolean;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/** Runs the operations of one build. */
export class BuildExecutor implements Executor {
  readonly #parts: ExecutorParts;
  readonly #inputs: BuildInputs;
  /** What was read for a key is used again when the operation is carried out. */
  readonly #selected = new Map<Operation, Promise<readonly Selection[]>>();
  readonly #mounted = new Map<PlannedMount, Promise<StageFiles>>();
  readonly #trees: FileTree[] = [];
  /** What ADD fetched. */
  readonly fetched: FetchedSource[] = [];

  constructor(parts: ExecutorParts, inputs: BuildInputs) {
    this.#parts = parts;
    this.#inputs = inputs;
  }

  layersOf({ image }: Extract<Vertex, { kind: 'base' }>): readonly StoredLayer[] {
    return image === null ? [] : this.#parts.content.layersOf(image);
  }

  hold(layers: readonly StoredLayer[]): void {
    this.#parts.content.hold(this.#inputs.lease, layers);
  }

  now(): string {
    const { epoch } = this.#inputs;
    return timeText(epoch === null ? Date.now() : epoch * 1000);
  }

  stack(layers: readonly StoredLayer[]): Promise<void> {
    return this.#parts.content.assemble(layers, this.#inputs.lease, this.#inputs.signal);
  }

  /** Lets go of files that were read. */
  async dispose(): Promise<void> {
    for (const tree of this.#trees.splice(0)) await tree.dispose();
  }

  async contentKey(
    operation: Operation,
    _place: Place,
    inputs: () => Promise<readonly (readonly StoredLayer[])[]>,
  ): Promise<ContentKey | null> {
    const { epoch } = this.#inputs;
    const time = epoch === null ? [] : [`epoch ${epoch}`];
    if (operation.kind === 'copy') {
      const key = keyOf('copy', selectionDigest(await this.#select(operation, inputs)), ...time);
      return { key, covers: inputsOf(operation) };
    }
    if (operation.kind !== 'run') return time.length === 0 ? null : { key: keyOf(...time), covers: [] };
    // What is mounted counts by its content, whole stages by what they are.
    const bound = operation.mounts.filter((one) => isOfContext(one) || isPartOfStage(one));
    if (bound.length === 0) return null;
    const digests: string[] = [];
    for (const mount of bound) {
      const { tree, source } = isOfContext(mount)
        ? await this.#contextFiles(mount)
        : await this.#stageFiles(operation, mount, inputs);
      digests.push(selectionDigest(select(tree, source, NO_PATTERNS)));
    }
    const whole = new Set(operation.mounts.flatMap((one) => (isPartOfStage(one) ? [] : (one.from ?? []))));
    const covers = inputsOf(operation).filter((one) => !whole.has(one));
    return { key: keyOf('run', ...digests, ...time), covers };
  }

  async #contextFiles({ mount }: PlannedMount): Promise<StageFiles> {
    const source = (mount.source === '' ? '/' : mount.source).replaceAll(/[\\*?[]/g, String.raw`\$&`);
    return { tree: await this.#inputs.context(''), source };
  }

  /** The files that a mount shows of a stage, read once. */
  #stageFiles(
    operation: RunOperation,
    mount: PlannedMount,
    inputs: () => Promise<readonly (readonly StoredLayer[])[]>,
  ): Promise<StageFiles> {
    const known = this.#mounted.get(mount);
    if (known !== undefined) return known;
    const read = async (): Promise<StageFiles> => {
      const index = operation.mounts.filter(({ from }) => from !== null).indexOf(mount);
      const lower = this.#parts.content.diffs((await inputs())[index] ?? []);
      const { signal } = this.#inputs;
      const files = await readStageFiles(this.#parts, lower, posix.resolve('/', mount.mount.source), signal);
      this.#trees.push(files.tree);
      return files;
    };
    const files = read();
    files.catch(() => undefined);
    this.#mounted.set(mount, files);
    return files;
  }

  #select(
    operation: CopyOperation,
    inputs: () => Promise<readonly (readonly StoredLayer[])[]>,
  ): Promise<readonly Selection[]> {
    const known = this.#selected.get(operation);
    if (known !== undefined) return known;
    const selected = this.#findSelections(operation, inputs);
    this.#selected.set(operation, selected);
    return selected;
  }

  async #findSelections(
    operation: CopyOperation,
    inputs: () => Promise<readonly (readonly StoredLayer[])[]>,
  ): Promise<readonly Selection[]> {
    const exclude = new Patterns(operation.exclude);
    const find = operation.parents ? selectWithParents : select;
    const selections: Selection[] = [];
    if (operation.from === null) {
      const context = operation.sources.length === 0 ? null : await this.#inputs.context(operation.context);
      for (const source of operation.sources) if (context !== null) selections.push(...find(context, source, exclude));
    } else {
      const [layers = []] = await inputs();
      const lower = this.#parts.content.diffs(layers);
      for (const source of operation.sources) {
        const read = operation.parents ? parentsRoot(source) : source;
        const files = await readStageFiles(this.#parts, lower, read, this.#inputs.signal);
        this.#trees.push(files.tree);
        selections.push(...find(files.tree, operation.parents ? source : files.source, exclude));
      }
    }
    for (const remote of operation.remotes) selections.push(await this.#fetch(operation, remote));
    if (operation.inline.length > 0) selections.push(...(await this.#inlineFiles(operation)));
    return selections;
  }

  async #fetch(operation: CopyOperation, remote: string): Promise<Selection> {
    const { signal, options } = this.#inputs;
    const spool = spoolPath(this.#parts.dataRoot);
    if (!isGitSource(remote)) {
      const { host } = new URL(remote);
      const token = (await options.secrets.get(`HTTP_AUTH_TOKEN_${host}`))?.toString().trim();
      const header = (await options.secrets.get(`HTTP_AUTH_HEADER_${host}`))?.toString().trim();
      const authorization = header ?? (token === undefined ? undefined : `Bearer ${token}`);
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      const file = await fetchFile(remote, operation.checksum, spool, headers, this.#parts.proxies(), signal);
      this.#trees.push(file.tree);
      this.fetched.push({ uri: remote, digest: { sha256: file.members[0]?.entry.content ?? '' } });
      return file;
    }
    const { checksum, exclude } = operation;
    const address = parseGitSource(remote);
    const keepGitDir = address.keepGitDir ?? operation.keepGitDir;
    const { tree, commit } = await fetchGit(this.#parts, withFlags(address, { checksum, keepGitDir }), options, signal);
    this.#trees.push(tree);
    this.fetched.push(fetchedRepository(address, commit));
    const [selection] = select(tree, '/', new Patterns(exclude));
    if (selection === undefined) throw new Error('a repository has no root');
    return keepGitDir ? { ...selection, commit } : selection;
  }

  async #inlineFiles({ inline }: CopyOperation): Promise<Selection[]> {
    const files = inline.map(({ name, content }) => ({
      path: name.replace(/^\/+/, ''),
      content: Buffer.from(content),
      mode: 0o644,
      modified: BigInt(Date.now()) * 1_000_000n,
    }));
    const tree = await FileTree.of(files);
    return files.flatMap(({ path }) => {
      const entry = tree.get(path);
      const name = path.split('/').at(-1) ?? path;
      return entry === undefined ? [] : [{ tree, kind: 'file' as const, name, members: [{ entry, path: '' }] }];
    });
  }

  async execute(
    operation: Operation,
    _place: Place,
    below: readonly StoredLayer[],
    inputs: readonly (readonly StoredLayer[])[],
    onOutput: (stream: 1 | 2, bytes: Buffer) => void,
    signal: AbortSignal,
  ): Promise<StoredLayer | null> {
    await this.#parts.room.assertRoom();
    const workspace = await Workspace.make(this.#parts, this.#parts.content.diffs(below));
    try {
      const stubs = await this.#change(workspace, operation, inputs, onOutput, signal);
      crashPoint('build-ran');
      if (stubs === null) return null;
      const { epoch, isOci, lease } = this.#inputs;
      const latest = epoch === null ? null : BigInt(epoch) * 1_000_000_000n;
      const layer = await workspace.layer({ stubs, latest }, (added) =>
        this.#parts.content.addLayer(added, below, isOci, lease, signal),
      );
      crashPoint('build-layered');
      return layer;
    } finally {
      await workspace.dispose();
    }
  }

  /** Carries the operation out. Returns the places of mounts, which are no change; null when nothing was done. */
  async #change(
    workspace: Workspace,
    operation: Operation,
    inputs: readonly (readonly StoredLayer[])[],
    onOutput: (stream: 1 | 2, bytes: Buffer) => void,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string> | null> {
    const { storage } = this.#parts.launcher;
    switch (operation.kind) {
      case 'workdir':
        return (await makeWorkdir(storage, workspace.view, operation)) ? NONE : null;
      case 'copy': {
        const selections = await this.#select(operation, () => Promise.resolve(inputs));
        const parts = { storage, spoolPath: () => spoolPath(this.#parts.dataRoot) };
        await performCopy(parts, workspace.view, operation, selections, signal);
        return selections.length === 0 ? null : NONE;
      }
      case 'run':
        return this.#run(workspace, operation, inputs, onOutput, signal);
    }
  }

  async #run(
    workspace: Workspace,
    operation: RunOperation,
    inputs: readonly (readonly StoredLayer[])[],
    onOutput: (stream: 1 | 2, bytes: Buffer) => void,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const { options, context } = this.#inputs;
    checkRunnable(operation.platform);
    let next = 0;
    const layers = operation.mounts.map(({ from }) => (from === null ? null : (inputs[next++] ?? null)));
    const { secrets, agents } = options;
    const files = (mount: PlannedMount): Promise<StageFiles> =>
      this.#stageFiles(operation, mount, () => Promise.resolve(inputs));
    const sources = { context: () => context(''), files, secrets, agents, layers, signal };
    const prepared = await prepareRunMounts(this.#parts, workspace, operation, sources);
    try {
      const stubs = new Set<string>();
      for (const { oci } of prepared.mounts) {
        const found = await findPlace(this.#parts.launcher.storage, workspace.view, oci.destination);
        let path = found.real === '/' ? '' : found.real.slice(1);
        for (const part of found.missing) {
          path = path === '' ? part : `${path}/${part}`;
          stubs.add(path);
        }
      }
      const hostConfig = {
        ...options.hostConfig,
        ...deviceRequests(operation.devices, options.entitlements, this.#parts.host.cdiDirectories),
      };
      await runCommand(this.#parts, workspace, operation, prepared, hostConfig, onOutput, signal);
      return stubs;
    } finally {
      await prepared.release();
    }
  }
}

const NONE: ReadonlySet<string> = new Set();
const NO_PATTERNS = new Patterns([]);

/** Whether a mount shows a directory or file of a stage, not all of it. */
function isPartOfStage({ mount, from }: PlannedMount): boolean {
  return mount.type === 'bind' && from !== null && posix.resolve('/', mount.source) !== '/';
}

/** The directory below which `--parents` looks. */
function parentsRoot(source: string): string {
  const pivot = source.indexOf('/./');
  return pivot < 0 ? '/' : source.slice(0, pivot);
}
