import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { EngineError } from '../errors.ts';
import { overlaps, parseSubnet, formatSubnet, type Family, type Subnet } from './address.ts';
import { isGatewayless } from './bridge-network.ts';
import { AddressPool, chooseSubnet, type ConfiguredPool, type PoolConfig } from './ipam.ts';
import type { NetworkRecord } from './network-record.ts';
import { checkNetworkOptions, familyOption, gatewayMode, NETWORK_OPTION, type NetworkOptions } from './options.ts';
import { checkParentOptions, isParentDriver, withoutGateway } from './parent-network.ts';

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

type AskedPool = Pick<NonNullable<NonNullable<CreateRequest['IPAM']>['Config']>[number], keyof PoolConfig>;

/** What a new network has to fit in with. */
export interface Surroundings {
  /** Subnets of other networks: asking for one that overlaps is an error. */
  readonly used: readonly Subnet[];
  /** Those and the host's: never chosen. */
  readonly taken: readonly Subnet[];
  readonly seed: string;
  /** Where subnets are chosen from; by default Docker's pools. */
  readonly pools?: readonly ConfiguredPool[];
  /** By driver: options of a network that does not set them. */
  readonly options?: Readonly<Record<string, NetworkOptions>>;
  /** The network of that name that others can be made from. */
  readonly configuration?: (name: string) => NetworkRecord | undefined;
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
  const record = {
    id: randomBytes(32).toString('hex'),
    name,
    created: new Date().toISOString(),
    internal: request.Internal ?? false,
    attachable: request.Attachable ?? false,
  };
  const own = ownParts(request, surroundings.options?.[request.Driver || 'bridge'] ?? {});
  const from = request.ConfigFrom?.Network ?? '';
  if (request.ConfigOnly === true) {
    assertPlain(request, from);
    return {
      ...record,
      ...own,
      driver: 'null',
      ipam: { ...own.ipam, config: own.asked.map(shownPool) },
      configOnly: true,
    };
  }
  const driver = checkedDriver(request);
  const { asked, ...parts } = from === '' ? own : partsFrom(from, request, own, surroundings);
  const gatewayless = checkedOptions(driver, { ...record, options: parts.options });
  const config = planPools(asked, parts, surroundings, gatewayless);
  if (config.length === 0 && driver === 'bridge') throw new EngineError('invalid', 'IPv4 or IPv6 must be enabled');
  const chosen = asked.some(({ Subnet: given }) => Boolean(given));
  return {
    ...record,
    ...parts,
    driver,
    ipam: { ...parts.ipam, config, chosen },
    ...(from === '' ? {} : { configFrom: from }),
  };
}

/** What a new network asks for and does not get. */
export function createWarning({ driver, options }: NetworkRecord, rootless: boolean): string {
  const modes = [gatewayMode(options, 4), gatewayMode(options, 6)];
  const asked = modes.find((mode) => mode === 'routed' || mode === 'nat-unprotected');
  if (!rootless || driver !== 'bridge' || asked === undefined) return '';
  return `gateway mode ${asked} is of no use to other machines: the network is in a network namespace of this user's, to which nothing outside has a route`;
}

type NetworkDriver = 'bridge' | 'macvlan' | 'ipvlan';

/** What a network takes over whole from the one that it is made from. */
type OwnParts = Pick<NetworkRecord, 'enableIpv4' | 'enableIpv6' | 'ipam' | 'options' | 'labels'> & {
  readonly asked: readonly AskedPool[];
};

function ownParts(request: CreateRequest, usual: NetworkOptions): OwnParts {
  const isFromOther = (request.ConfigFrom?.Network ?? '') !== '';
  const options = { ...(isFromOther ? {} : usual), ...request.Options };
  const enableIpv4 = request.EnableIPv4 ?? familyOption(options, NETWORK_OPTION.enableIpv4, true);
  const enableIpv6 = request.EnableIPv6 ?? familyOption(options, NETWORK_OPTION.enableIpv6, false);
  const asked = (request.IPAM?.Config ?? []).filter((config) => Object.keys(config).length > 0);
  const ipam = { options: request.IPAM?.Options ?? null, config: [], chosen: false };
  // What the request itself says is shown in one place alone.
  const said = new Set<string>([
    ...(typeof request.EnableIPv4 === 'boolean' ? [NETWORK_OPTION.enableIpv4] : []),
    ...(typeof request.EnableIPv6 === 'boolean' ? [NETWORK_OPTION.enableIpv6] : []),
  ]);
  const shown = Object.fromEntries(Object.entries(options).filter(([option]) => !said.has(option)));
  return { enableIpv4, enableIpv6, ipam, options: shown, labels: request.Labels ?? {}, asked };
}

