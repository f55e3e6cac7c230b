import type { AppArmorFacts } from '../system/apparmor.ts';
import { DEFAULT_PROFILE } from '../system/apparmor-profile.ts';
import type { HostConfig } from './config.ts';
import { parseSecurityOptions } from './security-options.ts';

/** The names of the default profile: ours, and the one that tools know it by. */
export const DEFAULT_PROFILE_NAMES: readonly string[] = [DEFAULT_PROFILE, 'docker-default'];

/**
 * The AppArmor profile that a container's processes enter, also those of an exec, which `--privileged` does not change; ''
 * where they have what the engine has. Pure.
 */
export function apparmorProfile(hostConfig: HostConfig, { isEnabled, defaultProfile }: AppArmorFacts): string {
  if (!isEnabled) return '';
  const asked = askedProfile(hostConfig);
  // An ordinary user's engine has no default, and nothing to leave for `unconfined`.
  if (defaultProfile === '') return hostConfig.Privileged === true || asked === 'unconfined' ? '' : asked;
  // As dockerd has it, whatever is asked for beside it.
  if (hostConfig.Privileged === true) return 'unconfined';
  return asked === '' || DEFAULT_PROFILE_NAMES.includes(asked) ? defaultProfile : asked;
}

/** What `--security-opt apparmor=` names; '' for nothing. */
export function askedProfile(hostConfig: HostConfig): string {
  return parseSecurityOptions(hostConfig.SecurityOpt ?? []).apparmor;
}
