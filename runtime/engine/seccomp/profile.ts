/**
 * A seccomp policy in the form Docker and the OCI tools exchange it (`--security-opt seccomp=FILE`): system call names
 * with an action, optional argument conditions, and conditions on the container's capabilities, the architecture and
 * the kernel.
 */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly syscalls?: readonly SeccompRule[];
}

export interface SeccompRule {
  readonly names?: readonly string[];
  /** Single-name form of older profiles. */
  readonly name?: string;
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[] | null;
  readonly includes?: SeccompCondition;
  readonly excludes?: SeccompCondition;
}

export interface SeccompArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: string;
}

export interface SeccompCondition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  /** `major.minor` */
  readonly minKernel?: string;
}

/** What a profile's conditional rules are judged by. */
export interface SeccompContext {
  /** CAP_* names the container has. */
  readonly capabilities: ReadonlySet<string>;
  /** [major, minor] of the running kernel. */
  readonly kernel: readonly [number, number];
}

/** The rules that apply in `context`; the architecture is x86-64 with its 32-bit ABIs. */
export function applicableRules(profile: SeccompProfile, context: SeccompContext): readonly SeccompRule[] {
  return (profile.syscalls ?? []).filter((rule) => {
    const { includes, excludes } = rule;
    if (includes?.arches !== undefined && !includes.arches.some((arch) => OUR_ARCHITECTURES.has(arch))) return false;
    if (includes?.caps !== undefined && !includes.caps.every((cap) => context.capabilities.has(cap))) return false;
    if (includes?.minKernel !== undefined && !kernelAtLeast(context.kernel, includes.minKernel)) return false;
    if (excludes?.arches?.some((arch) => OUR_ARCHITECTURES.has(arch)) === true) return false;
    if (excludes?.caps?.some((cap) => context.capabilities.has(cap)) === true) return false;
    if (excludes?.minKernel !== undefined && kernelAtLeast(context.kernel, excludes.minKernel)) return false;
    return true;
  });
}

const OUR_ARCHITECTURES: ReadonlySet<string> = new Set(['amd64', 'x86', 'x32']);

function kernelAtLeast(kernel: readonly [number, number], wanted: string): boolean {
  const [major = 0, minor = 0] = wanted.split('.').map(Number);
  return kernel[0] > major || (kernel[0] === major && kernel[1] >= minor);
}
