import { createHash } from 'node:crypto';
import type { Launcher } from '../launcher/interface.ts';
import { macForAddress } from './address.ts';
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

/** Driver options with a meaning here; all others are kept and shown. */
export const BRIDGE_OPTION = {
  name: 'com.docker.network.bridge.name',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
  mtu: 'com.docker.network.driver.mtu',
  interfacePrefix: 'com.docker.network.container_iface_prefix',
} as const;

/** A network of driver `bridge`: one bridge interface, its subnets, and the addresses leased from them. */
export class BridgeNetwork {
  readonly record: NetworkRecord;
  readonly interfaceName: string;
  readonly mtu: number;
  readonly pools: readonly AddressPool[];
  #made: Promise<void> | null = null;

  /** Throws `invalid` when the record's subnets are off. */
  constructor(record: NetworkRecord, options: { interfaceName: string; defaultMtu: number }) {
    this.record = record;
    this.interfaceName = options.interfaceName;
    this.mtu = Number(record.options[BRIDGE_OPTION.mtu] ?? options.defaultMtu);
    this.pools = record.ipam.config.map((config) => new AddressPool(config));
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  /** False when containers on it may not reach each other. */
  get communicates(): boolean {
    return this.#switch(BRIDGE_OPTION.icc);
  }

  get masquerades(): boolean {
    return !this.record.internal && this.#switch(BRIDGE_OPTION.masquerade);
  }

  #switch(option: string): boolean {
    return !['false', '0', 'f', 'F', 'FALSE', 'False'].includes(this.record.options[option] ?? 'true');
  }

  /** Address of the bridge, which is the containers' gateway: the first IPv4 one, else IPv6. */
  get gateway(): string {
    return (this.pools.find(({ family }) => family === 4) ?? this.pools[0])?.gateway ?? '';
  }

  /** Makes the interface once; `prepare` runs after it (uplink, firewall). */
  ensure(launcher: Pick<Launcher, 'ensureBridge'>, alias: string, prepare: () => Promise<void>): Promise<void> {
    this.#made ??= this.#make(launcher, alias, prepare).catch((error: unknown) => {
      this.#made = null; // The next container tries again.
      throw error;
    });
    return this.#made;
  }

  async #make(launcher: Pick<Launcher, 'ensureBridge'>, alias: string, prepare: () => Promise<void>): Promise<void> {
    const addresses = this.pools.map(({ gateway, prefixLength }) => `${gateway}/${prefixLength}`);
    await launcher.ensureBridge({ name: this.interfaceName, addresses, mtu: this.mtu, alias });
    await prepare();
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
        gateway: pool?.gateway ?? '',
        address6,
        prefixLength6: pool6?.prefixLength ?? 0,
        gateway6: pool6?.gateway ?? '',
        macAddress: config.macAddress === '' ? macFor(address, address6) : config.macAddress,
      };
    } catch (error) {
      this.release(holder);
      throw error;
    }
  }

  #leaseFamily(family: 4 | 6, asked: string, holder: string): [AddressPool | undefined, string] {
    const pools = this.pools.filter((pool) => pool.family === family);
    const chosen = asked === '' ? pools[0] : (pools.find((pool) => pool.covers(asked)) ?? pools[0]);
    if (chosen === undefined) return [undefined, ''];
    return [chosen, asked === '' ? chosen.lease(holder, this.name) : chosen.leaseStatic(asked, holder)];
  }

  /** Takes the addresses that a running container already has, after an engine restart. */
  adopt(addresses: readonly string[], holder: string): void {
    for (const address of addresses) for (const pool of this.pools) pool.adopt(address, holder);
  }

  release(holder: string): void {
    for (const pool of this.pools) pool.release(holder);
  }
}

function macFor(address: string, address6: string): string {
  if (address !== '') return macForAddress(address);
  const bytes = createHash('sha256').update(address6).digest('hex').slice(0, 8);
  return `02:42:${bytes.match(/../g)?.join(':') ?? ''}`;
}
