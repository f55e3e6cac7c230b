import { memorySize } from '../../common/memory-size.ts';
import type { HostConfig } from '../containers/config.ts';
import { DEFAULT_LOG_DRIVER } from '../containers/log-config.ts';
import type { Configuration } from './configuration.ts';

/**
 * A container's configuration with what the engine's settings say of all that do not say it themselves. It keeps that,
 * whatever later settings are.
 */
export function withConfiguredDefaults(hostConfig: HostConfig, configuration: Configuration): HostConfig {
  return {
    ...hostConfig,
    ...logDefaults(hostConfig, configuration),
    ...ulimitDefaults(hostConfig, configuration),
    ...dnsDefaults(hostConfig, configuration),
    ...processDefaults(hostConfig, configuration),
    ...securityDefaults(hostConfig, configuration),
  };
}

/** What a container's processes share, how much of it, and who is the first of them. */
function processDefaults(hostConfig: HostConfig, configuration: Configuration): Partial<HostConfig> {
  const isUnset = (value: unknown): boolean => value === undefined || value === null || value === '' || value === 0;
  const usual: Partial<HostConfig> = {
    ShmSize: memorySize(configuration['default-shm-size']) ?? 0,
    IpcMode: configuration['default-ipc-mode'] === 'private' ? '' : configuration['default-ipc-mode'],
    CgroupnsMode: configuration['default-cgroupns-mode'],
    CgroupParent: configuration['cgroup-parent'],
    ...(configuration.init ? { Init: true } : {}),
  };
  return Object.fromEntries(
    Object.entries(usual).filter(([key, value]) => !isUnset(value) && isUnset(hostConfig[key])),
  );
}

function securityDefaults(
  { SecurityOpt, Privileged }: HostConfig,
  configuration: Configuration,
): Pick<HostConfig, 'SecurityOpt'> {
  const asked = SecurityOpt ?? [];
  const hasNone = (name: string): boolean => !asked.some((option) => option.split(/[=:]/)[0] === name);
  const further = [
    ...(configuration['no-new-privileges'] && hasNone('no-new-privileges') ? ['no-new-privileges'] : []),
    ...(configuration['seccomp-profile'] === 'unconfined' && hasNone('seccomp') && Privileged !== true
      ? ['seccomp=unconfined']
      : []),
  ];
  return further.length === 0 ? {} : { SecurityOpt: [...asked, ...further] };
}

function logDefaults({ LogConfig }: HostConfig, configuration: Configuration): Pick<HostConfig, 'LogConfig'> {
  const { 'log-driver': driver, 'log-opts': options } = configuration;
  const isUsual = driver === DEFAULT_LOG_DRIVER && Object.keys(options).length === 0;
  const type = LogConfig?.Type ?? '';
  // Options are those of one driver: a container that asks for another has none of them.
  if (isUsual || (type !== '' && type !== driver)) return {};
  return { LogConfig: { ...LogConfig, Type: driver, Config: { ...options, ...LogConfig?.Config } } };
}

function ulimitDefaults({ Ulimits }: HostConfig, configuration: Configuration): Pick<HostConfig, 'Ulimits'> {
  const asked = Ulimits ?? [];
  const further = Object.values(configuration['default-ulimits']).filter(
    ({ Name }) => !asked.some((one) => one.Name === Name),
  );
  return further.length === 0 ? {} : { Ulimits: [...asked, ...further] };
}

function dnsDefaults(
  { NetworkMode, Dns, DnsSearch, DnsOptions }: HostConfig,
  configuration: Configuration,
): Pick<HostConfig, 'Dns' | 'DnsSearch' | 'DnsOptions'> {
  // On the host's network names are asked for as the host asks.
  if (NetworkMode === 'host') return {};
  const { dns, 'dns-search': search, 'dns-opts': options } = configuration;
  const or = (given: readonly string[] | null | undefined, usual: readonly string[]): string[] | null =>
    (given ?? []).length === 0 && usual.length > 0 ? [...usual] : null;
  const [servers, domains, opts] = [or(Dns, dns), or(DnsSearch, search), or(DnsOptions, options)];
  return {
    ...(servers === null ? {} : { Dns: servers }),
    ...(domains === null ? {} : { DnsSearch: domains }),
    ...(opts === null ? {} : { DnsOptions: opts }),
  };
}
