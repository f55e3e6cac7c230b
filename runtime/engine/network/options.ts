import { EngineError } from '../errors.ts';
import { parseAddress, type Family } from './address.ts';

/** Driver options with a meaning here; all others are kept and shown. */
export const NETWORK_OPTION = {
  name: 'com.docker.network.bridge.name',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
  gatewayMode4: 'com.docker.network.bridge.gateway_mode_ipv4',
  gatewayMode6: 'com.docker.network.bridge.gateway_mode_ipv6',
  inhibitIpv4: 'com.docker.network.bridge.inhibit_ipv4',
  mtu: 'com.docker.network.driver.mtu',
  hostIpv4: 'com.docker.network.host_ipv4',
  hostIpv6: 'com.docker.network.host_ipv6',
  enableIpv4: 'com.docker.network.enable_ipv4',
  enableIpv6: 'com.docker.network.enable_ipv6',
  interfacePrefix: 'com.docker.network.container_iface_prefix',
} as const;

export type NetworkOptions = Readonly<Record<string, string>>;

/**
 * How the host stands between a network's containers and the outside, in one address family: `nat`: behind its addresses;
 * `nat-unprotected`: so, but let through to; `routed`: by their own, on published ports; `isolated`: not at all, the
 * bridge itself has no address.
 */
export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed' | 'isolated';

const GATEWAY_MODES: readonly string[] = ['nat', 'nat-unprotected', 'routed', 'isolated'] satisfies GatewayMode[];

export function gatewayMode(options: NetworkOptions, family: Family): GatewayMode {
  return (options[family === 4 ? NETWORK_OPTION.gatewayMode4 : NETWORK_OPTION.gatewayMode6] ?? 'nat') as GatewayMode;
}

/** The value of an option that is a word of Go's ParseBool. */
export function switched(options: NetworkOptions, option: string, usual: boolean): boolean {
  const value = options[option];
  return value === undefined ? usual : TRUE.includes(value);
}

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** At most 15 bytes, and none of what a path or a shell could trip over: linux/if.h IFNAMSIZ, dev_valid_name(). */
const INTERFACE_NAME = /^(?!\.{1,2}$)[a-zA-Z0-9_.-]{1,15}$/;

/** Throws `invalid` for options of a bridge network that make no sense. */
export function checkNetworkOptions(options: NetworkOptions): void {
  const check = (option: string, problem: (value: string) => string | null): void => {
    const value = options[option];
    const found = value === undefined ? null : problem(value);
    if (found !== null) throw new EngineError('invalid', `failed to parse ${option} value: ${value ?? ''} (${found})`);
  };
  const name = options[NETWORK_OPTION.name];
  if (name !== undefined && !INTERFACE_NAME.test(name)) {
    throw new EngineError('invalid', `invalid bridge interface name: ${JSON.stringify(name)}`);
  }
  const prefix = options[NETWORK_OPTION.interfacePrefix];
  // Room for a number after it.
  if (prefix !== undefined && !/^[a-zA-Z][a-zA-Z0-9_-]{0,11}$/.test(prefix)) {
    throw new EngineError('invalid', `invalid interface prefix: ${JSON.stringify(prefix)}`);
  }
  // 68 is the least an IPv4 link must carry (RFC 791), 65535 the most that veth takes; 0 leaves it to the engine.
  check(NETWORK_OPTION.mtu, (value) =>
    value === '0' || (/^\d{1,5}$/.test(value) && Number(value) >= 68 && Number(value) <= 65_535)
      ? null
      : 'it is a number from 68 to 65535',
  );
  for (const option of [NETWORK_OPTION.icc, NETWORK_OPTION.masquerade, NETWORK_OPTION.inhibitIpv4])
    check(option, (value) =>
      [...TRUE, ...FALSE].includes(value) ? null : `strconv.ParseBool: parsing "${value}": invalid syntax`,
    );
  for (const option of [NETWORK_OPTION.gatewayMode4, NETWORK_OPTION.gatewayMode6])
    check(option, (value) => (GATEWAY_MODES.includes(value) ? null : `unknown gateway mode ${value}`));
  for (const option of [NETWORK_OPTION.hostBinding, NETWORK_OPTION.hostIpv4, NETWORK_OPTION.hostIpv6])
    check(option, (value) => (parseAddress(value) === null ? 'nil ip' : null));
  check(NETWORK_OPTION.hostIpv4, (value) => (parseAddress(value)?.family === 4 ? null : 'no IPv4 address'));
  check(NETWORK_OPTION.hostIpv6, (value) => (parseAddress(value)?.family === 6 ? null : 'no IPv6 address'));
}

/** Whether a family is enabled by an option, for who has not said it otherwise. Throws `invalid`. */
export function familyOption(options: NetworkOptions, option: string, usual: boolean): boolean {
  const value = options[option];
  if (value !== undefined && ![...TRUE, ...FALSE].includes(value))
    throw new EngineError('invalid', `driver-opt ${JSON.stringify(option)} is not a valid bool`);
  return switched(options, option, usual);
}
