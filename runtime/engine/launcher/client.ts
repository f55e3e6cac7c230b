import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { projectRoot } from '../../common/project-root.ts';
import { ANSWER_PATIENCE, Connection, LAUNCH_PATIENCE, type Hello } from './connection.ts';
import type { Launcher, Supervised } from './interface.ts';
import { Slots } from '../store/slots.ts';
import type { LayerSink } from '../store/layer-messages.ts';
import { StorageClient } from './storage-client.ts';
import { readIdMaps } from './subids.ts';
import { SupervisedProcess } from './supervised.ts';
import {
  LaunchError,
  type AppliedLayer,
  type CgroupStep,
  type DefaultRoutes,
  type EndpointStep,
  type ExecPlan,
  type ExitRecord,
  type LaunchPlan,
  type ProcessIdentity,
} from './types.ts';
import {
  decodeCreated,
  decodeLayer,
  encodeApplyLayer,
  encodeCgroupUpdate,
  encodeConnectEndpoint,
  encodeExec,
  encodeLaunch,
  FrameReader,
  FrameWriter,
  request,
  type Frame,
} from './wire.ts';

/** Where runtime/bin/build-launcher.mjs puts the binary in a source tree. */
export const builtLauncher = join(projectRoot, 'build/launcher/berth-launcher');

export interface LauncherOptions {
  /** Directory of the zygote's socket; made with mode 0700. With `/zygote.sock` at most 107 bytes long. */
  readonly runDirectory: string;
  /** Path of the berth-launcher binary. */
  readonly binary?: string;
  /** Work in a user namespace. Default: when this process is not root. */
  readonly rootless?: boolean;
  /** A command that runs the zygote in a cgroup of its own (`systemd-run --scope`); done without when it fails. */
  readonly wrapper?: { readonly command: readonly string[]; readonly environment: Readonly<Record<string, string>> };
  /**
   * Called after a zygote that had gone was started again. Rootless, and with no container running, it has new
   * namespaces: what was made there (bridges, helpers) must be made anew. `pid` is the new one's.
   */
  readonly onRestart?: (pid: number) => Promise<void>;
}

function socketOf(runDirectory: string): string {
  return join(runDirectory, 'zygote.sock');
}

/** A user that no passwd entry names can still have ranges by number. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

async function rootlessArguments(options: LauncherOptions): Promise<string[]> {
  const uid = process.getuid?.() ?? 0;
  if (!(options.rootless ?? uid !== 0)) return [];
  const maps = await readIdMaps(ownName(), uid, process.getgid?.() ?? uid);
  return maps === null ? ['--rootless'] : ['--rootless', '--uid-map', maps.uids, '--gid-map', maps.gids];
}

/** Starts a zygote that outlives this process, and waits until it listens. */
async function spawnZygote(options: LauncherOptions): Promise<void> {
  const command = [
    options.binary ?? builtLauncher,
    'zygote',
    '--run-dir',
    options.runDirectory,
    '--build',
    await buildOf(options),
    ...(await rootlessArguments(options)),
  ];
  if (options.wrapper !== undefined) {
    const { command: wrapper, environment } = options.wrapper;
    // Without a cgroup of its own it serves as well, only without limits, which the engine sees and says.
    const wrapped = await runZygote([...wrapper, ...command], environment).then(
      () => true,
      () => false,
    );
    if (wrapped) return;
  }
  await runZygote(command, {});
}

async function runZygote([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', env });
  child.unref();
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => {
      reject(new LaunchError('internal', `the launcher cannot be run: ${error.message}`, 0));
    });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => said.push(text));
    // The zygote closes its standard error once it listens.
    child.stderr.once('close', resolve);
  });
  if (said.length > 0) throw new LaunchError('internal', said.join('').trim(), 0);
}

/** What the binary is, for a zygote that outlives its engine: the one after it may be of another version. */
async function buildOf(options: LauncherOptions): Promise<string> {
  const path = options.binary ?? builtLauncher;
  const content = await readFile(path).catch((error: unknown) => {
    throw new LaunchError('internal', `the launcher cannot be run: ${String(error)}`, 0);
  });
  return createHash('sha256').update(content).digest('hex');
}

/**
 * The launcher of this engine: finds the live zygote of the run directory or starts one. One of another build gives way,
 * for plans are understood by the build alone that they were made for; what it has started lives on.
 */
export async function openLauncher(options: LauncherOptions): Promise<Launcher> {
  await mkdir(options.runDirectory, { recursive: true, mode: 0o700 });
  const [build, hello] = await Promise.all([buildOf(options), greetZygote(options)]);
  return new LauncherClient(options, hello.build === build ? hello : await replaceZygote(options, build));
}

/** A zygote that was told to end does so as soon as it comes to it: one look each 10 ms, for 10 s. */
const REPLACE_PAUSE = 10;
const REPLACE_LOOKS = 1000;

