import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Launcher } from '../launcher/interface.ts';
import { EngineError } from '../errors.ts';
import {
  formatIpv4,
  formatSubnet,
  macForAddress,
  overlaps,
  parseIpv4,
  parseSubnet,
  subnetSize,
  type Subnet,
} from './address.ts';

/** An address on a bridge network, leased to a container while it runs. */
export interface Lease {
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly macAddress: string;
}

/** MTU of the bridge and its ports: the Ethernet default, what every uplink carries. */
const BRIDGE_MTU = 1500;

/** A network of driver `bridge`: one bridge interface, one IPv4 subnet, addresses leased from it. */
export class BridgeNetwork {
  readonly id: string;
  readonly name: string;
  readonly interfaceName: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  readonly mtu = BRIDGE_MTU;
  readonly #leases = new Map<string, string>();
  /** Offset of the next address to try: addresses are reused late, so that peers' ARP caches are not fooled. */
  #next = 2;
  #made: Promise<void> | null = null;

  constructor(options: { id: string; name: string; interfaceName: string; subnet: Subnet }) {
    this.id = options.id;
    this.name = options.name;
    this.interfaceName = options.interfaceName;
    this.subnet = options.subnet;
    this.gateway = formatIpv4(options.subnet.base + 1);
  }

  /** Makes the interface once; `prepare` runs after it (uplink, firewall). */
  ensure(launcher: Pick<Launcher, 'ensureBridge'>, prepare: () => Promise<void>): Promise<void> {
    this.#made ??= this.#make(launcher, prepare).catch((error: unknown) => {
      this.#made = null; // The next container tries again.
      throw error;
    });
    return this.#made;
  }

  async #make(launcher: Pick<Launcher, 'ensureBridge'>, prepare: () => Promise<void>): Promise<void> {
    const addresses = [`${this.gateway}/${this.subnet.prefixLength}`];
    await launcher.ensureBridge({ name: this.interfaceName, addresses, mtu: this.mtu });
    await prepare();
  }

  get made(): boolean {
    return this.#made !== null;
  }

  /** Forgets that the interface exists, after the launcher's namespaces were lost. */
  forget(): void {
    this.#made = null;
  }

  /** Leases an address to `containerId`. Throws `unavailable` when the subnet is used up. */
  lease(containerId: string): Lease {
    const last = subnetSize(this.subnet) - 2;
    for (let tried = 0; tried < last; tried += 1) {
      const address = formatIpv4(this.subnet.base + this.#next);
      this.#next = this.#next >= last ? 2 : this.#next + 1;
      if (!this.#leases.has(address)) return this.#take(address, containerId);
    }
    throw new EngineError('unavailable', `no available IPv4 addresses on this network's address pools: ${this.name}`);
  }

  /** Takes an address that a running container already has, after an engine restart. */
  adopt(address: string, containerId: string): void {
    this.#leases.set(address, containerId);
    const offset = (parseIpv4(address) ?? 0) - this.subnet.base;
    if (offset >= this.#next) this.#next = offset + 1;
  }

  release(containerId: string): void {
    for (const [address, holder] of this.#leases) if (holder === containerId) this.#leases.delete(address);
  }

  #take(address: string, containerId: string): Lease {
    this.#leases.set(address, containerId);
    return {
      address,
      prefixLength: this.subnet.prefixLength,
      gateway: this.gateway,
      macAddress: macForAddress(address),
    };
  }
}

/** Docker's default address pools for local networks, in its order. */
const POOLS = [
  ...Array.from({ length: 15 }, (_, index) => `172.${17 + index}.0.0/16`),
  '192.168.0.0/20',
  '10.210.0.0/16',
];

/** First pool that none of `taken` overlaps. Throws `unavailable`. */
export function chooseSubnet(taken: readonly Subnet[]): Subnet {
  for (const text of POOLS) {
    const pool = parseSubnet(text);
    if (pool !== null && !taken.some((subnet) => overlaps(subnet, pool))) return pool;
  }
  throw new EngineError('unavailable', 'all predefined address pools have been fully subnetted');
}

/** Subnets the host routes itself (/proc/net/route), but for those of `ownInterface`. */
export function hostSubnets(ownInterface: string): Subnet[] {
  let text: string;
  try {
    text = readFileSync('/proc/net/route', 'utf8');
  } catch {
    return []; // No IPv4 on this host.
  }
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [name, destination, , , , , , mask] = line.split('\t');
      if (destination === undefined || mask === undefined || name === ownInterface) return [];
      const prefixLength = littleEndian(mask).toString(2).replaceAll('0', '').length;
      // The default route overlaps everything and forbids nothing.
      return prefixLength === 0 ? [] : [{ base: littleEndian(destination), prefixLength }];
    });
}

function littleEndian(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE(0);
}

/** Interface name of an engine's default bridge: `berth0`, or one of its own for an engine on another data root. */
export function bridgeInterfaceName(dataRoot: string, isDefaultRoot: boolean): string {
  if (isDefaultRoot) return 'berth0';
  return `br-${createHash('sha256').update(dataRoot).digest('hex').slice(0, 12)}`;
}

/** Text form for the table of networks. */
export function subnetText(network: BridgeNetwork): string {
  return formatSubnet(network.subnet);
}
