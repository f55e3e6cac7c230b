import { createHash, randomBytes } from 'node:crypto';
import type { Launcher } from '../launcher/interface.ts';
import type { EndpointLink } from '../launcher/types.ts';
import { macForAddress, type Family } from './address.ts';
import { AddressPool } from './ipam.ts';
import type { EndpointConfig, NetworkRecord } from './network-record.ts';

/** Addresses on a network, leased to a container while it runs. An absent family has ''. */
export interface Lease {
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly address6: string;
  readonly prefixLength6: number;
  readonly gateway6: string;
  readonly macAddress: string;
}

/** What an endpoint asks of a lease. */
export interface LeaseRequest extends Pick<EndpointConfig, 'ipv4' | 'ipv6' | 'macAddress'> {
  /** Its interface is to have no IPv6, whatever the network has. */
  readonly withoutIpv6?: boolean;
}

/** What networks are made with. */
export type NetworkLauncher = Pick<Launcher, 'rootless' | 'ensureBridge' | 'ensureParent'>;

/** A network that containers have interfaces and addresses on. */
export abstract class LeasedNetwork {
  readonly record: NetworkRecord;
  /** The interface on the host that the containers' are joined to. */
  readonly interfaceName: string;
  readonly mtu: number;
  readonly pools: readonly AddressPool[];
  #made: Promise<void> | null = null;

  /** Throws `invalid` when the record's subnets are off. `isGatewayless`: there is no gateway but one that was asked for. */
  constructor(
    record: NetworkRecord,
    options: { interfaceName: string; mtu: number; isGatewayless: (family: Family) => boolean },
  ) {
    this.record = record;
    this.interfaceName = options.interfaceName;
    this.mtu = options.mtu;
    this.pools = record.ipam.config.map((config) => new AddressPool(config, options.isGatewayless));
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  /** How the containers' interfaces are joined to it. */
  abstract readonly link: EndpointLink;

  /** False when the network's containers must have no way to the outside. */
  abstract readonly hasWayOut: boolean;

  /** Makes what the containers' interfaces are joined to. */
  protected abstract make(launcher: NetworkLauncher, alias: string): Promise<void>;

  /** Default routes of a container by this network: gateways, or an unspecified address for the interface itself. */
  routesOf({ gateway, gateway6 }: Pick<Lease, 'gateway' | 'gateway6'>): string[] {
    return [gateway, gateway6].filter((text) => text !== '');
  }

  /** Makes the interface once; `prepare` runs after it (uplink, firewall). */
  ensure(launcher: NetworkLauncher, alias: string, prepare: () => Promise<void>): Promise<void> {
    this.#made ??= this.make(launcher, alias)
      .then(prepare)
      .catch((error: unknown) => {
        this.#made = null; // The next container tries again.
        throw error;
      });
    return this.#made;
  }

  /** True when a container has an address on it, if only just. */
  get isLeased(): boolean {
    return this.pools.some(({ isLeased }) => isLeased);
  }

  get made(): boolean {
    return this.#made !== null;
  }

  /** Forgets that the interface exists, after the launcher's namespaces were lost. */
  forget(): void {
    this.#made = null;
  }

  /** Leases one address of each family. Throws what AddressPool does, and leaves nothing leased then. */
  lease(holder: string, config: LeaseRequest): Lease {
    try {
      const [pool, address] = this.#leaseFamily(4, config.ipv4, holder);
      const [pool6, address6] =
        config.withoutIpv6 === true ? [undefined, ''] : this.#leaseFamily(6, config.ipv6, holder);
      return {
        address,
        prefixLength: pool?.prefixLength ?? 0,
        gateway: pool?.route ?? '',
        address6,
        prefixLength6: pool6?.prefixLength ?? 0,
        gateway6: pool6?.route ?? '',
        macAddress: this.#macFor(config.macAddress, address, address6),
      };
    } catch (error) {
      this.release(holder);
      throw error;
    }
  }

  #leaseFamily(family: Family, asked: string, holder: string): [AddressPool | undefined, string] {
    const pools = this.pools.filter((pool) => pool.family === family);
    const chosen = asked === '' ? pools[0] : (pools.find((pool) => pool.covers(asked)) ?? pools[0]);
    if (chosen === undefined) return [undefined, ''];
    return [chosen, asked === '' ? chosen.lease(holder, this.name) : chosen.leaseStatic(asked, holder)];
  }

  /**
   * On a bridge the address of the interface follows from that of the container, and neighbours that remember it are never
   * wrong. Among strangers it is one by chance: the last run's may be there still. Those of ipvlan have their parent's.
   */
  #macFor(asked: string, address: string, address6: string): string {
    switch (this.link.kind) {
      case 'veth':
        return asked === '' ? derivedMac(address, address6) : asked;
      case 'macvlan':
        return asked === '' ? `02:42:${pairs(randomBytes(4).toString('hex'))}` : asked;
      case 'ipvlan':
        return '';
    }
  }

  /** Takes the addresses that a running container already has, after an engine restart. */
  adopt(addresses: readonly string[], holder: string): void {
    for (const address of addresses) for (const pool of this.pools) pool.adopt(address, holder);
  }

  release(holder: string): void {
    for (const pool of this.pools) pool.release(holder);
  }
}

function derivedMac(address: string, address6: string): string {
  if (address !== '') return macForAddress(address);
  return `02:42:${pairs(createHash('sha256').update(address6).digest('hex').slice(0, 8))}`;
}

function pairs(hex: string): string {
  return hex.match(/../g)?.join(':') ?? '';
}
