import type { ContainerLabels } from './selinux-plan.ts';

/**
 * The part of the OCI runtime specification (1.2, config.json) that the engine writes. Kept to the specification's own
 * names so that the same object can be handed to another OCI runtime.
 */
export interface OciSpec {
  readonly ociVersion: '1.2.0';
  readonly process: OciProcess;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname: string;
  readonly domainname: string;
  readonly mounts: readonly OciMount[];
  readonly linux: OciLinux;
  /** Absent: none. Only other runtimes run them. */
  readonly hooks?: OciHooks;
}

/** Moments of a container's life at which programs of the host can be run (runtime-spec, POSIX-platform Hooks). */
export const OCI_HOOK_NAMES = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const;

export interface OciHook {
  /** Of the host, absolute; of the container for `startContainer`. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Seconds after which it is ended. */
  readonly timeout?: number;
}

export type OciHooks = Readonly<Partial<Record<(typeof OCI_HOOK_NAMES)[number], readonly OciHook[]>>>;

export interface OciProcess {
  readonly terminal: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: { readonly username: string; readonly additionalGroups: readonly string[]; readonly umask: number };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: OciCapabilities;
  readonly rlimits: readonly { readonly type: string; readonly soft: bigint; readonly hard: bigint }[];
  readonly noNewPrivileges: boolean;
  /** '' for none. */
  readonly apparmorProfile: string;
  /** Of SELinux: its own, and `linux.mountLabel`; '' for none. */
  readonly labels: ContainerLabels;
  readonly oomScoreAdj: number | null;
}

export interface OciCapabilities {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly ambient: readonly string[];
}

export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface OciDevice {
  readonly path: string;
  /** Where the host has it, for a launcher that may only bind nodes; absent: at the same path. */
  readonly hostPath?: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface OciDeviceRule {
  readonly allow: boolean;
  /** 'a', 'c' or 'b' */
  readonly type: string;
  /** null: every number */
  readonly major: number | null;
  readonly minor: number | null;
  readonly access: string;
}

export interface OciLinux {
  readonly namespaces: readonly { readonly type: OciNamespace; readonly path?: string }[];
  readonly devices: readonly OciDevice[];
  readonly sysctl: Readonly<Record<string, string>>;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly resources: OciResources;
  readonly seccomp: Uint8Array;
}

export type OciNamespace = 'mount' | 'pid' | 'ipc' | 'uts' | 'network' | 'cgroup';

/** A weight or rate of one block device. */
export interface OciDeviceValue {
  readonly major: number;
  readonly minor: number;
  readonly value: number;
}

export interface OciResources {
  readonly devices: readonly OciDeviceRule[];
  readonly memory: {
    /** Bytes; 0 for none, -1 for unlimited. */
    readonly limit: number;
    readonly reservation: number;
    /** Memory plus swap, in bytes; 0 for the default (twice the limit), -1 for unlimited. */
    readonly swap: number;
    readonly disableOOMKiller: boolean;
    /** 0 to 100; cgroup v1 only. */
    readonly swappiness?: number;
  };
  readonly cpu: {
    readonly shares: number;
    /** Microseconds. */
    readonly quota: number;
    readonly period: number;
    readonly cpus: string;
    readonly mems: string;
    /** Microseconds; cgroup v1 only. */
    readonly realtimeRuntime?: number;
    readonly realtimePeriod?: number;
  };
  /** 0 or less for none. */
  readonly pids: { readonly limit: number };
  readonly blockIO: {
    readonly weight: number;
    readonly weightDevice?: readonly OciDeviceValue[];
    /** Bytes, or operations, a second. */
    readonly throttleReadBpsDevice?: readonly OciDeviceValue[];
    readonly throttleWriteBpsDevice?: readonly OciDeviceValue[];
    readonly throttleReadIOPSDevice?: readonly OciDeviceValue[];
    readonly throttleWriteIOPSDevice?: readonly OciDeviceValue[];
  };
}