async function replaceZygote(options: LauncherOptions, build: string): Promise<Hello> {
  await endZygote(options);
  for (let look = 0; look < REPLACE_LOOKS; look += 1) {
    // It may take a connection with it that was made at its last moment.
    const hello = await greetZygote(options).catch(() => null);
    if (hello?.build === build) return hello;
    await pause(REPLACE_PAUSE);
  }
  throw new LaunchError('internal', 'a launcher of another version does not end', 0);
}

async function endZygote(options: LauncherOptions): Promise<void> {
  const connection = await Connection.open(socketOf(options.runDirectory), ANSWER_PATIENCE);
  if (connection === null) return;
  try {
    await connection.request(new FrameWriter(request.shutdown).finish());
  } finally {
    connection.close();
  }
}

async function connectZygote(options: LauncherOptions): Promise<Connection> {
  const path = socketOf(options.runDirectory);
  const present = await Connection.open(path, ANSWER_PATIENCE);
  if (present !== null) return present;
  await spawnZygote(options);
  const started = await Connection.open(path, ANSWER_PATIENCE);
  if (started === null) throw new LaunchError('internal', 'the launcher ended as soon as it was started', 0);
  return started;
}

async function greetZygote(options: LauncherOptions): Promise<Hello> {
  const connection = await connectZygote(options);
  try {
    return await connection.hello;
  } finally {
    connection.close();
  }
}

/**
 * With the container's ids the same as ours, a new directory in one that exists needs no launcher, whose fork takes a
 * millisecond. False when it could not be made so: the launcher knows what to do or to say.
 */
function madeByOurselves(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    chmodSync(path, mode); // The umask may have taken some of it away.
    return true;
  } catch {
    return false;
  }
}

/** Trees that are removed at a time: a disk gains nothing from more, and who removes 1,000 containers starts no 1,000 processes. */
const REMOVALS_MAX = 16;

