import { createHash } from 'node:crypto';
import type { Launcher } from '../launcher/interface.ts';
import type { EventBus } from '../system/events.ts';
import { SYSTEM_DATA_ROOT } from '../system/paths.ts';
import { formatAddress, formatSubnet, parseSubnet, type Subnet } from './address.ts';
import { BRIDGE_OPTION } from './bridge-network.ts';
import { defaultSubnet } from './default-subnet.ts';
import { hostSubnets } from './host-routes.ts';
import type { ConfiguredPool } from './ipam.ts';
import type { NetworkRecord, NetworkRepository } from './network-record.ts';
import { networkId, Networks } from './networks.ts';
import { engineMark, type Uplink } from './uplink.ts';

/** MTU of bridges on the host: the Ethernet default, what every uplink carries. */
const ROOT_MTU = 1500;
/** Rootless, packets end at pasta, which turns them into streams: the fewer, the faster (7 times, RootlessKit's figures). */
const ROOTLESS_MTU = 65_520;

/** The networks of the engine on `dataRoot`. Nothing is made on the host yet. */
export async function createNetworks(
  dataRoot: string,
  parts: { launcher: Launcher; uplink: Uplink; repository: NetworkRepository; events: EventBus },
  pools: readonly ConfiguredPool[] = [],
): Promise<Networks> {
  // Rootless, the interface is in a namespace of the launcher's own: any name is free there.
  const isOnlyOne = dataRoot === SYSTEM_DATA_ROOT || parts.launcher.rootless;
  const defaultInterface = bridgeInterfaceName(dataRoot, isOnlyOne);
  const defaultMtu = parts.launcher.rootless ? ROOTLESS_MTU : ROOT_MTU;
  const used = parts.repository.all().flatMap(({ ipam }) => ipam.config);
  const subnet = await defaultSubnet({
    dataRoot,
    interfaceName: defaultInterface,
    taken: [
      ...hostSubnets(new Set([defaultInterface])),
      ...used.flatMap(({ Subnet: text }) => parseSubnet(text) ?? []),
    ],
    // Two engines that start in the same moment see nothing of each other's bridges yet.
    seed: isOnlyOne ? '' : dataRoot,
    pools,
    launcher: parts.launcher,
  });
  return new Networks({
    ...parts,
    seed: dataRoot,
    alias: `berth ${engineMark(dataRoot)}`,
    defaultMtu,
    defaultInterface,
    predefined: predefinedRecords(dataRoot, defaultInterface, defaultMtu, subnet),
  });
}

function predefinedRecords(seed: string, interfaceName: string, mtu: number, subnet: Subnet): NetworkRecord[] {
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
  const gateway = formatAddress({ family: 4, value: subnet.base + 1n });
  return [
    {
      ...record('bridge', 'bridge'),
      ipam: { options: null, config: [{ Subnet: formatSubnet(subnet), Gateway: gateway }], chosen: false },
      options: {
        'com.docker.network.bridge.default_bridge': 'true',
        [BRIDGE_OPTION.icc]: 'true',
        [BRIDGE_OPTION.masquerade]: 'true',
        [BRIDGE_OPTION.hostBinding]: '0.0.0.0',
        [BRIDGE_OPTION.name]: interfaceName,
        [BRIDGE_OPTION.mtu]: String(mtu),
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
