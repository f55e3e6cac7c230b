import { EngineError } from '../errors.ts';
import type { SeccompProfile } from '../seccomp/profile.ts';

/** What `--security-opt` asks for. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** null: the default policy; 'unconfined': none. */
  readonly seccomp: SeccompProfile | 'unconfined' | null;
  /** `systempaths=unconfined`: nothing masked, nothing read-only. */
  readonly systemPathsUnconfined: boolean;
  /** `writable-cgroups`: whether /sys/fs/cgroup can be written; null when nothing is said. */
  readonly writableCgroups: boolean | null;
  /** The profile of AppArmor, or `unconfined`; '' when nothing is said. */
  readonly apparmor: string;
  /** What is said of SELinux, one after the other: `disable`, `type:...`. Read where there is SELinux. */
  readonly labels: readonly string[];
}

/** Reads Docker's SecurityOpt list (`key=value`, older clients `key:value`). Throws `invalid`. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  let noNewPrivileges = false;
  let seccomp: SecurityOptions['seccomp'] = null;
  let systemPathsUnconfined = false;
  let writableCgroups: boolean | null = null;
  let apparmor = '';
  const labels: string[] = [];
  for (const option of options) {
    const [, key = option, value = ''] = /^([a-z-]+)[=:](.*)$/s.exec(option) ?? [];
    switch (key) {
      case 'no-new-privileges':
        if (!['', 'true', 'false'].includes(value))
          throw new EngineError('invalid', `invalid --security-opt: ${JSON.stringify(option)}`);
        noNewPrivileges = value !== 'false';
        break;
      case 'writable-cgroups':
        if (!['', 'true', 'false'].includes(value))
          throw new EngineError('invalid', `invalid --security-opt 2: ${JSON.stringify(option)}`);
        writableCgroups = value !== 'false';
        break;
      case 'seccomp':
        seccomp = value === 'unconfined' ? 'unconfined' : value === 'builtin' ? null : parseProfile(value);
        break;
      case 'systempaths':
        if (value !== 'unconfined')
          throw new EngineError('invalid', `invalid --security-opt: ${JSON.stringify(option)}`);
        systemPathsUnconfined = true;
        break;
      case 'apparmor':
        apparmor = value;
        break;
      case 'label':
        labels.push(value);
        break;
      default:
        throw new EngineError('invalid', `invalid --security-opt 2: ${JSON.stringify(option)}`);
    }
  }
  return { noNewPrivileges, seccomp, systemPathsUnconfined, writableCgroups, apparmor, labels };
}

function parseProfile(text: string): SeccompProfile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new EngineError('invalid', `Decoding seccomp profile failed: ${(error as Error).message}`, { cause: error });
  }
  if (
    typeof parsed !== 'object' ||
    parsed === null ||
    !('defaultAction' in parsed) ||
    typeof parsed.defaultAction !== 'string'
  ) {
    throw new EngineError('invalid', 'Decoding seccomp profile failed: defaultAction is missing');
  }
  return parsed as SeccompProfile;
}
