import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { EngineError } from '../errors.ts';
import { overlaps, parseAddress, parseSubnet, formatSubnet, type Subnet } from './address.ts';
import { BRIDGE_OPTION } from './bridge-network.ts';
import { AddressPool, chooseSubnet, type ConfiguredPool, type PoolConfig } from './ipam.ts';
import type { NetworkRecord } from './network-record.ts';

/** Docker takes null wherever a field may be absent. */
const text = z.string().nullish();
const flag = z.boolean().nullish();
const map = z.record(z.string(), z.string()).nullish();

const requestSchema = z.looseObject({
  Name: text,
  Driver: text,
  Scope: text,
  Internal: flag,
  Attachable: flag,
  Ingress: flag,
  ConfigOnly: flag,
  ConfigFrom: z.looseObject({ Network: text }).nullish(),
  EnableIPv4: flag,
  EnableIPv6: flag,
  IPAM: z
    .looseObject({
      Driver: text,
      Options: map,
      Config: z.array(z.looseObject({ Subnet: text, IPRange: text, Gateway: text, AuxiliaryAddresses: map })).nullish(),
    })
    .nullish(),
  Options: map,
  Labels: map,
});

type CreateRequest = z.infer<typeof requestSchema>;

/** What a new network has to fit in with. */
export interface Surroundings {
  /** Subnets of other networks: asking for one that overlaps is an error. */
  readonly used: readonly Subnet[];
  /** Those and the host's: never chosen. */
  readonly taken: readonly Subnet[];
  readonly seed: string;
  /** Where subnets are chosen from; by default Docker's pools. */
  readonly pools?: readonly ConfiguredPool[];
  /** Options of a network that does not set them. */
  readonly options?: Readonly<Record<string, string>>;
}

