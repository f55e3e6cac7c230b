import { readFileSync } from 'node:fs';
import type { AppArmorFacts } from './apparmor.ts';
import type { SelinuxFacts } from './selinux.ts';
import { arch, cpus, hostname, release, totalmem } from 'node:os';

/** What the engine tells about its host in `/info` and `/version`. */
export interface HostFacts {
  readonly hostname: string;
  readonly kernelRelease: string;
  /** [major, minor] */
  readonly kernel: readonly [number, number];
  readonly operatingSystem: string;
  readonly osVersion: string;
  /** As `uname -m` has it. */
  readonly machine: string;
  /** As the OCI image specification has it (GOARCH). */
  readonly architecture: string;
  readonly cpuCount: number;
  /** Bytes. */
  readonly memoryTotal: number;
  /** Where its devices are described (CDI), when not in the usual places. */
  readonly cdiDirectories?: readonly string[];
  /** Absent: there is no AppArmor. */
  readonly apparmor?: AppArmorFacts;
  /** Absent: there is no SELinux. */
  readonly selinux?: SelinuxFacts;
}

const MACHINES: Record<string, { machine: string; architecture: string }> = {
  x64: { machine: 'x86_64', architecture: 'amd64' },
  arm64: { machine: 'aarch64', architecture: 'arm64' },
};

export function hostFacts(): HostFacts {
  const kernelRelease = release();
  const [major = 0, minor = 0] = kernelRelease.split('.').map((part) => Number.parseInt(part, 10));
  const osRelease = readOsRelease();
  const { machine, architecture } = MACHINES[arch()] ?? { machine: arch(), architecture: arch() };
  return {
    hostname: hostname(),
    kernelRelease,
    kernel: [major, minor],
    operatingSystem: osRelease.get('PRETTY_NAME') ?? 'Linux',
    osVersion: osRelease.get('VERSION_ID') ?? '',
    machine,
    architecture,
    cpuCount: cpus().length,
    memoryTotal: totalmem(),
  };
}

/** os-release(5): KEY=value lines, values optionally quoted. */
function readOsRelease(): Map<string, string> {
  const values = new Map<string, string>();
  let text: string;
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return values; // A host without the file is legal; the defaults say "Linux".
  }
  for (const line of text.split('\n')) {
    const found = /^(\w+)=(["']?)(.*)\2$/.exec(line);
    if (found !== null) values.set(found[1] ?? '', found[3] ?? '');
  }
  return values;
}

/** Capabilities this process may ever have (CapBnd), which is also the most a container of it can have. */
export function boundingCapabilities(): bigint {
  const found = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return BigInt(`0x${found?.[1] ?? '0'}`);
}
