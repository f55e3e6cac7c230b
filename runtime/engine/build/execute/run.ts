import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { nowNanoseconds, rfc3339 } from '../../../common/time.ts';
import { cgroupPaths, planCgroups } from '../../containers/cgroup-plan.ts';
import type { ContainerConfig, HostConfig } from '../../containers/config.ts';
import { containerPaths, writeContainerFiles } from '../../containers/container-files.ts';
import { assertNoHooks } from '../../containers/device-requests.ts';
import type { Isolation } from '../../containers/isolation.ts';
import { networkMode, type ContainerNetworking } from '../../containers/networking.ts';
import { compilePlan } from '../../containers/plan.ts';
import type { ContainerRegistry } from '../../containers/registry.ts';
import { stepRelabelling } from '../../containers/relabelling.ts';
import type { SelinuxLabels } from '../../containers/selinux-labels.ts';
import { buildSpec } from '../../containers/spec.ts';
import { INITIAL_STATE, type ContainerRecord } from '../../containers/types.ts';
import { EngineError } from '../../errors.ts';
import type { Launcher, Supervised } from '../../launcher/interface.ts';
import { LaunchError, type ExitRecord, type ProcessIdentity } from '../../launcher/types.ts';
import type { AppArmor } from '../../system/apparmor.ts';
import type { CgroupHost } from '../../system/cgroups.ts';
import type { HostFacts } from '../../system/host.ts';
import { monitorSocketPath, type EnginePaths } from '../../system/paths.ts';
import { crashPoint } from '../../system/crash-points.ts';
import type { RunOperation } from '../plan/run-operation.ts';
import { ExplainedError } from '../explained-error.ts';
import type { PreparedMounts } from './run-mounts.ts';
import type { Workspace } from './workspace.ts';

export interface RunParts {
  readonly paths: EnginePaths;
  readonly launcher: Launcher;
  readonly networking: ContainerNetworking;
  readonly registry: Pick<ContainerRegistry, 'find'>;
  readonly cgroups: CgroupHost;
  readonly host: HostFacts;
  readonly capabilities: bigint;
  readonly isolation: Pick<Isolation, 'assertAllowed' | 'hostConfig'>;
  readonly apparmor: Pick<AppArmor, 'ensure'>;
  readonly labels: Pick<SelinuxLabels, 'hold' | 'of'>;
}

/** Told of a step's output as it comes; `stream` 1 is stdout, 2 stderr. */
export type OnOutput = (stream: 1 | 2, bytes: Buffer) => void;

/** As BuildKit names its containers: a name that differs each time would end up in files. */
const HOSTNAME = 'buildkitsandbox';
const SIGKILL = 9;

/** The command of a RUN ended with another code than 0. */
export class RunFailure extends ExplainedError {
  readonly exitCode: number;

  constructor(args: readonly string[], { exitCode, oomKilled }: ExitRecord) {
    const why = oomKilled ? ' (out of memory)' : '';
    const command = args.join(' ');
    super(
      'internal',
      `The command '${command}' returned a non-zero code: ${exitCode}${why}`,
      `process ${JSON.stringify(command)} did not complete successfully: exit code: ${exitCode}${why}`,
    );
    this.exitCode = exitCode;
  }
}

/** Runs the command of a RUN in a container of its own. Throws RunFailure; when `signal` ends it, `context canceled`. */
export async function runCommand(
  parts: RunParts,
  workspace: Workspace,
  operation: RunOperation,
  prepared: PreparedMounts,
  hostConfig: HostConfig,
  onOutput: OnOutput,
  signal: AbortSignal,
): Promise<void> {
  const { networking, launcher } = parts;
  const asked = recordOf(workspace, operation, prepared, hostConfig);
  parts.isolation.assertAllowed(asked.hostConfig);
  const held = parts.labels.hold(asked.hostConfig);
  const record: ContainerRecord = {
    ...asked,
    hostConfig: parts.isolation.hostConfig(asked.hostConfig),
    ...(held.labels === undefined ? {} : { labels: held.labels }),
  };
  try {
    // Also for a network of a person's own making.
    networking.remember(
      record,
      networking.plan({ config: record.config, hostConfig: record.hostConfig, endpoints: {} }),
    );
    const supervised = await launch(parts, workspace, record, prepared);
    const kill = (): void => {
      supervised.kill(SIGKILL).catch(() => undefined); // It has ended by itself.
    };
    try {
      // Connected before the first byte.
      const output = await supervised.attach({ stdin: false, stdout: true, stderr: true });
      signal.throwIfAborted();
      const read = readOutput(output, onOutput);
      read.catch(() => undefined);
      await supervised.start().catch((error: unknown) => {
        throw notStarted(operation.args, error);
      });
      signal.addEventListener('abort', kill, { once: true });
      if (signal.aborted) kill();
      crashPoint('build-started');
      const exit = await supervised.exited;
      await read;
      if (exit.lost === true)
        await launcher.removeCgroups(cgroupPaths(parts.cgroups, workspace.id, parentOf(hostConfig)));
      signal.throwIfAborted();
      if (exit.exitCode !== 0) throw new RunFailure(operation.args, exit);
    } finally {
      signal.removeEventListener('abort', kill);
      supervised.release();
    }
  } finally {
    networking.detach(record);
    networking.forget(record.id);
    held.release();
  }
}

function parentOf(hostConfig: HostConfig): string {
  return hostConfig.CgroupParent ?? '';
}

