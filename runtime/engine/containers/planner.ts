import { chmod, copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type {
  CgroupStep,
  LaunchPlan,
  MountStep,
  NamespaceSource,
  ProcessIdentity,
  RuntimeStep,
} from '../launcher/types.ts';
import type { StorageLauncher } from '../launcher/storage.ts';
import type { AppArmor } from '../system/apparmor.ts';
import type { CgroupHost } from '../system/cgroups.ts';
import type { HostFacts } from '../system/host.ts';
import type { OciRuntimes } from '../system/runtimes.ts';
import { monitorSocketPath, type EnginePaths } from '../system/paths.ts';
import { withAddresses, type VolumeSource } from '../volumes/options.ts';
import type { VolumeStore } from '../volumes/volume-store.ts';
import { containerPaths, rootDirectories, writeContainerFiles } from './container-files.ts';
import { assertNoHooks } from './device-requests.ts';
import type { ContainerHandle } from './handle.ts';
import type { DecidedSources, Isolation } from './isolation.ts';
import { mountsOf } from './mount-points.ts';
import { cgroupsPath, planCgroups, planCgroupUpdate, withinBounds } from './cgroup-plan.ts';
import { logDriver, logRotation } from './log-config.ts';
import { networkMode, type AttachedNetworks } from './networking.ts';
import type { OciNamespace, OciSpec } from './oci-spec.ts';
import { placeMount, type PlacedMount } from './placed-mounts.ts';
import { compilePlan, mountStep } from './plan.ts';
import type { ContainerRegistry } from './registry.ts';
import { relabelling } from './relabelling.ts';
import { ociResources } from './resources.ts';
import { restrictionsOf } from '../system/mount-options.ts';
import type { SelinuxLabels } from './selinux-labels.ts';
import { runtimeConfig } from './runtime-config.ts';
import { buildSpec, seccompPolicy, type SpecInput } from './spec.ts';
import type { ContainerRecord } from './types.ts';
import type { UserMount } from './user-mount.ts';

/** What the planner needs to know of images: the layers under a container. */
export interface LayerSource {
  /** Diff directories of an image, topmost first. Throws `not-found`. */
  layerPaths(imageId: string): readonly string[];
  /** Those of the root of a container of it. Throws `not-found`. */
  rootPaths(imageId: string): readonly string[];
}

export interface PlannerParts {
  readonly paths: EnginePaths;
  readonly layers: LayerSource;
  readonly registry: ContainerRegistry;
  readonly volumes: VolumeStore;
  readonly cgroups: CgroupHost;
  readonly host: HostFacts;
  readonly rootless: boolean;
  /** Capabilities containers can have at most. */
  readonly capabilities: bigint;
  readonly runtimes: OciRuntimes;
  readonly isolation: Isolation;
  readonly apparmor: Pick<AppArmor, 'ensure'>;
  readonly labels: SelinuxLabels;
  readonly storage: Pick<StorageLauncher, 'relabel'>;
  /** The launcher's program, which is a container's init under another runtime. */
  readonly launcherBinary: string;
  /** Whether the host counts swap. */
  readonly hasSwap: boolean;
}

const HOOKS_REMEDY = 'which only another runtime runs: install runc, or name one with --runtime';

/** Compiles records to launch plans. The costly part is done when a container is created and kept on its handle. */
export class Planner {
  readonly #parts: PlannerParts;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
  }

  /** Compiles and keeps the plan. Throws `invalid` for what cannot be, `forbidden` for what may not be. */
  prepare(handle: ContainerHandle): void {
    const { record } = handle;
    handle.plan = this.#compile(record, 'create', { decided: this.#parts.isolation.decide(record) }).plan;
  }

  /** Throws `forbidden` when the container may not be started. */
  assertAllowed(record: ContainerRecord): void {
    this.#parts.isolation.decide(record);
  }

  /** What brings a running container's control groups to the limits of `record`. */
  cgroupUpdate(record: ContainerRecord): readonly CgroupStep[] {
    const resources = ociResources(record.hostConfig, []);
    return planCgroupUpdate(this.#parts.cgroups, record.id, resources, record.hostConfig.CgroupParent ?? '');
  }

  /** What brings a running container's share of the processors to what its record says, within the engine's own limits. */
  quotaUpdate({ id, hostConfig }: ContainerRecord): readonly CgroupStep[] {
    const { NanoCpus, CpuPeriod, CpuQuota, CgroupParent } = hostConfig;
    return planCgroups(
      this.#parts.cgroups,
      id,
      ociResources({ NanoCpus, CpuPeriod, CpuQuota }, []),
      CgroupParent ?? '',
    );
  }

  /** The complete plan of one start. */
  async launchPlan(handle: ContainerHandle, attached: AttachedNetworks): Promise<LaunchPlan> {
    this.#parts.labels.ensure(handle);
    const { record } = handle;
    const { isolation } = this.#parts;
    // Also of a container that was made before; what is decided on is what is mounted.
    const decided = isolation.decide(record);
    const program = this.#parts.runtimes.program(record.hostConfig.Runtime ?? '');
    // A namespace joined by process identity changes with each start of the other container.
    const isLinked = attached.linkVariables.length > 0;
    // What links bring, and what was decided on, is of this run.
    const isOfOneRun = isLinked || isolation.isStrict;
    const isFresh = handle.plan === null || this.#joins(record) || program !== null || isOfOneRun;
    const compiled = isFresh
      ? this.#compile(record, 'start', { decided, linkVariables: attached.linkVariables })
      : null;
    const prepared = compiled?.plan ?? handle.plan ?? this.#compile(record, 'start', { decided }).plan;
    handle.plan = isOfOneRun ? null : prepared;
    const paths = containerPaths(this.#parts.paths.dataRoot, record.id);
    await this.#parts.apparmor.ensure(prepared.process.apparmorProfile);
    await this.#prepareSources(mountsOf(record));
    if (mountsOf(record).some(({ type }) => type === 'image'))
      await mkdir(this.#emptyDirectory(record), { recursive: true });
    writeContainerFiles(paths, record, this.hostname(record), {
      sharesHostNetwork: attached.sharesHostNetwork,
      addresses: attached.endpoints
        .flatMap(({ address, address6 }) => [address, address6])
        .filter((address) => address !== ''),
      hostGateways: attached.hostGateways,
      embeddedResolver: attached.embeddedResolver,
      links: attached.links,
    });
    const ownInit = program === null ? '' : await this.#ownInit(record, prepared);
    await this.#relabel(record, prepared, ownInit);
    const mounts = prepared.mounts.some(needsAddress) ? await withLookedUp(prepared.mounts) : prepared.mounts;
    const plan = { ...prepared, mounts, network: { ...prepared.network, ...attached.steps } };
    if (program === null || compiled === null) return plan;
    return { ...plan, runtime: { program, config: this.#runtimeConfig(record, compiled.spec, plan, ownInit) } };
  }

  /** Where SELinux would not let the container to what is mounted into it. */
  async #relabel(record: ContainerRecord, plan: LaunchPlan, ownInit: string): Promise<void> {
    const { hosts, hostname, resolvConf } = containerPaths(this.#parts.paths.dataRoot, record.id);
    const { dataRoot, execRoot } = this.#parts.paths;
    const binds = relabelling({
      plan,
      mounts: mountsOf(record),
      files: [hosts, hostname, resolvConf, ...(ownInit === '' ? [] : [ownInit])],
      isCopy: record.root === 'copy',
      volumePath: (name) => this.#parts.volumes.path(name),
      own: [dataRoot, execRoot, homedir()],
    });
    if (binds.length > 0) await this.#parts.storage.relabel(binds);
  }

  /** A copy of the init with a label that lets the container run it, which the host's has not; '' where none is needed. */
  async #ownInit(record: ContainerRecord, { init, process }: LaunchPlan): Promise<string> {
    if (!init || process.selinuxLabel === '') return '';
    const path = join(containerPaths(this.#parts.paths.dataRoot, record.id).directory, 'init');
    await rm(path, { force: true });
    await copyFile(this.#parts.launcherBinary, path);
    await chmod(path, 0o555);
    return path;
  }

  /** The same specification for another runtime. */
  #runtimeConfig(record: ContainerRecord, spec: OciSpec, plan: LaunchPlan, ownInit: string): RuntimeStep['config'] {
    const { cgroups, hasSwap, launcherBinary, rootless } = this.#parts;
    const parent = record.hostConfig.CgroupParent ?? '';
    const resources = withinBounds(cgroups, spec.linux.resources, parent);
    return runtimeConfig(
      { ...spec, linux: { ...spec.linux, resources } },
      {
        plan,
        cgroupsPath: cgroupsPath(cgroups, record.id, parent),
        swap: hasSwap,
        seccomp: seccompPolicy(this.specInput(record, 'start'), record.hostConfig.Privileged === true),
        initBinary: ownInit === '' ? launcherBinary : ownInit,
        rootless,
        restrictionsOf,
      },
    );
  }

  #placed(record: ContainerRecord, decided: DecidedSources): PlacedMount[] {
    const layers = (imageId: string): readonly string[] => {
      const paths = this.#parts.layers.layerPaths(imageId);
      // A bind has no label of its own, and of one layer there is no overlay.
      const isLabelled = this.#parts.labels.of(record).mount !== '';
      return isLabelled && paths.length === 1 ? [this.#emptyDirectory(record), ...paths] : paths;
    };
    return mountsOf(record).map((mount) => {
      const place = decided?.get(mount.destination);
      const volume = (name: string): VolumeSource =>
        place === undefined ? this.#parts.volumes.source(name) : { kind: 'directory', path: place };
      if (place === undefined) return placeMount(mount, { volume, layers });
      const source = mount.type === 'bind' ? place : mount.source;
      return { ...placeMount({ ...mount, source }, { volume, layers }), withoutLinks: true };
    });
  }

  #emptyDirectory({ id }: ContainerRecord): string {
    return join(containerPaths(this.#parts.paths.dataRoot, id).directory, 'empty');
  }

  /** The steps of a container's own mounts, without those of the system. Throws `forbidden`. */
  mountSteps(record: ContainerRecord): MountStep[] {
    return this.#placed(record, this.#parts.isolation.decide(record)).map(placedStep);
  }

  /** The control groups of a container, which an exec joins. */
  cgroups(handle: ContainerHandle): readonly CgroupStep[] {
    if (this.#parts.isolation.isStrict) return this.#compile(handle.record, 'create').plan.cgroups;
    handle.plan ??= this.#compile(handle.record, 'create').plan;
    return handle.plan.cgroups;
  }

  /** What is needed to build an exec's process in the same way as the container's first one. */
  specInput(record: ContainerRecord, purpose: 'create' | 'start', decided: DecidedSources = null): SpecInput {
    const paths = containerPaths(this.#parts.paths.dataRoot, record.id);
    const shared = containerPaths(this.#parts.paths.dataRoot, this.#networkOwner(record).id);
    return {
      config: record.config,
      hostConfig: this.#parts.isolation.hostConfig(record.hostConfig),
      args: record.args,
      hostname: this.hostname(record),
      mounts: this.#placed(record, decided),
      files: { hosts: shared.hosts, hostname: paths.hostname, resolvConf: shared.resolvConf },
      namespacePaths: this.#namespacePaths(record, purpose),
      labels: this.#parts.labels.of(record),
      host: {
        kernel: this.#parts.host.kernel,
        rootless: this.#parts.rootless,
        capabilities: this.#parts.capabilities,
        cdiDirectories: this.#parts.host.cdiDirectories,
        apparmor: this.#parts.host.apparmor,
      },
    };
  }

  /**
   * The container whose network it has: with the network go the host name, the names of the neighbours and how they are
   * asked.
   */
  #networkOwner(record: ContainerRecord): ContainerRecord {
    const mode = networkMode(record);
    return mode.startsWith('container:') ? this.#parts.registry.find(mode.slice('container:'.length)).record : record;
  }

  /** The host name that a container's processes see. */
  hostname(record: ContainerRecord): string {
    const isSharing = record.hostConfig.UTSMode !== 'host';
    return hostnameOf(isSharing ? this.#networkOwner(record) : record, this.#parts.host.hostname);
  }

  #compile(
    record: ContainerRecord,
    purpose: 'create' | 'start',
    {
      decided = null,
      linkVariables = [],
    }: { readonly decided?: DecidedSources; readonly linkVariables?: readonly string[] } = {},
  ): { spec: OciSpec; plan: LaunchPlan } {
    const input = { ...this.specInput(record, purpose, decided), linkVariables };
    const spec = buildSpec(input);
    if (this.#parts.runtimes.program(record.hostConfig.Runtime ?? '') === null) assertNoHooks(spec, HOOKS_REMEDY);
    const paths = containerPaths(this.#parts.paths.dataRoot, record.id);
    const autoRemove = record.hostConfig.AutoRemove === true;
    const plan = compilePlan(spec, {
      id: record.id,
      stateDirectory: paths.directory,
      socketPath: monitorSocketPath(this.#parts.paths.execRoot, record.id),
      logPath: logDriver(record.hostConfig) === 'none' ? null : paths.log,
      logRotation: logRotation(record.hostConfig),
      durableExit: !autoRemove,
      init: record.hostConfig.Init === true,
      openStdin: record.config.OpenStdin === true,
      stdinOnce: record.config.StdinOnce === true,
      root: {
        lower: this.#parts.layers.rootPaths(record.imageId),
        ...rootDirectories(this.#parts.paths.dataRoot, record),
        volatile: autoRemove,
      },
      namespaces: this.#joinedNamespaces(record, purpose),
      cgroups: planCgroups(this.#parts.cgroups, record.id, spec.linux.resources, record.hostConfig.CgroupParent ?? ''),
      network: { endpoints: [], ports: [], resolver: '' },
    });
    const below = new Map(input.mounts.map((placed) => [placed.oci.destination, placed]));
    const mounts = plan.mounts.map((step) => {
      const placed = below.get(step.destination);
      return placed?.below === undefined && placed?.withoutLinks !== true ? step : placedStep(placed);
    });
    return { spec, plan: { ...plan, mounts } };
  }

  #namespacePaths(record: ContainerRecord, purpose: 'create' | 'start'): SpecInput['namespacePaths'] {
    const result: Partial<Record<OciNamespace, string | null>> = {};
    for (const [type, mode] of namespaceModes(record)) {
      if (mode === 'host') result[type] = null;
      const other = this.#otherContainer(type, mode, purpose);
      if (other !== null) result[type] = `/proc/${other.pid}/ns/${type === 'network' ? 'net' : type}`;
    }
    return result;
  }

  #joinedNamespaces(
    record: ContainerRecord,
    purpose: 'create' | 'start',
  ): Partial<Record<OciNamespace, NamespaceSource>> {
    const result: Partial<Record<OciNamespace, NamespaceSource>> = {};
    for (const [type, mode] of namespaceModes(record)) {
      if (type === 'ipc') this.#assertShareable(mode);
      const other = this.#otherContainer(type, mode, purpose);
      if (other !== null) result[type] = other;
    }
    return result;
  }

  /** Docker lets only those be joined that were made to be. Throws `invalid`. */
  #assertShareable(mode: string): void {
    if (!mode.startsWith('container:')) return;
    const { record } = this.#parts.registry.find(mode.slice('container:'.length));
    const donor = record.hostConfig.IpcMode ?? '';
    if (donor === 'shareable' || donor === 'host') return;
    throw new EngineError(
      'invalid',
      `can't join IPC of container ${record.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    );
  }

  /** Throws `conflict` when a container whose namespaces are joined does not run any more. */
  assertJoinable(record: ContainerRecord): void {
    this.#joinedNamespaces(record, 'start');
  }

  #joins(record: ContainerRecord): boolean {
    return namespaceModes(record).some(([, mode]) => mode.startsWith('container:'));
  }

  /** The process whose namespace `container:<name>` means. At create the other container need only exist. */
  #otherContainer(type: OciNamespace, mode: string, purpose: 'create' | 'start'): ProcessIdentity | null {
    if (!mode.startsWith('container:')) return null;
    const other = this.#parts.registry.find(mode.slice('container:'.length));
    if (other.supervised !== null) return other.supervised.process;
    if (purpose === 'create') return { pid: 0, startTime: 0n };
    const what =
      type === 'network'
        ? `cannot join network of a non running container: ${other.id}`
        : `failed to join ${type.toUpperCase()} namespace: container ${other.id} is not running`;
    throw new EngineError('conflict', what);
  }

  async #prepareSources(mounts: readonly UserMount[]): Promise<void> {
    for (const mount of mounts) {
      if (mount.type === 'volume') this.#parts.volumes.get(mount.source);
      if (mount.type !== 'bind') continue;
      if (mount.createSource) await mkdir(mount.source, { recursive: true }).catch(ignoreExisting);
      else await assertExists(mount.source);
    }
  }
}

/** A mount as the launcher makes it. */
function placedStep({ oci, below, withoutLinks = false }: PlacedMount): MountStep {
  const step = withoutLinks ? { ...mountStep(oci), sourceWithoutLinks: true } : mountStep(oci);
  if (below === undefined) return step;
  if (step.type !== 'bind') return { ...step, part: below.subpath };
  return { ...step, source: below.root, data: below.subpath };
}

function needsAddress(step: MountStep): boolean {
  return step.type !== 'bind' && step.data.includes('addr=');
}

/** The steps with the addresses of the servers that they name. Throws `invalid`. */
export function withLookedUp(steps: readonly MountStep[]): Promise<MountStep[]> {
  return Promise.all(
    steps.map(async (step) => (needsAddress(step) ? { ...step, data: await withAddresses(step.data) } : step)),
  );
}

/** `-v` makes a missing source; one that is a file is fine as it is. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') {
    throw new EngineError('invalid', `error while creating mount source path: ${error.message}`, { cause: error });
  }
}

async function assertExists(path: string): Promise<void> {
  await stat(path).catch((error: unknown) => {
    throw new EngineError('invalid', `invalid mount config for type "bind": bind source path does not exist: ${path}`, {
      cause: error,
    });
  });
}

/** Namespace modes a person can choose, by namespace. */
function namespaceModes(record: ContainerRecord): [OciNamespace, string][] {
  const { hostConfig } = record;
  return [
    ['network', networkMode(record)],
    ['pid', hostConfig.PidMode ?? ''],
    ['ipc', hostConfig.IpcMode ?? ''],
    ['uts', hostConfig.UTSMode ?? ''],
    ['cgroup', hostConfig.CgroupnsMode ?? ''],
  ];
}

/** The container's host name: as asked, the host's own with its network, else the short id. */
export function hostnameOf(record: ContainerRecord, hostName: string): string {
  const asked = record.config.Hostname ?? '';
  if (asked !== '') return asked;
  return networkMode(record) === 'host' || record.hostConfig.UTSMode === 'host' ? hostName : record.id.slice(0, 12);
}
