import { EngineError } from '../errors.ts';

/** The option of an endpoint that sets what the kernel lets be set of its interface, as a list with commas. */
const SYSCTLS_OPTION = 'com.docker.network.endpoint.sysctls';

/** A setting of an interface that has no name yet. */
export interface EndpointSysctl {
  readonly family: string;
  readonly group: string;
  readonly setting: string;
  readonly value: string;
}

/** What the options of an endpoint set of its interface. Throws `invalid`. */
export function endpointSysctls(driverOptions: Readonly<Record<string, string>>): EndpointSysctl[] {
  return driverOptions[SYSCTLS_OPTION]?.split(',').map(endpointSysctl) ?? [];
}

function endpointSysctl(text: string): EndpointSysctl {
  // The interface's part is in small letters where docker's command has read the option.
  const [, family, group, rest] = /^net\.(ipv4|ipv6|mpls)\.([^.]*)\.(?:IFNAME|ifname)\.(.*)$/s.exec(text) ?? [];
  if (family === undefined || group === undefined || rest === undefined) {
    throw new EngineError(
      'invalid',
      `invalid endpoint settings:\nunrecognised network interface sysctl '${text}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`,
    );
  }
  const end = rest.indexOf('=');
  if (end < 0) throw new EngineError('invalid', `expected sysctl '${text}' to have format name=value`);
  const setting = rest.slice(0, end);
  // Of the names of files nothing else is let through: it becomes a path.
  if (!/^\w+$/.test(group) || !/^\w+$/.test(setting)) {
    throw new EngineError(
      'invalid',
      `expected sysctl '${text.slice(0, text.indexOf('='))}' to have format net.X.Y.IFNAME.Z`,
    );
  }
  return { family, group, setting, value: rest.slice(end + 1) };
}

/** As the launcher takes them: of this interface. */
export function sysctlSteps(
  driverOptions: Readonly<Record<string, string>>,
  interfaceName: string,
): { name: string; value: string }[] {
  // As sysctl(8) has it, a slash stands for a dot inside a name.
  const part = interfaceName.replaceAll('.', '/');
  return endpointSysctls(driverOptions).map(({ family, group, setting, value }) => ({
    name: `net.${family}.${group}.${part}.${setting}`,
    value,
  }));
}

/**
 * Lets the kernel tell the neighbours of an interface whose hardware address is another one in each run, as soon as it is
 * up: they would go on asking for the last one for up to minutes.
 */
export function advertisingSteps(
  { address, address6 }: { readonly address: string; readonly address6: string },
  interfaceName: string,
): { name: string; value: string }[] {
  const part = interfaceName.replaceAll('.', '/');
  return [
    ...(address === '' ? [] : [{ name: `net.ipv4.conf.${part}.arp_notify`, value: '1' }]),
    ...(address6 === '' ? [] : [{ name: `net.ipv6.conf.${part}.ndisc_notify`, value: '1' }]),
  ];
}

/** True where a container's own settings keep IPv6 off all its interfaces. */
export function isWithoutIpv6(sysctls: Readonly<Record<string, string>>): boolean {
  return (sysctls['net.ipv6.conf.all.disable_ipv6'] ?? '0').trim() !== '0';
}

/** True where the last word of the options is that the interface has no IPv6: an address of it would be gone at once. */
export function refusesIpv6(driverOptions: Readonly<Record<string, string>>): boolean {
  const last = endpointSysctls(driverOptions).findLast(
    ({ family, group, setting }) => family === 'ipv6' && group === 'conf' && setting === 'disable_ipv6',
  );
  return last !== undefined && last.value.trim() !== '0';
}
