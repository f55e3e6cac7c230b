import type { LaunchPlan, MountStep } from '../launcher/types.ts';
import type { OciDeviceRule, OciMount, OciResources, OciSpec } from './oci-spec.ts';
import { ociSeccomp } from '../seccomp/oci-seccomp.ts';
import type { SeccompContext, SeccompProfile } from '../seccomp/profile.ts';

/** What a config.json needs beside the specification. */
export interface RuntimeConfigInput {
  readonly plan: LaunchPlan;
  /** In every cgroup hierarchy, from its root; null when there are no control groups to be had. */
  readonly cgroupsPath: string | null;
  /** Whether the host counts swap. */
  readonly swap: boolean;
  readonly seccomp: { readonly profile: SeccompProfile; readonly context: SeccompContext } | null;
  /** Program that is bound into the container as its init (`--init`). */
  readonly initBinary: string;
  readonly rootless: boolean;
  /** What the mount of the host forbids that a path is on. */
  readonly restrictionsOf: (path: string) => readonly string[];
}

/** Below a container's state directory, as runtime/launcher/runtime.c has it. */
const PLACES = 'runtime/places';
/**
 * What a runtime mounts itself. Others (nfs, cifs, of a disk) the launcher makes before, as the container's network may not
 * lead to the server, nor its control group let the disk be opened.
 */
const OF_CONTAINER: ReadonlySet<string> = new Set(
  'bind overlay proc sysfs devpts mqueue tmpfs cgroup cgroup2 ramfs securityfs'.split(' '),
);
/** What of a filesystem's options a bind of it takes. */
const BIND_FLAGS: ReadonlySet<string> = new Set(['ro', 'rw', 'nosuid', 'nodev', 'noexec']);
/** Where Docker puts it, too. */
const INIT = '/sbin/docker-init';

/**
 * The specification as a config.json (OCI runtime-spec 1.0, which every runtime reads) for another runtime than ours, in
 * the three parts that the launcher writes: between them go the user, whose name is looked up in the container, and its
 * HOME. The network namespace is the one the runtime is started in. Pure.
 */
export function runtimeConfig(spec: OciSpec, input: RuntimeConfigInput): [string, string, string] {
  const { process } = spec;
  const { args, env, rlimits, oomScoreAdj, consoleSize, terminal, cwd, capabilities, noNewPrivileges } = process;
  const { apparmorProfile, labels } = process;
  const others = JSON.stringify({
    ...{ terminal, cwd, capabilities, noNewPrivileges },
    ...(consoleSize === undefined ? {} : { consoleSize }),
    args: input.plan.init ? [INIT, 'init', ...args] : args,
    ...(oomScoreAdj === null ? {} : { oomScoreAdj }),
    ...(apparmorProfile === '' ? {} : { apparmorProfile }),
    ...(labels.process === '' ? {} : { selinuxLabel: labels.process }),
  });
  // Numbers of 64 bits, which JSON.stringify cannot write.
  const limits = rlimits.map(({ type, soft, hard }) => `{"type":"${type}","soft":${soft},"hard":${hard}}`);
  const container = JSON.stringify(containerObject(spec, input));
  return [
    `{"ociVersion":"1.0.2","process":{"user":`,
    `,"rlimits":[${limits.join(',')}],"env":[${env.map((entry) => JSON.stringify(entry)).join(',')}`,
    `],${others.slice(1)},${container.slice(1)}`,
  ];
}

function containerObject(spec: OciSpec, input: RuntimeConfigInput): object {
  const { linux } = spec;
  const mountLabel = spec.process.labels.mount;
  const hasUts = linux.namespaces.some(({ type, path }) => type === 'uts' && path === undefined);
  // Runtimes of before runtime-spec 1.1 know only the sysctl, which is not a user namespace's to write.
  const domain = hasUts && spec.domainname !== '' && !input.rootless ? { 'kernel.domainname': spec.domainname } : {};
  // The launcher writes those of the network: runtimes refuse them where they do not make its namespace.
  const sysctl = Object.fromEntries(Object.entries(linux.sysctl).filter(([name]) => !name.startsWith('net.')));
  const seccomp = input.seccomp === null ? null : ociSeccomp(input.seccomp.profile, input.seccomp.context);
  return {
    // The launcher mounts the root filesystem over its upper directory, in a mount namespace that is the runtime's alone.
    root: { path: input.plan.root.upper, readonly: spec.root.readonly },
    ...(hasUts && spec.hostname !== '' ? { hostname: spec.hostname } : {}),
    ...(hasUts && spec.domainname !== '' ? { domainname: spec.domainname } : {}),
    mounts: mounts(spec, input),
    linux: {
      namespaces: linux.namespaces.filter(({ type }) => type !== 'network'),
      devices: linux.devices
        .filter((device) => !isBound(device, input))
        .map(({ path, type, major, minor, fileMode, uid, gid }) => ({ path, type, major, minor, fileMode, uid, gid })),
      sysctl: { ...sysctl, ...domain },
      maskedPaths: linux.maskedPaths,
      readonlyPaths: linux.readonlyPaths,
      resources: input.cgroupsPath === null ? {} : resources(linux.resources, input.swap),
      ...(input.cgroupsPath === null ? {} : { cgroupsPath: input.cgroupsPath }),
      ...(seccomp === null ? {} : { seccomp }),
      ...(mountLabel === '' ? {} : { mountLabel }),
      rootfsPropagation: rootPropagation(spec.mounts),
    },
    ...(spec.hooks === undefined ? {} : { hooks: spec.hooks }),
  };
}