/** Reads and checks the body of `POST /networks/create`. Throws `invalid`, `forbidden` or `not-found`. */
export function newNetwork(body: unknown, surroundings: Surroundings): NetworkRecord {
  const parsed = requestSchema.safeParse(body ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new EngineError('invalid', `invalid network config: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const request = parsed.data;
  const name = checkedName(request.Name ?? '');
  checkKind(request);
  const options = { ...surroundings.options, ...request.Options };
  checkNetworkOptions(options);
  const enableIpv4 = request.EnableIPv4 ?? true;
  const enableIpv6 = request.EnableIPv6 ?? false;
  const asked = (request.IPAM?.Config ?? []).filter((config) => Object.keys(config).length > 0);
  const config = planPools(asked, { enableIpv4, enableIpv6 }, surroundings);
  return {
    id: randomBytes(32).toString('hex'),
    name,
    created: new Date().toISOString(),
    driver: 'bridge',
    internal: request.Internal ?? false,
    attachable: request.Attachable ?? false,
    enableIpv4,
    enableIpv6,
    ipam: { options: request.IPAM?.Options ?? null, config, chosen: asked.some(({ Subnet: given }) => Boolean(given)) },
    options,
    labels: request.Labels ?? {},
  };
}

function checkedName(name: string): string {
  if (name.trim() === '') throw new EngineError('invalid', 'invalid name: name is empty');
  if (['bridge', 'host', 'none', 'default'].includes(name)) {
    throw new EngineError('forbidden', `operation is not permitted on predefined ${name} network`);
  }
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw new EngineError('invalid', `invalid network name: "${name}": only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`);
  }
  return name;
}

function checkKind(request: CreateRequest): void {
  const driver = request.Driver ?? '';
  if (driver === 'host' || driver === 'null') {
    throw new EngineError('forbidden', `only one instance of "${driver}" network is allowed`);
  }
  if (driver === 'overlay' || request.Scope === 'swarm' || request.Ingress === true) {
    throw new EngineError(
      'forbidden',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  }
  if (driver !== '' && driver !== 'bridge' && driver !== 'default') {
    throw new EngineError(
      'not-found',
      `could not find a network driver of name ${driver}: plugin "${driver}" not found`,
    );
  }
  if (request.ConfigOnly === true || (request.ConfigFrom?.Network ?? '') !== '') {
    throw new EngineError('invalid', 'configuration networks are for drivers that this engine does not have');
  }
  const ipam = request.IPAM?.Driver ?? '';
  if (ipam !== '' && ipam !== 'default')
    throw new EngineError('not-found', `could not find an IPAM driver of name ${ipam}`);
}

/** At most 15 bytes, and none of what a path or a shell could trip over: linux/if.h IFNAMSIZ, dev_valid_name(). */
const INTERFACE_NAME = /^(?!\.{1,2}$)[a-zA-Z0-9_.-]{1,15}$/;

/** Throws `invalid` for options of a bridge network that make no sense. */
export function checkNetworkOptions(options: Readonly<Record<string, string>>): void {
  const name = options[BRIDGE_OPTION.name];
  if (name !== undefined && !INTERFACE_NAME.test(name)) {
    throw new EngineError('invalid', `invalid bridge interface name: ${JSON.stringify(name)}`);
  }
  const prefix = options[BRIDGE_OPTION.interfacePrefix];
  // Room for a number after it.
  if (prefix !== undefined && !/^[a-zA-Z][a-zA-Z0-9_-]{0,11}$/.test(prefix)) {
    throw new EngineError('invalid', `invalid interface prefix: ${JSON.stringify(prefix)}`);
  }
  const mtu = options[BRIDGE_OPTION.mtu];
  // 68 is the least an IPv4 link must carry (RFC 791), 65535 the most that veth takes.
  if (mtu !== undefined && (!/^\d{1,5}$/.test(mtu) || Number(mtu) < 68 || Number(mtu) > 65_535)) {
    throw new EngineError('invalid', `invalid value for '${BRIDGE_OPTION.mtu}': ${mtu}`);
  }
  for (const option of [BRIDGE_OPTION.icc, BRIDGE_OPTION.masquerade]) {
    const value = options[option];
    if (value !== undefined && !/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)) {
      throw new EngineError(
        'invalid',
        `invalid value for '${option}': strconv.ParseBool: parsing "${value}": invalid syntax`,
      );
    }
  }
  const binding = options[BRIDGE_OPTION.hostBinding];
  if (binding !== undefined && parseAddress(binding) === null) {
    throw new EngineError('invalid', `invalid value for '${BRIDGE_OPTION.hostBinding}': ${binding}`);
  }
}

type AskedPool = NonNullable<NonNullable<NonNullable<CreateRequest['IPAM']>['Config']>[number]>;

function planPools(
  asked: readonly AskedPool[],
  families: { enableIpv4: boolean; enableIpv6: boolean },
  surroundings: Surroundings,
): PoolConfig[] {
  const chosen: Subnet[] = [];
  const pools = asked.map((config) => {
    const subnet = askedSubnet(config, [...surroundings.taken, ...chosen], surroundings.pools);
    if (subnet.family === 6 && !families.enableIpv6) {
      throw new EngineError(
        'invalid',
        `invalid network config:\ninvalid subnet ${formatSubnet(subnet)}: IPv6 is not enabled`,
      );
    }
    if ([...surroundings.used, ...chosen].some((other) => overlaps(other, subnet))) {
      throw new EngineError('forbidden', 'invalid pool request: Pool overlaps with other one on this address space');
    }
    chosen.push(subnet);
    return poolConfig(config, subnet);
  });
  for (const family of [...(families.enableIpv4 ? [4 as const] : []), ...(families.enableIpv6 ? [6 as const] : [])]) {
    if (chosen.some((subnet) => subnet.family === family)) continue;
    const subnet = chooseSubnet(
      family,
      [...surroundings.taken, ...chosen],
      family === 6 ? surroundings.seed : '',
      surroundings.pools,
    );
    chosen.push(subnet);
    pools.push(poolConfig({}, subnet));
  }
  if (pools.length === 0) throw new EngineError('invalid', 'IPv4 or IPv6 must be enabled');
  return pools;
}

function askedSubnet(config: AskedPool, taken: readonly Subnet[], pools?: readonly ConfiguredPool[]): Subnet {
  const given = config.Subnet ?? '';
  if (given === '') return chooseSubnet(4, taken, '', pools);
  const subnet = parseSubnet(given);
  if (subnet === null)
    throw new EngineError('invalid', `invalid network config:\ninvalid subnet ${given}: invalid CIDR block notation`);
  if (formatSubnet(subnet) !== formatSubnetText(given)) {
    throw new EngineError(
      'invalid',
      `invalid network config:\ninvalid subnet ${given}: it should be ${formatSubnet(subnet)}`,
    );
  }
  return subnet;
}

/** The same text in canonical spelling, host bits kept: what differs from the subnet then has host bits set. */
function formatSubnetText(given: string): string {
  const [address = '', prefix = ''] = given.split('/');
  const whole = parseSubnet(`${address}/${address.includes(':') ? 128 : 32}`);
  return whole === null ? given : `${formatSubnet(whole).split('/')[0] ?? ''}/${Number(prefix)}`;
}

/** The configuration as inspect shows it, with the gateway that was chosen. Checks all addresses. */
function poolConfig(config: AskedPool, subnet: Subnet): PoolConfig {
  const gateway = (config.Gateway ?? '').split('/')[0] ?? '';
  const auxiliary = config.AuxiliaryAddresses ?? {};
  const plain = {
    Subnet: formatSubnet(subnet),
    ...((config.IPRange ?? '') === '' ? {} : { IPRange: config.IPRange ?? '' }),
    ...(gateway === '' ? {} : { Gateway: gateway }),
    ...(Object.keys(auxiliary).length === 0 ? {} : { AuxiliaryAddresses: auxiliary }),
  };
  return { ...plain, Gateway: new AddressPool(plain).gateway };
}
