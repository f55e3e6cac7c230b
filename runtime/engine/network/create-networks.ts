import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launcher } from '../launcher/interface.ts';
import type { EventBus } from '../system/events.ts';
import { SYSTEM_DATA_ROOT } from '../system/paths.ts';
import { formatAddress, formatSubnet, overlaps, parseSubnet, type Subnet } from './address.ts';
import { BRIDGE_OPTION } from './bridge-network.ts';
import { hostSubnets } from './host-routes.ts';
import { chooseSubnet, type ConfiguredPool } from './ipam.ts';
import type { NetworkRecord, NetworkRepository } from './network-record.ts';
import { networkId, Networks } from './networks.ts';
import { engineMark, type Uplink } from './uplink.ts';

/** MTU of bridges on the host: the Ethernet default, what every uplink carries. */
const ROOT_MTU = 1500;
/** Rootless, packets end at pasta, which turns them into streams: the fewer, the faster (7 times, RootlessKit's figures). */
const ROOTLESS_MTU = 65_520;

/** The networks of the engine on `dataRoot`. Nothing is made on the host yet. */
export function createNetworks(
  dataRoot: string,
  parts: { launcher: Launcher; uplink: Uplink; repository: NetworkRepository; events: EventBus },
  pools: readonly ConfiguredPool[] = [],
): Networks {
  // Rootless, the interface is in a namespace of the launcher's own: any name is free there.
  const isOnlyOne = dataRoot === SYSTEM_DATA_ROOT || parts.launcher.rootless;
  const defaultInterface = bridgeInterfaceName(dataRoot, isOnlyOne);
  const defaultMtu = parts.launcher.rootless ? ROOTLESS_MTU : ROOT_MTU;
  const used = parts.repository.all().flatMap(({ ipam }) => ipam.config.map(({ Subnet: text }) => text));
  return new Networks({
    ...parts,
    seed: dataRoot,
    alias: `berth ${engineMark(dataRoot)}`,
    defaultMtu,
    defaultInterface,
    predefined: predefinedRecords(
      dataRoot,
      defaultInterface,
      defaultMtu,
      // Two engines that start in the same moment see nothing of each other's bridges yet.
      persistentSubnet(dataRoot, defaultInterface, used, isOnlyOne ? '' : dataRoot, pools),
    ),
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

/** The default bridge's subnet, chosen once per data root so that addresses stay what they were. */
function persistentSubnet(
  dataRoot: string,
  interfaceName: string,
  used: readonly string[],
  seed: string,
  pools: readonly ConfiguredPool[],
): Subnet {
  const path = join(dataRoot, 'bridge-subnet');
  const known = parseSubnet(readOrEmpty(path).trim());
  const taken = [...hostSubnets(new Set([interfaceName])), ...used.flatMap((text) => parseSubnet(text) ?? [])];
  if (known !== null && !taken.some((subnet) => overlaps(subnet, known))) return known;
  const chosen = chooseSubnet(4, taken, seed, pools);
  writeFileSync(path, `${formatSubnet(chosen)}\n`);
  return chosen;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // The first start on this data root.
  }
}

/** Interface name of an engine's default bridge: `berth0`, or one of its own for an engine on another data root. */
function bridgeInterfaceName(dataRoot: string, isDefaultRoot: boolean): string {
  if (isDefaultRoot) return 'berth0';
  return `br-${createHash('sha256').update(dataRoot).digest('hex').slice(0, 12)}`;
}
