import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launcher } from '../launcher/interface.ts';
import { formatSubnet, overlaps, parseSubnet, type Subnet } from './address.ts';
import { BridgeNetwork, bridgeInterfaceName, chooseSubnet, hostSubnets } from './bridge-network.ts';
import { DefaultNetworks, networkId } from './default-networks.ts';
import { SYSTEM_DATA_ROOT } from '../system/paths.ts';
import type { Uplink } from './uplink.ts';

/** The predefined networks of the engine on `dataRoot`. Nothing is made on the host yet. */
export function createNetworks(dataRoot: string, launcher: Launcher, uplink: Uplink): DefaultNetworks {
  // Rootless, the interface is in a namespace of the launcher's own: any name is free there.
  const interfaceName = bridgeInterfaceName(dataRoot, dataRoot === SYSTEM_DATA_ROOT || launcher.rootless);
  const bridge = new BridgeNetwork({
    id: networkId(dataRoot, 'bridge'),
    name: 'bridge',
    interfaceName,
    subnet: persistentSubnet(dataRoot, interfaceName),
  });
  return new DefaultNetworks({
    bridge,
    seed: dataRoot,
    created: new Date().toISOString(),
    launcher,
    uplink: (network) => uplink.connect(network),
  });
}

/** The default bridge's subnet, chosen once per data root so that addresses stay what they were. */
function persistentSubnet(dataRoot: string, interfaceName: string): Subnet {
  const path = join(dataRoot, 'bridge-subnet');
  const known = parseSubnet(readOrEmpty(path).trim());
  const taken = hostSubnets(interfaceName);
  if (known !== null && !taken.some((subnet) => overlaps(subnet, known))) return known;
  const chosen = chooseSubnet(taken);
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
