import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import type { EventBus } from '../system/events.ts';
import type { Subnet } from './address.ts';
import { BRIDGE_OPTION, BridgeNetwork } from './bridge-network.ts';
import type { FirewallStamp } from './firewall-stamp.ts';
import { hostSubnets } from './host-routes.ts';
import type { NetworkRecord, NetworkRepository } from './network-record.ts';
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
}

/** All networks of the engine: the predefined ones and those in the database. */
export class Networks {
  readonly bridge: BridgeNetwork;
  readonly #parts: NetworksParts;
  readonly #records = new Map<string, NetworkRecord>();
  readonly #bridges = new Map<string, BridgeNetwork>();

  constructor(parts: NetworksParts) {
    this.#parts = parts;
    for (const record of parts.predefined) this.#records.set(record.id, record);
    const bridge = parts.predefined.find(({ driver }) => driver === 'bridge');
    if (bridge === undefined) throw new EngineError('internal', 'there is no default bridge');
    this.bridge = new BridgeNetwork(bridge, {
      interfaceName: parts.defaultInterface,
      defaultMtu: parts.defaultMtu,
    });
    this.#bridges.set(bridge.id, this.bridge);
    for (const record of parts.repository.all()) this.#enter(record);
  }

  #enter(record: NetworkRecord): BridgeNetwork {
    const network = this.#bridgeOf(record);
    this.#records.set(record.id, record);
    this.#bridges.set(record.id, network);
    return network;
  }

  #bridgeOf(record: NetworkRecord): BridgeNetwork {
    return new BridgeNetwork(record, {
      interfaceName: record.options[BRIDGE_OPTION.name] ?? `br-${record.id.slice(0, 12)}`,
      defaultMtu: this.#parts.defaultMtu,
    });
  }

  list(): NetworkRecord[] {
    return [...this.#records.values()];
  }

  bridges(): BridgeNetwork[] {
    return [...this.#bridges.values()];
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

  /** The bridge of a network, or null when it is none (host, none) or gone. */
  bridgeById(id: string): BridgeNetwork | null {
    return this.#bridges.get(id) ?? null;
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
    return this.bridges().flatMap(({ pools }) => pools.map(({ subnet }) => subnet));
  }

  /** Makes a network of a checked record, with its interface; nothing is left when that fails. */
  async create(record: NetworkRecord): Promise<void> {
    const { repository, launcher, events } = this.#parts;
    if (this.list().some(({ name }) => name === record.name)) {
      throw new EngineError('conflict', `network with name ${record.name} already exists`);
    }
    const network = this.#bridgeOf(record);
    const twin = this.bridges().find(({ interfaceName }) => interfaceName === network.interfaceName);
    if (twin !== undefined) {
      throw new EngineError(
        'forbidden',
        `cannot create network ${record.id} (${network.interfaceName}): conflicts with network ${twin.id} (${twin.interfaceName}): networks have same bridge name`,
      );
    }
    this.#records.set(record.id, record);
    this.#bridges.set(record.id, network);
    try {
      repository.insert(record);
      crashPoint('network-recorded');
      await this.ensure(network);
      crashPoint('network-made');
    } catch (error) {
      this.#forgetRecord(record.id);
      await launcher.removeOwnBridge(network.interfaceName, this.#parts.alias);
      throw error;
    }
    events.publish('network', 'create', record.id, { name: record.name, type: record.driver });
  }

  #forgetRecord(id: string): void {
    this.#parts.repository.delete(id);
    this.#records.delete(id);
    this.#bridges.delete(id);
  }

  /** Makes a network's interface, and asserts the rules, unless that was done before. */
  ensure(network: BridgeNetwork): Promise<void> {
    const { launcher, uplink, alias } = this.#parts;
    return network.ensure(launcher, alias, () => uplink.apply(() => this.bridges()));
  }

  /** Removes a network that nobody is on. The record goes first: a bridge without one is removed at the next start. */
  async remove(record: NetworkRecord): Promise<void> {
    const { launcher, uplink, events, alias } = this.#parts;
    const network = this.#bridges.get(record.id);
    this.#forgetRecord(record.id);
    crashPoint('network-deleted');
    if (network !== undefined) {
      await launcher.removeOwnBridge(network.interfaceName, alias);
      crashPoint('network-unmade');
      await uplink.apply(() => this.bridges());
    }
    events.publish('network', 'destroy', record.id, { name: record.name, type: record.driver });
  }

  /** Makes again what was made, after a launcher that had to be started anew may have lost it. */
  async restore(): Promise<void> {
    const lost = this.bridges().filter(({ made }) => made);
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
      this.bridges().map(({ interfaceName }) => interfaceName),
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