function recordOf(
  { id }: Workspace,
  operation: RunOperation,
  prepared: PreparedMounts,
  options: HostConfig,
): ContainerRecord {
  const given = [...operation.environment, ...operation.quietEnvironment, ...prepared.environment];
  // The last one of a name counts.
  const environment = [...new Map(given.map((entry) => [entry.split('=', 1)[0], entry])).values()];
  const config: ContainerConfig = {
    Env: environment,
    User: operation.user,
    WorkingDir: operation.directory,
    Hostname: operation.hostname === '' ? HOSTNAME : operation.hostname,
  };
  const hostConfig: HostConfig = {
    ...options,
    NetworkMode: operation.network,
    Privileged: operation.isPrivileged,
  };
  return {
    id,
    name: `build-${id.slice(0, 12)}`,
    created: rfc3339(nowNanoseconds()),
    imageId: '',
    imageName: '',
    config,
    hostConfig,
    args: operation.args,
    state: INITIAL_STATE,
    mounts: [],
    root: 'overlay',
  };
}

async function launch(
  parts: RunParts,
  workspace: Workspace,
  record: ContainerRecord,
  prepared: PreparedMounts,
): Promise<Supervised> {
  const { launcher, networking, cgroups, host, capabilities, paths } = parts;
  const { id, config, hostConfig } = record;
  const neighbour = neighbourOf(parts, record);
  const attached = await networking.attach(record);
  const files = {
    hosts: join(workspace.directory, 'hosts'),
    hostname: join(workspace.directory, 'hostname'),
    resolvConf: join(workspace.directory, 'resolv.conf'),
  };
  const hostname = networkMode(record) === 'host' ? host.hostname : (config.Hostname ?? HOSTNAME);
  const unused = { directory: '', upper: '', work: '', log: '' };
  writeContainerFiles({ ...unused, ...files }, record, hostname, {
    sharesHostNetwork: attached.sharesHostNetwork,
    addresses: attached.endpoints.flatMap(({ address, address6 }) => [address, address6]).filter((one) => one !== ''),
    hostGateways: attached.hostGateways,
    embeddedResolver: attached.embeddedResolver,
    links: [],
  });
  const spec = buildSpec({
    config,
    hostConfig,
    args: record.args,
    hostname,
    isStep: true,
    mounts: prepared.mounts,
    files: neighbour === null ? files : { ...neighbour.files, hostname: files.hostname },
    labels: parts.labels.of(record),
    namespacePaths: attached.sharesHostNetwork ? { network: null } : (neighbour?.namespacePaths ?? {}),
    host: {
      kernel: host.kernel,
      rootless: launcher.rootless,
      capabilities,
      cdiDirectories: host.cdiDirectories,
      apparmor: host.apparmor,
    },
  });
  assertNoHooks(spec, 'which no build runs');
  const plan = compilePlan(spec, {
    id,
    stateDirectory: workspace.directory,
    socketPath: monitorSocketPath(paths.execRoot, id),
    logPath: null,
    logRotation: { maximumSize: 0, maximumFiles: 1, compress: false },
    // Nothing of it is needed when the machine goes down.
    durableExit: false,
    init: false,
    openStdin: false,
    stdinOnce: false,
    root: { lower: workspace.lower, upper: workspace.upper, work: workspace.work, volatile: workspace.work !== '' },
    namespaces: neighbour === null ? {} : { network: neighbour.process },
    cgroups: planCgroups(cgroups, id, spec.linux.resources, parentOf(hostConfig)),
    network: { endpoints: [], ports: [], resolver: '' },
  });
  crashPoint('build-attached');
  await parts.apparmor.ensure(plan.process.apparmorProfile);
  const binds = stepRelabelling(plan, Object.values(files), prepared.mounts);
  if (binds.length > 0) await launcher.storage.relabel(binds);
  try {
    return await launcher.launch({ ...plan, network: { ...plan.network, ...attached.steps } });
  } catch (error) {
    throw notStarted(record.args, error);
  }
}

interface Neighbour {
  readonly process: ProcessIdentity;
  readonly namespacePaths: { readonly network: string };
  /** With the network go the names of its neighbours, and how they are asked. */
  readonly files: { readonly hosts: string; readonly resolvConf: string };
}

/** The container whose network `--network container:NAME` means; null for another network. Throws when it does not run. */
function neighbourOf({ registry, paths }: RunParts, record: ContainerRecord): Neighbour | null {
  const [, name] = /^container:(.+)$/.exec(networkMode(record)) ?? [];
  if (name === undefined) return null;
  const { id, supervised } = registry.find(name);
  if (supervised === null) throw new EngineError('conflict', `cannot join network of a non running container: ${id}`);
  const { hosts, resolvConf } = containerPaths(paths.dataRoot, id);
  const network = `/proc/${supervised.process.pid}/ns/net`;
  return { process: supervised.process, namespacePaths: { network }, files: { hosts, resolvConf } };
}

function notStarted([command = '']: readonly string[], error: unknown): unknown {
  if (!(error instanceof LaunchError) || error.kind === 'process-gone' || error.kind === 'internal') return error;
  return new EngineError('invalid', `failed to run ${JSON.stringify(command)}: ${error.message}`, { cause: error });
}

/** Takes Docker's multiplexed stream apart: stream type, three zero bytes, big-endian length, payload. */
async function readOutput(stream: Duplex, onOutput: OnOutput): Promise<void> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= FRAME_HEAD) {
      const length = held.readUInt32BE(4);
      if (held.length < FRAME_HEAD + length) break;
      onOutput(held[0] === 2 ? 2 : 1, held.subarray(FRAME_HEAD, FRAME_HEAD + length));
      held = held.subarray(FRAME_HEAD + length);
    }
  }
}

const FRAME_HEAD = 8;