/** In a user namespace a node can only be bound, and runtimes do that from the same path alone. */
function isBound(device: OciSpec['linux']['devices'][number], { rootless }: RuntimeConfigInput): boolean {
  return rootless && device.hostPath !== undefined && device.hostPath !== device.path;
}

function mounts(spec: OciSpec, input: RuntimeConfigInput): OciMount[] {
  const { plan } = input;
  const devices = spec.linux.devices.filter((device) => isBound(device, input));
  return [
    ...spec.mounts.map((mount, index) => runtimeMount(mount, plan.mounts[index], index, input)),
    ...devices.map(({ path, hostPath }) => ({
      destination: path,
      type: 'bind',
      source: hostPath ?? path,
      options: ['bind', 'rprivate'],
    })),
    ...(plan.init
      ? [
          restricted(
            { destination: INIT, type: 'bind', source: input.initBinary, options: ['bind', 'ro', 'rprivate'] },
            input.initBinary,
            input,
          ),
        ]
      : []),
  ];
}

/**
 * With what the host forbids there: without root it cannot be allowed, and a runtime that would set other flags is
 * refused its mount.
 */
function restricted(mount: OciMount, source: string, { rootless, restrictionsOf }: RuntimeConfigInput): OciMount {
  if (!rootless) return mount;
  return { ...mount, options: [...new Set([...mount.options, ...restrictionsOf(source)])] };
}

function runtimeMount(
  mount: OciMount,
  step: MountStep | undefined,
  index: number,
  input: RuntimeConfigInput,
): OciMount {
  const { plan, rootless } = input;
  if (step === undefined) return mount;
  // The launcher has mounted it where nobody else can put a link on the way to it.
  const placed = `${plan.stateDirectory}/${PLACES}/${index}`;
  if (mount.type === 'overlay') return { ...mount, type: 'bind', source: placed, options: ['rbind', 'ro', 'rprivate'] };
  if (step.part !== undefined || !OF_CONTAINER.has(mount.type)) {
    const flags = mount.options.filter((option) => BIND_FLAGS.has(option));
    return { ...mount, type: 'bind', source: placed, options: ['rbind', 'rprivate', ...flags] };
  }
  if (mount.type === 'bind')
    return restricted(step.data === '' ? mount : { ...mount, source: placed }, mount.source, input);
  // They show a namespace; of one that belongs to another user namespace only the host's own view may be had.
  const isForeign =
    rootless &&
    ((mount.type === 'sysfs' && plan.network.namespace === 'host') ||
      (mount.type === 'proc' && plan.namespaces.pid === 'host'));
  if (isForeign)
    return {
      ...mount,
      type: 'bind',
      source: `/${mount.type}`.replace('sysfs', 'sys'),
      options: ['rbind', 'rprivate', ...mount.options],
    };
  return mount;
}

/** That of the mount which needs most: a shared mount can only be below a shared root. */
function rootPropagation(all: readonly OciMount[]): string {
  const has = (word: string): boolean => all.some(({ options }) => options.includes(word));
  if (has('shared') || has('rshared')) return 'rshared';
  return has('slave') || has('rslave') ? 'rslave' : 'rprivate';
}

function deviceRule({ allow, type, major, minor, access }: OciDeviceRule): object {
  return { allow, type, access, ...(major === null ? {} : { major }), ...(minor === null ? {} : { minor }) };
}

function resources({ devices, memory, cpu, pids, blockIO }: OciResources, hasSwap: boolean): object {
  const given = <T>(condition: boolean, object: T): T | object => (condition ? object : {});
  return {
    devices: devices.map(deviceRule),
    memory: {
      ...given(memory.limit > 0, { limit: memory.limit }),
      ...given(memory.reservation > 0, { reservation: memory.reservation }),
      ...given(hasSwap && memory.limit > 0, { swap: memory.swap === 0 ? memory.limit * 2 : memory.swap }),
      ...given(memory.disableOOMKiller, { disableOOMKiller: true }),
      ...given(memory.swappiness !== undefined, { swappiness: memory.swappiness }),
    },
    cpu: {
      ...given(cpu.shares > 0, { shares: cpu.shares }),
      ...given(cpu.quota !== 0, { quota: cpu.quota }),
      ...given(cpu.period > 0, { period: cpu.period }),
      ...given(cpu.cpus !== '', { cpus: cpu.cpus }),
      ...given(cpu.mems !== '', { mems: cpu.mems }),
      ...given(cpu.realtimeRuntime !== undefined, { realtimeRuntime: cpu.realtimeRuntime }),
      ...given(cpu.realtimePeriod !== undefined, { realtimePeriod: cpu.realtimePeriod }),
    },
    ...given(pids.limit > 0, { pids: { limit: pids.limit } }),
    blockIO: {
      ...given(blockIO.weight > 0, { weight: blockIO.weight }),
      ...given(blockIO.weightDevice !== undefined, {
        weightDevice: blockIO.weightDevice?.map(({ value, ...device }) => ({ ...device, weight: value })),
      }),
      ...throttles(blockIO),
    },
  };
}

function throttles(blockIO: OciResources['blockIO']): object {
  const names = [
    'throttleReadBpsDevice',
    'throttleWriteBpsDevice',
    'throttleReadIOPSDevice',
    'throttleWriteIOPSDevice',
  ] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const values = blockIO[name];
      return values === undefined ? [] : [[name, values.map(({ value, ...device }) => ({ ...device, rate: value }))]];
    }),
  );
}
