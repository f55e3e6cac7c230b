import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import type { EventBus } from '../system/events.ts';
import type { Subnet } from './address.ts';
import { BridgeNetwork } from './bridge-network.ts';
import type { FirewallStamp } from './firewall-stamp.ts';
import { hostSubnets } from './host-routes.ts';
import type { LeasedNetwork } from './leased-network.ts';
import type { NetworkRecord, NetworkRepository } from './network-record.ts';
import { NETWORK_OPTION } from './options.ts';
import { assertRoot, assertShareable, isParentDriver, ParentNetwork } from './parent-network.ts';
import type { Uplink } from './uplink.ts';
import { crashPoint } from '../system/crash-points.ts';

export interface NetworksParts {
  readonly repository: NetworkRepository;
  readonly launcher: Launcher;
  readonly uplink: Uplink;
  readonly events: EventBus;
  /** Tells engines on one host apart: the data root. */
  readonly seed: string;
  /** Set on every bridge the engine makes, so that it is known again. */
  readonly alias: string;
  /** MTU of a network that was given none. */
  readonly defaultMtu: number;
  /** Records of `bridge`, `host` and `none`, and the default bridge's interface. */
  readonly predefined: readonly NetworkRecord[];
  readonly defaultInterface: string;
  /** Containers have no default bridge. */
  readonly withoutBridge?: boolean;
}

/** All networks of the engine: the predefined ones and those in the database. */
export class Networks {
  readonly bridge: BridgeNetwork;
  readonly #parts: NetworksParts;
  readonly #records = new Map<string, NetworkRecord>();
  /** Those that containers have addresses on. */
  readonly #leased = new Map<string, LeasedNetwork>();

  constructor(parts: NetworksParts) {
    this.#parts = parts;
    const bridge = parts.predefined.find(({ driver }) => driver === 'bridge');
    if (bridge === undefined) throw new EngineError('internal', 'there is no default bridge');
    this.bridge = new BridgeNetwork(bridge, {
      interfaceName: parts.defaultInterface,
      defaultMtu: parts.defaultMtu,
    });
    for (const record of parts.predefined) this.#records.set(record.id, record);
    if (parts.withoutBridge === true) this.#records.delete(bridge.id);
    else this.#leased.set(bridge.id, this.bridge);
    for (const record of parts.repository.all()) this.#enter(record);
  }

