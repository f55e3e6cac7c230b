import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launcher } from '../launcher/interface.ts';
import { readIfThere } from '../store/files.ts';
import { formatSubnet, overlaps, parseSubnet, type Subnet } from './address.ts';
import { routesOf } from './host-routes.ts';
import { chooseSubnet, type ConfiguredPool } from './ipam.ts';

export interface DefaultSubnetRequest {
  readonly dataRoot: string;
  /** Interface of the default bridge. */
  readonly interfaceName: string;
  /** Subnets that it must stay out of: those of the host and of other networks. */
  readonly taken: readonly Subnet[];
  /** Scatters the choice of engines that are many on one host; '' takes the first that is free. */
  readonly seed: string;
  readonly pools: readonly ConfiguredPool[];
  readonly launcher: Pick<Launcher, 'runHelper'>;
}

/**
 * The default bridge's subnet, chosen once per data root so that addresses stay what they were. It is chosen anew when
 * the host has come to use it, but not while the bridge is still there: a former engine's containers may be on it, and
 * the bridge would keep its former address beside the new one, in the way of whoever is given that subnet next.
 *
 * Throws `unavailable` when all address pools are taken.
 */
export async function defaultSubnet(request: DefaultSubnetRequest): Promise<Subnet> {
  const path = join(request.dataRoot, 'bridge-subnet');
  const known = parseSubnet(readIfThere(path).trim());
  if (known !== null) {
    const isFree = !request.taken.some((subnet) => overlaps(subnet, known));
    if (isFree || (await isRoutedBy(request.interfaceName, known, request.launcher))) return known;
  }
  const chosen = chooseSubnet(4, request.taken, request.seed, request.pools);
  writeFileSync(path, `${formatSubnet(chosen)}\n`);
  return chosen;
}

/** Whether there is such an interface with the subnet, in the network namespace where the bridges are. */
async function isRoutedBy(name: string, subnet: Subnet, launcher: Pick<Launcher, 'runHelper'>): Promise<boolean> {
  const { output } = await launcher.runHelper(['grep', `^${name}\t`, '/proc/net/route'], '');
  return routesOf(output).some((route) => route.name === name && formatSubnet(route.subnet) === formatSubnet(subnet));
}
