import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLauncher } from '../client.ts';
import type { Launcher, Supervised } from '../interface.ts';
import type { CapabilityMasks, ExecPlan, LaunchPlan, MountStep, ProcessPlan } from '../types.ts';

/** Docker's 14 default capabilities. */
const defaultCapabilities = 0xa80425fbn;
export const noCapabilities: CapabilityMasks = masks(0n);

export function masks(value: bigint): CapabilityMasks {
  return { bounding: value, effective: value, permitted: value, inheritable: 0n, ambient: 0n };
}

export function processPlan(args: readonly string[], overrides: Partial<ProcessPlan> = {}): ProcessPlan {
  return {
    args,
    env: ['PATH=/bin'],
    cwd: '/',
    user: '',
    additionalGroups: [],
    capabilities: masks(defaultCapabilities),
    noNewPrivileges: false,
    apparmorProfile: '',
    selinuxLabel: '',
    mountLabel: '',
    seccomp: new Uint8Array(),
    rlimits: [],
    oomScoreAdj: null,
    umask: 0o022,
    tty: false,
    openStdin: false,
    stdinOnce: false,
    consoleSize: null,
    ...overrides,
  };
}

function mount(type: string, destination: string, data = '', overrides: Partial<MountStep> = {}): MountStep {
  return {
    type,
    source: '',
    destination,
    readonly: false,
    nosuid: true,
    nodev: true,
    noexec: true,
    recursive: false,
    propagation: 'rprivate',
    data,
    ...overrides,
  };
}

export function bind(source: string, destination: string, overrides: Partial<MountStep> = {}): MountStep {
  return mount('bind', destination, '', {
    source,
    recursive: true,
    nosuid: false,
    nodev: false,
    noexec: false,
    ...overrides,
  });
}

/** The mounts of a Docker container, in Docker's order. */
export const defaultMounts: readonly MountStep[] = [
  mount('proc', '/proc'),
  mount('tmpfs', '/dev', 'mode=755,size=65536k', { nodev: false, noexec: false }),
  mount('devpts', '/dev/pts', 'newinstance,ptmxmode=0666,mode=0620,gid=5', { nodev: false }),
  mount('sysfs', '/sys', '', { readonly: true }),
  mount('cgroup', '/sys/fs/cgroup', '', { readonly: true }),
  mount('mqueue', '/dev/mqueue'),
  mount('tmpfs', '/dev/shm', 'mode=1777,size=65536k'),
];

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A launcher with a root filesystem of busybox in a temporary directory. */
export class Fixture {
  readonly directory: string;
  readonly layer: string;
  readonly launcher: Launcher;

  private constructor(directory: string, launcher: Launcher) {
    this.directory = directory;
    this.layer = join(directory, 'layer');
    this.launcher = launcher;
  }

  /** BERTH_LAUNCHER names another build of the binary, for example the sanitized one. */
  static async open(): Promise<Fixture> {
    const binary = process.env['BERTH_LAUNCHER'];
    const directory = await mkdtemp(join(tmpdir(), 'bl-'));
    await chmod(directory, 0o711);
    const launcher = await openLauncher({
      runDirectory: join(directory, 'run'),
      ...(binary === undefined ? {} : { binary }),
    });
    const fixture = new Fixture(directory, launcher);
    await fixture.#makeLayer();
    return fixture;
  }

  async #makeLayer(): Promise<void> {
    for (const name of ['bin', 'etc', 'tmp', 'root', 'home'])
      await mkdir(join(this.layer, name), { recursive: true, mode: 0o755 });
    await chmod(join(this.layer, 'tmp'), 0o1777);
    await copyFile('/bin/busybox', join(this.layer, 'bin/busybox'));
    const applets =
      'sh cat echo id true false sleep ls mkdir grep head dd wc stty env pwd kill ps nc ip ping hostname readlink touch rm mount stat yes sync';
    for (const applet of applets.split(' ')) await symlink('busybox', join(this.layer, 'bin', applet));
    await writeFile(
      join(this.layer, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\nweb:x:101:102::/home/web:/bin/sh\n',
    );
    await writeFile(
      join(this.layer, 'etc/group'),
      'root:x:0:\nweb:x:102:\nlogs:x:103:web,other\nwheel:x:104:root,web\n',
    );
  }

