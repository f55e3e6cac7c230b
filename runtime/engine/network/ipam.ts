import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import {
  contains,
  formatAddress,
  formatSubnet,
  lastAddress,
  overlaps,
  parseAddress,
  parseSubnet,
  type Family,
  type Subnet,
} from './address.ts';

/** One subnet of a network as the API shows it (IPAMConfig). */
export interface PoolConfig {
  readonly Subnet: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

/** Names of auxiliary addresses that are the containers' default gateways, other than the bridge. */
export const DEFAULT_GATEWAY: Readonly<Record<Family, string>> = { 4: 'DefaultGatewayIPv4', 6: 'DefaultGatewayIPv6' };

/** Addresses that are remembered after their use: those of more containers than are started again at a time. */
const FORMER_MAX = 4096;

/** The addresses of one subnet: who has which, and which is next. Kept in memory; rebuilt from what runs. */
export class AddressPool {
  readonly subnet: Subnet;
  /** '': there is none. */
  readonly gateway: string;
  /** Where containers' default routes lead: the gateway, unless another was set. */
  readonly route: string;
  readonly #first: bigint;
  readonly #last: bigint;
  readonly #reserved = new Set<bigint>();
  readonly #leases = new Map<bigint, string>();
  /** What was given back, by who had it, the longest ago first: who starts again gets its address again if it is free. */
  readonly #former = new Map<string, bigint>();
  /** Addresses are reused late, so that peers' ARP caches are not fooled. */
  #next: bigint;

  /**
   * Throws `invalid` for a gateway, range or auxiliary address that is not in the subnet. In a family that is
   * `isGatewayless` there is a gateway only where one is asked for.
   */
  constructor(config: PoolConfig, isGatewayless: (family: Family) => boolean = () => false) {
    const subnet = parseSubnet(config.Subnet);
    if (subnet === null) throw new EngineError('invalid', `invalid subnet ${config.Subnet}: invalid CIDR address`);
    this.subnet = subnet;
    const range = config.IPRange === undefined || config.IPRange === '' ? subnet : parsedRange(subnet, config.IPRange);
    const [low, high] = usable(subnet);
    this.#first = range.base > low ? range.base : low;
    this.#last = lastAddress(range) < high ? lastAddress(range) : high;
    for (const text of Object.values(config.AuxiliaryAddresses ?? {})) {
      this.#reserved.add(this.#parse(text, 'auxiliary address'));
    }
    const asked = config.Gateway ?? '';
    const gateway = asked === '' && isGatewayless(subnet.family) ? null : this.#chooseGateway(asked);
    this.gateway = gateway === null ? '' : formatAddress({ family: subnet.family, value: gateway });
    if (gateway !== null) this.#reserved.add(gateway);
    this.route = config.AuxiliaryAddresses?.[DEFAULT_GATEWAY[subnet.family]] ?? this.gateway;
    this.#next = this.#first;
  }

  get family(): Family {
    return this.subnet.family;
  }

  get prefixLength(): number {
    return this.subnet.prefixLength;
  }

  covers(text: string): boolean {
    const address = parseAddress(text);
    return address !== null && contains(this.subnet, address);
  }

  #parse(text: string, what: string): bigint {
    const address = parseAddress(text);
    if (address === null || !contains(this.subnet, address)) {
      throw new EngineError('invalid', `invalid ${what} ${text}: parent subnet is ${formatSubnet(this.subnet)}`);
    }
    return address.value;
  }

  #chooseGateway(text: string): bigint {
    if (text !== '') return this.#parse(text, 'gateway address');
    let gateway = this.#first;
    while (this.#reserved.has(gateway)) gateway += 1n;
    return gateway;
  }