/** A configuration to make others from says nothing of what is theirs alone. Throws `forbidden`. */
function assertPlain(request: CreateRequest, from: string): void {
  if (
    request.Ingress === true ||
    request.Internal === true ||
    request.Attachable === true ||
    (request.Scope ?? '') !== ''
  )
    throw new EngineError(
      'forbidden',
      'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.',
    );
  if (from !== '')
    throw new EngineError('forbidden', 'a configuration network cannot depend on another configuration network');
}

/** Throws `forbidden` where something is said beside the other network, and `not-found` where that is none to make others from. */
function partsFrom(from: string, request: CreateRequest, own: OwnParts, surroundings: Surroundings): OwnParts {
  const isOwn =
    !own.enableIpv4 ||
    own.enableIpv6 ||
    Object.keys(own.labels).length > 0 ||
    Object.keys(own.ipam.options ?? {}).length > 0 ||
    own.asked.length > 0;
  if (isOwn)
    throw new EngineError(
      'forbidden',
      'user specified configurations are not supported if the network depends on a configuration network',
    );
  if (Object.keys(request.Options ?? {}).length > 0)
    throw new EngineError(
      'forbidden',
      'network driver options are not supported if the network depends on a configuration network',
    );
  const other = surroundings.configuration?.(from);
  if (other === undefined)
    throw new EngineError('not-found', `configuration network ${JSON.stringify(from)} does not exist`);
  const { enableIpv4, enableIpv6, ipam, options, labels } = other;
  return { enableIpv4, enableIpv6, ipam, options, labels, asked: ipam.config };
}

/** Throws `invalid` for options that make no sense. Returns in which family there is no gateway unless asked for. */
function checkedOptions(
  driver: NetworkDriver,
  record: Pick<NetworkRecord, 'internal' | 'options'>,
): (family: Family) => boolean {
  if (isParentDriver(driver)) {
    checkParentOptions(driver, record.options);
    return () => withoutGateway(driver, record);
  }
  checkNetworkOptions(record.options);
  const modes = [record.options[NETWORK_OPTION.gatewayMode4], record.options[NETWORK_OPTION.gatewayMode6]];
  if (modes.includes('isolated') && !record.internal)
    throw new EngineError('invalid', "gateway mode 'isolated' can only be used for an internal network");
  return (family) => isGatewayless(record, family);
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

function checkedDriver(request: CreateRequest): NetworkDriver {
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
  const ipam = request.IPAM?.Driver ?? '';
  if (ipam !== '' && ipam !== 'default')
    throw new EngineError('not-found', `could not find an IPAM driver of name ${ipam}`);
  if (isParentDriver(driver)) return driver;
  if (driver !== '' && driver !== 'bridge' && driver !== 'default') {
    throw new EngineError(
      'not-found',
      `could not find a network driver of name ${driver}: plugin "${driver}" not found`,
    );
  }
  return 'bridge';
}

function planPools(
  asked: readonly AskedPool[],
  families: { enableIpv4: boolean; enableIpv6: boolean },
  surroundings: Surroundings,
  isGatewayless: (family: Family) => boolean,
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
    return poolConfig(config, subnet, isGatewayless);
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
    pools.push(poolConfig({}, subnet, isGatewayless));
  }
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
function poolConfig(config: AskedPool, subnet: Subnet, isGatewayless: (family: Family) => boolean): PoolConfig {
  const plain = shownPool({ ...config, Subnet: formatSubnet(subnet) });
  const { gateway } = new AddressPool(plain, isGatewayless);
  return gateway === '' ? plain : { ...plain, Gateway: gateway };
}

/** As it was asked for. */
function shownPool(config: AskedPool): PoolConfig {
  const gateway = (config.Gateway ?? '').split('/')[0] ?? '';
  const auxiliary = config.AuxiliaryAddresses ?? {};
  return {
    Subnet: config.Subnet ?? '',
    ...((config.IPRange ?? '') === '' ? {} : { IPRange: config.IPRange ?? '' }),
    ...(gateway === '' ? {} : { Gateway: gateway }),
    ...(Object.keys(auxiliary).length === 0 ? {} : { AuxiliaryAddresses: auxiliary }),
  };
}