  /** A plan with a state directory of its own below the fixture's directory. */
  async plan(process: ProcessPlan, overrides: Partial<LaunchPlan> = {}): Promise<LaunchPlan> {
    const id = randomBytes(32).toString('hex');
    const state = join(this.directory, id.slice(0, 12));
    await mkdir(state, { mode: 0o711 });
    await this.launcher.makeDirectory(join(state, 'upper'), 0o755);
    await this.launcher.makeDirectory(join(state, 'work'), 0o700);
    return {
      id,
      stateDirectory: state,
      socketPath: join(state, 's'),
      logPath: join(state, 'log'),
      durableExit: true,
      init: false,
      process,
      root: {
        lower: [this.layer],
        upper: join(state, 'upper'),
        work: join(state, 'work'),
        volatile: false,
        readonly: false,
      },
      mounts: defaultMounts,
      devices: [
        { path: '/dev/null', type: 'c', major: 1, minor: 3, mode: 0o666, uid: 0, gid: 0 },
        { path: '/dev/zero', type: 'c', major: 1, minor: 5, mode: 0o666, uid: 0, gid: 0 },
        { path: '/dev/tty', type: 'c', major: 5, minor: 0, mode: 0o666, uid: 0, gid: 0 },
      ],
      maskedPaths: ['/proc/interrupts', '/proc/acpi', '/proc/scsi', '/sys/firmware', '/proc/absent'],
      readonlyPaths: ['/proc/sys', '/proc/sysrq-trigger', '/proc/bus'],
      namespaces: { pid: 'new', ipc: 'new', uts: 'new', cgroup: 'new' },
      hostname: id.slice(0, 12),
      domainname: '',
      sysctls: [],
      cgroups: [],
      network: { namespace: 'new', endpoints: [], ports: [], sysctls: [], resolver: '' },
      ...overrides,
    };
  }

  execPlan(target: Supervised, process: ProcessPlan): ExecPlan {
    const id = randomBytes(32).toString('hex');
    return {
      id,
      socketPath: join(this.directory, `${id.slice(0, 12)}.s`),
      target: target.process,
      process,
      cgroups: [],
      restrictBeforeBirth: true,
    };
  }

  /** Attaches, starts, collects both streams, waits for the end. */
  async finish(supervised: Supervised): Promise<Outcome> {
    const stream = await supervised.attach({ stdin: false, stdout: true, stderr: true });
    const collected: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => collected.push(chunk));
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.once('end', () => stream.destroy());
    await supervised.start();
    const { exitCode } = await supervised.exited;
    await closed;
    return { exitCode, ...demultiplex(Buffer.concat(collected)) };
  }

  async run(
    args: readonly string[],
    process: Partial<ProcessPlan> = {},
    overrides: Partial<LaunchPlan> = {},
  ): Promise<Outcome> {
    return this.finish(await this.launcher.launch(await this.plan(processPlan(args, process), overrides)));
  }

  shell(script: string, process: Partial<ProcessPlan> = {}, overrides: Partial<LaunchPlan> = {}): Promise<Outcome> {
    return this.run(['sh', '-c', script], process, overrides);
  }

  async close(): Promise<void> {
    for (const name of await readdir(this.directory))
      if (name !== 'run') await this.launcher.removeTree(join(this.directory, name));
    await this.launcher.close();
    await rm(this.directory, { recursive: true });
  }
}

/** Splits Docker's frames into the two streams. */
export function demultiplex(bytes: Buffer): { stdout: string; stderr: string } {
  const streams = ['', '', ''];
  for (let at = 0; at + 8 <= bytes.length;) {
    const stream = bytes.readUInt8(at);
    const end = at + 8 + bytes.readUInt32BE(at + 4);
    streams[stream] = (streams[stream] ?? '') + bytes.toString('utf8', at + 8, end);
    at = end;
  }
  return { stdout: streams[1] ?? '', stderr: streams[2] ?? '' };
}