  /** Leases the address that the holder had before, or the next free one. Throws `unavailable` when all are taken. */
  lease(holder: string, networkName: string): string {
    const former = this.#former.get(holder);
    this.#former.delete(holder);
    if (former !== undefined && !this.#leases.has(former)) {
      this.#leases.set(former, holder);
      return formatAddress({ family: this.family, value: former });
    }
    const size = this.#last - this.#first + 1n;
    for (let tried = 0n; tried < size; tried += 1n) {
      const value = this.#next;
      this.#next = value >= this.#last ? this.#first : value + 1n;
      if (this.#reserved.has(value) || this.#leases.has(value)) continue;
      this.#leases.set(value, holder);
      return formatAddress({ family: this.family, value });
    }
    throw new EngineError(
      'unavailable',
      `no available IPv${this.family} addresses on this network's address pools: ${networkName}`,
    );
  }

  /** Leases the address that was asked for. Throws `forbidden` when it is taken, `invalid` when it is not in here. */
  leaseStatic(text: string, holder: string): string {
    const value = this.#parse(text, 'address');
    const known = this.#leases.get(value);
    if (this.#reserved.has(value) || (known !== undefined && known !== holder)) {
      throw new EngineError('forbidden', 'Address already in use');
    }
    this.#leases.set(value, holder);
    return formatAddress({ family: this.family, value });
  }

  /** Takes an address that a running container already has, after an engine restart. */
  adopt(text: string, holder: string): void {
    const address = parseAddress(text);
    if (address === null || !contains(this.subnet, address)) return;
    this.#leases.set(address.value, holder);
    if (address.value >= this.#next && address.value < this.#last) this.#next = address.value + 1n;
  }

  get isLeased(): boolean {
    return this.#leases.size > 0;
  }

  release(holder: string): void {
    for (const [value, owner] of this.#leases) {
      if (owner !== holder) continue;
      this.#leases.delete(value);
      this.#former.set(holder, value);
    }
    for (const [oldest] of this.#former) {
      if (this.#former.size <= FORMER_MAX) break;
      this.#former.delete(oldest);
    }
  }
}

function parsedRange(subnet: Subnet, text: string): Subnet {
  const range = parseSubnet(text);
  if (range === null) throw new EngineError('invalid', `invalid ip-range ${text}: invalid CIDR address`);
  if (range.prefixLength < subnet.prefixLength || !overlaps(range, subnet)) {
    throw new EngineError('invalid', `invalid ip-range ${text}: parent subnet is ${formatSubnet(subnet)}`);
  }
  return range;
}

/** Without network and broadcast address (IPv4), or the subnet-router anycast address (IPv6, RFC 4291 2.6.1). */
function usable(subnet: Subnet): [bigint, bigint] {
  const last = lastAddress(subnet);
  if (last - subnet.base < 2n) return [subnet.base, last];
  return [subnet.base + 1n, subnet.family === 4 ? last - 1n : last];
}

/** Docker's default address pools for local networks, in its order. */
const IPV4_POOLS = [
  ...Array.from({ length: 15 }, (_, index) => `172.${17 + index}.0.0/16`),
  ...Array.from({ length: 16 }, (_, index) => `192.168.${16 * index}.0/20`),
  '10.210.0.0/16',
];

/** As many /64 networks of an engine's own /48 are tried. */
const IPV6_POOLS = 4096;

/**
 * First pool of the family that none of `taken` overlaps. With a `seed`, IPv6 pools are those of an engine's own, and
 * the search among IPv4's begins elsewhere than at Docker's first. Throws `unavailable`.
 */
export function chooseSubnet(
  family: Family,
  taken: readonly Subnet[],
  seed = '',
  configured: readonly ConfiguredPool[] = [],
): Subnet {
  for (const pool of candidates(family, seed, configured)) {
    if (!taken.some((subnet) => overlaps(subnet, pool))) return pool;
  }
  throw new EngineError('unavailable', 'all predefined address pools have been fully subnetted');
}

/** A part of the address space, and the length of the prefix of the subnets out of it. */
export interface ConfiguredPool {
  readonly base: string;
  readonly size: number;
}

/** As many subnets of one configured pool are tried: more networks than anybody has. */
const CONFIGURED_MAX = 65_536n;

function* candidates(family: Family, seed: string, configured: readonly ConfiguredPool[]): Generator<Subnet> {
  const pools = configured.flatMap(({ base, size }) => {
    const subnet = parseSubnet(base);
    return subnet?.family === family ? [{ subnet, size }] : [];
  });
  for (const { subnet, size } of pools) {
    const step = 1n << BigInt((family === 4 ? 32 : 128) - size);
    const end = lastAddress(subnet);
    for (let at = 0n, base = subnet.base; base <= end && at < CONFIGURED_MAX; at += 1n, base += step)
      yield { family, base, prefixLength: size };
  }
  // Who configures pools of a family wants no others.
  if (pools.length > 0) return;
  for (const text of family === 4 ? ipv4Pools(seed) : ipv6Pools(seed)) {
    const pool = parseSubnet(text);
    if (pool !== null) yield pool;
  }
}

function ipv4Pools(seed: string): readonly string[] {
  if (seed === '') return IPV4_POOLS;
  const first = createHash('sha256').update(seed).digest().readUInt32LE(0) % IPV4_POOLS.length;
  return [...IPV4_POOLS.slice(first), ...IPV4_POOLS.slice(0, first)];
}

/** Unique local addresses (RFC 4193): fd, 40 bits that stand for this engine, and the number of the network. */
function* ipv6Pools(seed: string): Generator<string> {
  const global = createHash('sha256').update(seed).digest('hex').slice(0, 10);
  const prefix = `fd${global.slice(0, 2)}:${global.slice(2, 6)}:${global.slice(6, 10)}`;
  for (let number = 0; number < IPV6_POOLS; number += 1) yield `${prefix}:${number.toString(16)}::/64`;
}