class LauncherClient implements Launcher {
  readonly rootless: boolean;
  readonly mappedIds: number;
  readonly pid: number;
  readonly storage = new StorageClient(() => this.#connect());
  readonly #options: LauncherOptions;
  readonly #removals = new Slots(REMOVALS_MAX);
  #starting: Promise<unknown> | null = null;
  /** The first part of it: there is a zygote again, and nothing was made anew yet. */
  #spawned: Promise<unknown> = Promise.resolve();
  #restoring = false;

  constructor(options: LauncherOptions, hello: Hello) {
    this.#options = options;
    this.rootless = hello.rootless;
    this.mappedIds = hello.mappedIds;
    this.pid = hello.pid;
  }

  /**
   * A connection for one operation. A zygote that was killed is started again, once for all who ask meanwhile. `restored`:
   * only after `onRestart`, which what is to be made may build on. Who holds something that `onRestart` waits for must do
   * without.
   */
  async #connect(restored = true): Promise<Connection> {
    const connection = await Connection.open(socketOf(this.#options.runDirectory), ANSWER_PATIENCE);
    if (connection !== null) return connection;
    // Asked for by `onRestart` itself, which must not wait for its own end; `#restart` sees that there is a new one.
    if (this.#restoring) return connectZygote(this.#options);
    this.#starting ??= this.#restart().finally(() => {
      this.#starting = null;
    });
    // Also told to whoever waits for it, or learned by him who does not.
    this.#starting.catch(() => undefined);
    await (restored ? this.#starting : this.#spawned);
    return connectZygote(this.#options);
  }

  async #restart(): Promise<void> {
    const greeted = greetZygote(this.#options);
    this.#spawned = greeted;
    let started = await greeted;
    for (;;) {
      this.#restoring = true;
      try {
        await this.#options.onRestart?.(started.pid);
      } finally {
        this.#restoring = false;
      }
      const present = await greetZygote(this.#options);
      if (present.pid === started.pid) return;
      started = present; // Killed again meanwhile.
    }
  }

  async #operate(frame: Buffer, restored = true): Promise<Frame> {
    const connection = await this.#connect(restored);
    try {
      return await connection.request(frame);
    } finally {
      connection.close();
    }
  }

  async #supervise(
    id: string,
    socketPath: string,
    frame: Buffer,
    lost: () => Promise<ExitRecord | null>,
    goAtOnce = false,
  ): Promise<Supervised> {
    const connection = await this.#connect();
    try {
      const creating = connection.request(frame, LAUNCH_PATIENCE);
      const going = goAtOnce ? connection.request(new FrameWriter(request.go).finish(), LAUNCH_PATIENCE) : null;
      going?.catch(() => undefined); // When nothing was created that is the error to tell; else `start` tells this one.
      const created = decodeCreated((await creating).payload);
      return new SupervisedProcess(id, socketPath, connection, created, lost, going);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  launch(plan: LaunchPlan, goAtOnce = false): Promise<Supervised> {
    const lost = (): Promise<ExitRecord | null> => this.readExit(plan.stateDirectory);
    return this.#supervise(plan.id, plan.socketPath, encodeLaunch(plan), lost, goAtOnce);
  }

  exec(plan: ExecPlan): Promise<Supervised> {
    return this.#supervise(plan.id, plan.socketPath, encodeExec(plan), () => Promise.resolve(null));
  }

  async adopt(id: string, socketPath: string, stateDirectory: string): Promise<Supervised | null> {
    const connection = await Connection.open(socketPath);
    if (connection === null) return null;
    try {
      const created = decodeCreated((await connection.request(new FrameWriter(request.control).finish())).payload);
      return new SupervisedProcess(id, socketPath, connection, created, () => this.readExit(stateDirectory));
    } catch (error) {
      connection.close();
      if (error instanceof LaunchError && error.kind === 'process-gone') return null;
      throw error;
    }
  }

  async readExit(stateDirectory: string): Promise<ExitRecord | null> {
    let text: string;
    try {
      text = await readFile(join(stateDirectory, 'exit'), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    // Its name can outlive a power cut without its content, where nobody waited for the disk.
    if (!text.endsWith('}\n')) return null;
    const record = JSON.parse(text) as { exitCode: number; oomKilled: boolean; startedAt: string; finishedAt: string };
    return { ...record, startedAt: BigInt(record.startedAt), finishedAt: BigInt(record.finishedAt) };
  }

  async applyLayer(tar: Readable, destination: string, parents: readonly string[]): Promise<AppliedLayer> {
    const connection = await this.#connect();
    try {
      const answered = connection.request(encodeApplyLayer(destination, parents));
      // Ends with the connection when the launcher refuses early; what the launcher says is what counts.
      pipeline(tar, connection.socket).catch(() => undefined);
      return decodeLayer((await answered).payload);
    } catch (error) {
      if (tar.errored !== null) throw tar.errored;
      throw error;
    } finally {
      connection.close();
    }
  }

  async layerSink(destination: string, parents: readonly string[]): Promise<LayerSink> {
    (await this.#connect()).close(); // One that was killed is started again.
    return { socketPath: socketOf(this.#options.runDirectory), request: encodeApplyLayer(destination, parents) };
  }

  async removeTree(path: string): Promise<void> {
    await this.#removals.run(() => this.#operate(new FrameWriter(request.removeTree).string(path).finish()));
  }

  async removeCgroups(paths: readonly string[]): Promise<void> {
    await this.#operate(new FrameWriter(request.removeCgroups).strings(paths).finish());
  }

  async updateCgroups(cgroups: readonly CgroupStep[]): Promise<void> {
    await this.#operate(encodeCgroupUpdate(cgroups));
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    if (!this.rootless && madeByOurselves(path, mode)) return;
    await this.#operate(new FrameWriter(request.makeDirectory).string(path).u32(mode).finish());
  }

  async spreadSubdirectories(paths: readonly string[]): Promise<void> {
    await this.#operate(new FrameWriter(request.spreadSubdirectories).strings(paths).finish());
  }

  async ensureBridge(bridge: {
    name: string;
    addresses: readonly string[];
    mtu: number;
    alias?: string;
  }): Promise<void> {
    const writer = new FrameWriter(request.ensureBridge).string(bridge.name).strings(bridge.addresses).u32(bridge.mtu);
    await this.#operate(writer.string(bridge.alias ?? '').finish());
  }

  async ensureParent(parent: { name: string; master: string; vlan: number; alias: string }): Promise<void> {
    const writer = new FrameWriter(request.ensureParent).string(parent.name).string(parent.master).u32(parent.vlan);
    await this.#operate(writer.string(parent.alias).finish());
  }

  async removeOwnBridge(name: string, alias: string): Promise<void> {
    await this.#operate(new FrameWriter(request.removeOwnBridge).string(name).string(alias).finish());
  }

  async sweepBridges(alias: string, keep: readonly string[]): Promise<void> {
    await this.#operate(new FrameWriter(request.sweepBridges).string(alias).strings(keep).finish());
  }

  async connectEndpoint(container: ProcessIdentity, endpoint: EndpointStep): Promise<void> {
    await this.#operate(encodeConnectEndpoint(container, endpoint));
  }

  async disconnectEndpoint(container: ProcessIdentity, interfaceName: string, routes: DefaultRoutes): Promise<void> {
    const writer = new FrameWriter(request.disconnectEndpoint).u32(container.pid).u64(container.startTime);
    writer.string(interfaceName).string(routes.interfaceName).strings(routes.gateways);
    await this.#operate(writer.finish());
  }

  async startResolver(container: ProcessIdentity, table: string): Promise<void> {
    const writer = new FrameWriter(request.startResolver).u32(container.pid).u64(container.startTime);
    await this.#operate(writer.string(table).finish());
  }

  async removeInterface(name: string): Promise<void> {
    await this.#operate(new FrameWriter(request.removeInterface).string(name).finish());
  }

  async runHelper(
    argv: readonly string[],
    input: string,
  ): Promise<{ exitCode: number; output: string; firewall: bigint }> {
    // Rules are asserted one after the other, also those that are made anew: these would wait for their turn for ever.
    const frame = await this.#operate(new FrameWriter(request.runHelper).strings(argv).string(input).finish(), false);
    const reader = new FrameReader(frame.payload);
    return { exitCode: reader.u8(), output: reader.string(), firewall: reader.isDone ? 0n : reader.u64() };
  }

  close(): Promise<void> {
    return endZygote(this.#options);
  }
}
