import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Launcher } from '../launcher/interface.ts';
import type { EventBus } from '../system/events.ts';
import { SYSTEM_DATA_ROOT } from '../system/paths.ts';
import { formatAddress, formatSubnet, overlaps, parseSubnet, type Subnet } from './address.ts';
import { askedPool, NO_BRIDGE, USUAL_BRIDGE, type DefaultBridge } from './default-bridge.ts';
import { defaultSubnet } from './default-subnet.ts';
import { hostSubnets, interfaceAddress } from './host-routes.ts';
import { EngineError } from '../errors.ts';
import { AddressPool, chooseSubnet, type ConfiguredPool, type PoolConfig } from './ipam.ts';
import type { NetworkRecord, NetworkRepository } from './network-record.ts';
import { networkId, Networks } from './networks.ts';
import { NETWORK_OPTION } from './options.ts';
import { engineMark, type Uplink } from './uplink.ts';

/** MTU of bridges on the host: the Ethernet default, what every uplink carries. */
const ROOT_MTU = 1500;
/** Rootless, packets end at pasta, which turns them into streams: the fewer, the faster (7 times, RootlessKit's figures). */
const ROOTLESS_MTU = 65_520;

/** The networks of the engine on `dataRoot`. Nothing is made on the host yet. Throws `invalid`, `forbidden`, `unavailable`. */
export async function createNetworks(
  dataRoot: string,
  parts: { launcher: Launcher; uplink: Uplink; repository: NetworkRepository; events: EventBus },
  pools: readonly ConfiguredPool[] = [],
  asked: DefaultBridge = USUAL_BRIDGE,
): Promise<Networks> {
  const wanted = withOwnAddresses(asked, parts.launcher);
  // Rootless, the interface is in a namespace of the launcher's own: any name is free there.
  const isOnlyOne = dataRoot === SYSTEM_DATA_ROOT || parts.launcher.rootless;
  const withoutBridge = wanted.bridge === NO_BRIDGE;
  const isForeign = wanted.bridge !== '' && !withoutBridge;
  const defaultInterface = isForeign ? wanted.bridge : bridgeInterfaceName(dataRoot, isOnlyOne);
  const defaultMtu = parts.launcher.rootless ? ROOTLESS_MTU : ROOT_MTU;
  const used = parts.repository
    .all()
    .filter(({ configOnly }) => configOnly !== true)
    .flatMap(({ ipam }) => ipam.config.flatMap(({ Subnet: text }) => parseSubnet(text) ?? []));
  const taken = [...hostSubnets(new Set([defaultInterface])), ...used];
  const chosen4 = async (): Promise<PoolConfig> => {
    const subnet = await defaultSubnet({
      dataRoot,
      interfaceName: defaultInterface,
      taken,
      // Two engines that start in the same moment see nothing of each other's bridges yet.
      seed: isOnlyOne ? '' : dataRoot,
      pools,
      launcher: parts.launcher,
    });
    const gateway = formatAddress({ family: 4, value: subnet.base + 1n });
    return { Subnet: formatSubnet(subnet), Gateway: gateway };
  };
  const config: PoolConfig[] = withoutBridge ? [] : [free(askedPool(wanted, 4), used) ?? (await chosen4())];
  if (wanted.ipv6 && !withoutBridge) config.push(free(askedPool(wanted, 6), used) ?? chosen6(taken, dataRoot, pools));
  return new Networks({
    ...parts,
    seed: dataRoot,
    alias: `berth ${engineMark(dataRoot)}`,
    defaultMtu,
    defaultInterface,
    withoutBridge,
    predefined: predefinedRecords(dataRoot, {
      wanted: { ...wanted, mtu: wanted.mtu === 0 ? defaultMtu : wanted.mtu },
      interfaceName: defaultInterface,
      config,
    }),
  });
}

/**
 * A bridge of the host's that was made by somebody else brings its addresses along. Throws `invalid` when there is no such
 * bridge, and for who has none of the host's.
 */
function withOwnAddresses(wanted: DefaultBridge, { rootless }: Pick<Launcher, 'rootless'>): DefaultBridge {
  const { bridge } = wanted;
  if (bridge === '' || bridge === NO_BRIDGE) return wanted;
  if (rootless)
    throw new EngineError(
      'invalid',
      `bridge ${bridge} is the host's, which an engine of an ordinary user has none of: only none can be asked for`,
    );
  if (!existsSync(`/sys/class/net/${bridge}/bridge`))
    throw new EngineError('invalid', `bridge device with non default name ${bridge} must be created manually`);
  return { ...wanted, bip: interfaceAddress(bridge, 4), bip6: interfaceAddress(bridge, 6) };
}

/** Throws `forbidden` for what another network has. */
function free(config: PoolConfig | null, used: readonly Subnet[]): PoolConfig | null {
  const subnet = parseSubnet(config?.Subnet ?? '');
  if (subnet !== null && used.some((other) => overlaps(other, subnet)))
    throw new EngineError(
      'forbidden',
      'error creating default "bridge" network: invalid pool request: Pool overlaps with other one on this address space',
    );
  return config;
}

function chosen6(taken: readonly Subnet[], seed: string, pools: readonly ConfiguredPool[]): PoolConfig {
  const plain = { Subnet: formatSubnet(chooseSubnet(6, taken, seed, pools)) };
  return { ...plain, Gateway: new AddressPool(plain).gateway };
}

function predefinedRecords(
  seed: string,
  { wanted, interfaceName, config }: { wanted: DefaultBridge; interfaceName: string; config: readonly PoolConfig[] },
): NetworkRecord[] {
  const record = (name: string, driver: NetworkRecord['driver']): NetworkRecord => ({
    id: networkId(seed, name),
    name,
    created: new Date().toISOString(),
    driver,
    internal: false,
    attachable: false,
    enableIpv4: true,
    enableIpv6: false,
    ipam: { options: null, config: [], chosen: false },
    options: {},
    labels: {},
  });
  return [
    {
      ...record('bridge', 'bridge'),
      enableIpv6: wanted.ipv6,
      ipam: { options: null, config, chosen: false },
      options: {
        'com.docker.network.bridge.default_bridge': 'true',
        [NETWORK_OPTION.icc]: String(wanted.icc),
        [NETWORK_OPTION.masquerade]: String(wanted['ip-masq']),
        [NETWORK_OPTION.hostBinding]: wanted.ip === '' ? '0.0.0.0' : wanted.ip,
        [NETWORK_OPTION.name]: interfaceName,
        [NETWORK_OPTION.mtu]: String(wanted.mtu),
      },
    },
    record('host', 'host'),
    record('none', 'null'),
  ];
}

/** Interface name of an engine's default bridge: `berth0`, or one of its own for an engine on another data root. */
function bridgeInterfaceName(dataRoot: string, isDefaultRoot: boolean): string {
  if (isDefaultRoot) return 'berth0';
  return `br-${createHash('sha256').update(dataRoot).digest('hex').slice(0, 12)}`;
}