  #enter(record: NetworkRecord): LeasedNetwork | null {
    const network = record.configOnly === true ? null : this.#networkOf(record);
    this.#records.set(record.id, record);
    if (network !== null) this.#leased.set(record.id, network);
    return network;
  }

  #networkOf(record: NetworkRecord): LeasedNetwork {
    if (isParentDriver(record.driver)) return new ParentNetwork(record, record.driver);
    return new BridgeNetwork(record, {
      interfaceName: record.options[NETWORK_OPTION.name] ?? `br-${record.id.slice(0, 12)}`,
      defaultMtu: this.#parts.defaultMtu,
    });
  }

  /** False when containers are on no network unless they ask for one. */
  get hasDefaultBridge(): boolean {
    return this.#leased.has(this.bridge.id);
  }

  /** True when the bridges are in a network namespace of the launcher's own. */
  get rootless(): boolean {
    return this.#parts.launcher.rootless;
  }

  list(): NetworkRecord[] {
    return [...this.#records.values()];
  }

  bridges(): BridgeNetwork[] {
    return [...this.#leased.values()].filter((network) => network instanceof BridgeNetwork);
  }

  /** The network of that name that others can be made from. */
  configuration(name: string): NetworkRecord | undefined {
    return this.list().find((record) => record.configOnly === true && record.name === name);
  }

  /** True for a network that is only there for others to be made from. */
  isConfiguration(id: string): boolean {
    return this.#records.get(id)?.configOnly === true;
  }

  /** True for one that others are made from that are there. */
  isFollowed({ configOnly, name }: NetworkRecord): boolean {
    return configOnly === true && this.list().some(({ configFrom }) => configFrom === name);
  }

  isPredefined(record: NetworkRecord): boolean {
    return this.#parts.predefined.some(({ id }) => id === record.id);
  }

  /** A network by name, id or unambiguous id prefix. Throws `not-found`, or `invalid` for a prefix of several. */
  find(reference: string): NetworkRecord {
    const all = this.list();
    const exact = this.#records.get(reference) ?? all.find(({ name }) => name === reference);
    if (exact !== undefined) return exact;
    const matches = reference === '' ? [] : all.filter(({ id }) => id.startsWith(reference));
    if (matches.length > 1) {
      throw new EngineError(
        'invalid',
        `network ${reference} is ambiguous (${matches.length} matches found on ID prefix)`,
      );
    }
    const [found] = matches;
    if (found === undefined) throw new EngineError('not-found', `network ${reference} not found`);
    return found;
  }

  /** A network as containers are on it, or null when they cannot have addresses there (host, none) or it is gone. */
  leasedById(id: string): LeasedNetwork | null {
    return this.#leased.get(id) ?? null;
  }

  nameOf(id: string): string | null {
    return this.#records.get(id)?.name ?? null;
  }

  /** Subnets that a new network must stay out of: those of other networks and of the host. */
  takenSubnets(): Subnet[] {
    const own = new Set(this.bridges().map(({ interfaceName }) => interfaceName));
    return [...this.usedSubnets(), ...hostSubnets(own)];
  }

  usedSubnets(): Subnet[] {
    return [...this.#leased.values()].flatMap(({ pools }) => pools.map(({ subnet }) => subnet));
  }

  /** Makes a network of a checked record, with its interface; nothing is left when that fails. */
  async create(record: NetworkRecord): Promise<void> {
    const { repository, events } = this.#parts;
    if (this.list().some(({ name }) => name === record.name)) {
      throw new EngineError('conflict', `network with name ${record.name} already exists`);
    }
    const others = [...this.#leased.values()];
    const network = this.#enter(record);
    try {
      if (network !== null) this.#assertApart(network, others);
      repository.insert(record);
      crashPoint('network-recorded');
      if (network !== null) await this.ensure(network);
      crashPoint('network-made');
    } catch (error) {
      this.#forgetRecord(record.id);
      if (network !== null) await this.#unmake(network);
      throw error;
    }
    events.publish('network', 'create', record.id, { name: record.name, type: record.driver });
  }

  /** Throws `forbidden` where two networks cannot have one interface of the host. */
  #assertApart(network: LeasedNetwork, others: readonly LeasedNetwork[]): void {
    if (network instanceof ParentNetwork) {
      assertRoot(this.#parts.launcher, network.driver);
      assertShareable(network, others);
      return;
    }
    const twin = others.find(({ interfaceName }) => interfaceName === network.interfaceName);
    if (twin === undefined) return;
    throw new EngineError(
      'forbidden',
      `cannot create network ${network.id} (${network.interfaceName}): conflicts with network ${twin.id} (${twin.interfaceName}): networks have same bridge name`,
    );
  }

  #forgetRecord(id: string): void {
    this.#parts.repository.delete(id);
    this.#records.delete(id);
    this.#leased.delete(id);
  }

  /** Takes what the engine has made for a network off the host, unless another is on it, too. */
  async #unmake({ interfaceName }: LeasedNetwork): Promise<void> {
    if ([...this.#leased.values()].some((other) => other.interfaceName === interfaceName)) return;
    await this.#parts.launcher.removeOwnBridge(interfaceName, this.#parts.alias);
  }

  /** Makes a network's interface, and asserts the rules, unless that was done before. */
  ensure(network: LeasedNetwork): Promise<void> {
    const { launcher, alias } = this.#parts;
    return network.ensure(launcher, alias, () =>
      network instanceof BridgeNetwork ? this.assertRules() : Promise.resolve(),
    );
  }

  /**
   * Removes a network that nobody is on. Throws `forbidden` for one that others are made from. The record goes first: a
   * bridge without one is removed at the next start.
   */
  async remove(record: NetworkRecord): Promise<void> {
    const { events } = this.#parts;
    if (this.isFollowed(record))
      throw new EngineError('forbidden', `configuration network ${JSON.stringify(record.name)} is in use`);
    const network = this.#leased.get(record.id);
    this.#forgetRecord(record.id);
    crashPoint('network-deleted');
    if (network !== undefined) {
      await this.#unmake(network);
      crashPoint('network-unmade');
      if (network instanceof BridgeNetwork) await this.assertRules();
    }
    events.publish('network', 'destroy', record.id, { name: record.name, type: record.driver });
  }

  /** Makes again what was made, after a launcher that had to be started anew may have lost it. */
  async restore(): Promise<void> {
    const lost = [...this.#leased.values()].filter(({ made }) => made);
    for (const network of lost) network.forget();
    await Promise.all(lost.map((network) => this.ensure(network)));
  }

  /** Asserts the rules of all networks; see Uplink.apply. */
  assertRules(): Promise<void> {
    return this.#parts.uplink.apply(() => this.bridges());
  }

  /** A start has seen the host's firewall like that; see Uplink.saw. */
  sawFirewall(stamp: FirewallStamp): void {
    this.#parts.uplink.saw(stamp, () => this.bridges());
  }

  /** Takes a container's interface off its bridge, if it is still there. */
  removeInterface(name: string): Promise<void> {
    return this.#parts.launcher.removeInterface(name);
  }

  /** Removes bridges that a former engine on this data root has made and whose networks are gone. */
  async sweep(): Promise<void> {
    const { launcher, alias } = this.#parts;
    await launcher.sweepBridges(
      alias,
      [...this.#leased.values()].map(({ interfaceName }) => interfaceName),
    );
  }

  /** Takes everything off the host, when no container needs it. */
  async dismantle(): Promise<void> {
    const { launcher, uplink, alias } = this.#parts;
    await uplink.disconnect();
    await launcher.sweepBridges(alias, []);
  }
}

/** A stable 64-digit id for a predefined network of the engine whose data root is `seed`. */
export function networkId(seed: string, name: string): string {
  return createHash('sha256').update(`${seed}\0${name}`).digest('hex');
}
