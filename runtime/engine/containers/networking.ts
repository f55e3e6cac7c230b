import { randomBytes } from 'node:crypto';
import type { EndpointStep, PortStep } from '../launcher/types.ts';
import { EngineError } from '../errors.ts';
import { BridgeNetwork } from '../network/bridge-network.ts';
import type { FirewallStamp } from '../network/firewall-stamp.ts';
import type { LeasedNetwork } from '../network/leased-network.ts';
import type { NameTables } from '../network/name-tables.ts';
import type { Attachment, EndpointConfig, NetworkRecord, NetworkRepository } from '../network/network-record.ts';
import type { Networks } from '../network/networks.ts';
import type { EventBus } from '../system/events.ts';
import type { CreateRequest } from './config.ts';
import { checkEndpoint, endpointConfig, isPlain, parseLink, PLAIN_ENDPOINT } from './endpoint-config.ts';
import { endpointStep, gatewayEndpoint, interfaceName } from './endpoint-plan.ts';
import { isWithoutIpv6, refusesIpv6 } from './endpoint-sysctls.ts';
import { linkVariables } from './link-variables.ts';
import { linksOf } from './links.ts';
import { portRequests } from './ports.ts';
import { openPortsOf, publications } from './publications.ts';
import type { ContainerRegistry } from './registry.ts';
import { offNetworks, type ContainerRecord, type EndpointState, type PublishedPort } from './types.ts';

/** A container's place on its networks for one run. */
export interface AttachedNetworks {
  readonly sharesHostNetwork: boolean;
  readonly endpoints: readonly EndpointState[];
  /** Those that are not open in the order of `steps.ports`. */
  readonly ports: readonly PublishedPort[];
  /** The host's addresses, as the container reaches it. */
  readonly hostGateways: readonly string[];
  /** Names are answered by the launcher's resolver at 127.0.0.11. */
  readonly embeddedResolver: boolean;
  /** Hosts entries of legacy links on the default bridge. */
  readonly links: readonly { readonly address: string; readonly names: readonly string[] }[];
  /** Variables that those bring. */
  readonly linkVariables: readonly string[];
  readonly steps: {
    readonly endpoints: readonly EndpointStep[];
    readonly ports: readonly PortStep[];
    /** Path of the table that names are answered from; '' for no resolver. */
    readonly resolver: string;
  };
}

const NOWHERE: AttachedNetworks = {
  sharesHostNetwork: false,
  endpoints: [],
  ports: [],
  hostGateways: [],
  embeddedResolver: false,
  links: [],
  linkVariables: [],
  steps: { endpoints: [], ports: [], resolver: '' },
};

export interface NetworkingParts {
  readonly networks: Networks;
  readonly repository: NetworkRepository;
  readonly names: NameTables;
  readonly registry: ContainerRegistry;
  readonly events: EventBus;
}

/** Connects containers to networks: leases addresses, and says what the launcher has to set up. */
export class ContainerNetworking {
  readonly parts: NetworkingParts;
  readonly #attachments: Map<string, Attachment[]>;

  constructor(parts: NetworkingParts) {
    this.parts = parts;
    this.#attachments = parts.repository.attachments();
    parts.events.subscribe(({ Type, Action, Actor }) => {
      if (Type === 'network' && Action === 'destroy') parts.names.remove(Actor.ID);
    });
  }

  /** Checks and orders the networks of a new container. Throws `invalid` or `not-found`. */
  plan(request: CreateRequest): Attachment[] {
    const { networks } = this.parts;
    const mode = networkMode(request);
    if (mode.startsWith('container:') || (mode === 'bridge' && !networks.hasDefaultBridge)) return [];
    const primary = networks.find(mode);
    const asked = Object.entries(request.endpoints);
    // As dockerd: who names networks is on those alone, whatever the mode says.
    const chosen = new Map<string, EndpointConfig>(asked.length === 0 ? [[primary.id, PLAIN_ENDPOINT]] : []);
    for (const [key, settings] of asked) {
      const network = networks.find(key === 'default' || key === '' ? 'bridge' : key);
      if (isPlaceless(network) || isPlaceless(primary)) {
        if (network !== primary) throw new EngineError('invalid', CONFLICTING_MODES);
      }
      chosen.set(network.id, endpointConfig(settings));
    }
    const mac = request.config.MacAddress ?? '';
    const first = chosen.get(primary.id) ?? PLAIN_ENDPOINT;
    if (mac !== '' && first.macAddress === '') {
      chosen.set(primary.id, { ...first, ...macOnly(mac) });
    }
    const links = request.hostConfig.Links ?? [];
    for (const link of links) parseLink(link);
    return [...chosen].map(([networkId, config]) => {
      const network = networks.find(networkId);
      checkEndpoint(config, network, !isPlaceless(network) && !networks.isPredefined(network));
      return { networkId, config };
    });
  }

  /** Remembers where a new container is to be. One that is only on a predefined network, as it comes, needs no row. */
  remember(record: ContainerRecord, attachments: readonly Attachment[]): void {
    const [only] = attachments;
    if (only === undefined) return;
    const derived = only.networkId === this.#derived(record)[0]?.networkId;
    if (attachments.length === 1 && derived && isPlain(only.config)) return;
    this.setAttachments(record.id, attachments);
  }

  setAttachments(containerId: string, attachments: readonly Attachment[]): void {
    this.parts.repository.setAttachments(containerId, attachments);
    this.#attachments.set(containerId, [...attachments]);
  }

  /** The container is gone. */
  forget(containerId: string): void {
    if (!this.#attachments.delete(containerId)) return;
    this.parts.repository.setAttachments(containerId, []);
    this.parts.names.remove(containerId);
  }

  /** Forgets containers that are none of `known`: their creation or removal was cut short. */
  forgetOthers(known: ReadonlySet<string>): void {
    for (const id of [...this.#attachments.keys()]) if (!known.has(id)) this.forget(id);
  }

  /** Where a container is, or will be when it is started. */
  attachments(record: ContainerRecord): readonly Attachment[] {
    return this.#attachments.get(record.id) ?? this.#derived(record);
  }

  #derived(record: ContainerRecord): Attachment[] {
    const { networks } = this.parts;
    const mode = networkMode(record);
    // The one that is asked for with every start.
    if (mode === 'bridge' && !networks.hasDefaultBridge) return [];
    if (mode === 'bridge') return [{ networkId: networks.bridge.id, config: PLAIN_ENDPOINT }];
    if (mode !== 'host' && mode !== 'none') return [];
    return [{ networkId: networks.find(mode).id, config: PLAIN_ENDPOINT }];
  }

  /** Leases what a start needs. Undone by `detach`. Throws `not-found` for a network that was removed meanwhile. */
  async attach(record: ContainerRecord): Promise<AttachedNetworks> {
    const mode = networkMode(record);
    if (mode === 'host') return { ...NOWHERE, sharesHostNetwork: true };
    if (mode.startsWith('container:')) return NOWHERE;
    const places = this.attachments(record).flatMap(({ networkId, config }) => {
      const network = this.parts.networks.leasedById(networkId);
      if (network !== null) return [{ network, config }];
      // As it was before the engine was told to have none.
      if (networkId === this.parts.networks.bridge.id) return [];
      if (this.parts.networks.isConfiguration(networkId)) throw new EngineError('forbidden', CONFIG_ONLY);
      if (this.parts.networks.nameOf(networkId) === null) {
        throw new EngineError('not-found', `network ${networkId} not found`);
      }
      return [];
    });
    if (places.length === 0) {
      // Taken off all of its networks, or never on any: it has a network of its own, with nobody on it.
      return NOWHERE;
    }
    for (const { network } of places) await this.parts.networks.ensure(network);
    await this.#removeLastInterfaces(record);
    const endpoints: EndpointState[] = [];
    for (const place of places) {
      const name = interfaceName(place, endpoints, places);
      endpoints.push(this.lease(record, place.network, place.config, name));
    }
    const gateway = gatewayEndpoint(endpoints, this.attachments(record), this.parts.networks);
    const embeddedResolver = places.some(({ network }) => network !== this.parts.networks.bridge);
    const requests = gateway === null ? [] : portRequests(record.config, record.hostConfig);
    const leading = gateway === null ? null : this.parts.networks.leasedById(gateway.networkId);
    // As dockerd: on a parent of the host's nothing is published.
    const ports = gateway !== null && leading instanceof BridgeNetwork ? publications(requests, gateway, leading) : [];
    this.#assertLinked(record, endpoints);
    this.enterNames(record, endpoints);
    if (embeddedResolver) this.setUpResolver(record, endpoints);
    const published = ports.map(({ port }) => port);
    await this.openPublished(record, endpoints);
    return {
      sharesHostNetwork: false,
      endpoints,
      ports: published,
      hostGateways: this.#hostGateways(gateway ?? endpoints[0]),
      embeddedResolver,
      links: this.#linkEntries(record),
      linkVariables: this.linkVariables(record),
      steps: {
        endpoints: places.flatMap((place, index) => {
          const endpoint = endpoints[index];
          return endpoint === undefined ? [] : [endpointStep(place, endpoint, endpoint === gateway)];
        }),
        ports: ports.flatMap(({ step }) => step ?? []),
        resolver: embeddedResolver ? this.parts.names.pathOf(record.id) : '',
      },
    };
  }

  /**
   * Lets what is published reach a container by its own address, where the network that leads out is routed, and on no
   * other.
   */
  async openPublished(record: ContainerRecord, endpoints: readonly EndpointState[]): Promise<void> {
    if (this.#enterOpen(record, endpoints)) await this.parts.networks.assertRules();
  }

  /** True when the rules have to be asserted. */
  #enterOpen(record: ContainerRecord, endpoints: readonly EndpointState[]): boolean {
    const { networks } = this.parts;
    const gateway = gatewayEndpoint(endpoints, this.attachments(record), networks);
    let isChanged = false;
    for (const endpoint of endpoints) {
      const network = networks.leasedById(endpoint.networkId);
      if (!(network instanceof BridgeNetwork)) continue;
      const requests = endpoint === gateway ? portRequests(record.config, record.hostConfig) : [];
      const ports = publications(requests, endpoint, network).map(({ port }) => port);
      const open = openPortsOf(ports, endpoint);
      if (open.length === 0 && !network.hasOpened(record.id)) continue;
      isChanged = true;
      if (open.length === 0) network.close(record.id);
      else network.open(record.id, open);
    }
    return isChanged;
  }

  /** The host's address, as a container reaches it. On a parent its gateway is somebody else. */
  #hostGateways(endpoint: EndpointState | undefined): string[] {
    const { networks } = this.parts;
    if (endpoint === undefined) return [];
    const isBridged = networks.leasedById(endpoint.networkId) instanceof BridgeNetwork;
    const own = isBridged ? [endpoint.gateway, endpoint.gateway6].filter((address) => address !== '') : [];
    // Where the network has none, that of the default bridge, though nothing leads there: a name must have an address.
    return own.length > 0 ? own : [networks.bridge.gateway].filter((address) => address !== '');
  }

  /** Leases addresses on one network. */
  lease(record: ContainerRecord, network: LeasedNetwork, config: EndpointConfig, interfaceName: string): EndpointState {
    const withoutIpv6 = isWithoutIpv6(record.hostConfig.Sysctls ?? {}) || refusesIpv6(config.driverOptions);
    return {
      networkId: network.id,
      networkName: network.name,
      ...network.lease(record.id, { ...config, withoutIpv6 }),
      endpointId: randomBytes(32).toString('hex'),
      interfaceName,
      // A new name each time: the kernel removes the last run's interface up to a second after it ended.
      hostInterfaceName: network.link.kind === 'veth' ? `veth${randomBytes(5).toString('hex')}` : '',
    };
  }

  /** A start has seen the host's firewall like that. */
  sawFirewall(stamp: FirewallStamp): void {
    this.parts.networks.sawFirewall(stamp);
  }

  /** What the launcher has set up is there for others to see. */
  announce(record: ContainerRecord, endpoints: readonly EndpointState[]): void {
    for (const endpoint of endpoints) this.publish('connect', record.id, endpoint);
  }

  publish(action: 'connect' | 'disconnect', containerId: string, endpoint: EndpointState): void {
    this.parts.events.publish('network', action, endpoint.networkId, {
      container: containerId,
      name: endpoint.networkName,
      type: this.parts.networks.leasedById(endpoint.networkId)?.record.driver ?? 'bridge',
    });
  }

  /** Lets the neighbours find a container by its names. On the default bridge nobody asks. */
  enterNames(record: ContainerRecord, endpoints: readonly EndpointState[]): void {
    for (const endpoint of endpoints) {
      if (endpoint.networkId === this.parts.networks.bridge.id) continue;
      this.parts.names.enter({ id: endpoint.networkId, name: endpoint.networkName }, record.id, {
        names: dnsNames(record, this.configOn(record, endpoint.networkId)),
        reverseName: `${record.name}.${endpoint.networkName}`,
        addresses: [endpoint.address, endpoint.address6].filter((address) => address !== ''),
      });
    }
  }

  /** What was asked for on the network of the network mode. */
  mainConfig(record: ContainerRecord): EndpointConfig {
    return this.#mainAttachment(record)?.config ?? PLAIN_ENDPOINT;
  }

  #mainAttachment(record: ContainerRecord): ReturnType<ContainerNetworking['attachments']>[number] | undefined {
    const mode = networkMode(record);
    return this.attachments(record).find(
      ({ networkId }) => networkId === mode || this.parts.networks.nameOf(networkId) === mode,
    );
  }

  configOn(record: ContainerRecord, networkId: string): EndpointConfig {
    return this.attachments(record).find((one) => one.networkId === networkId)?.config ?? PLAIN_ENDPOINT;
  }

  /** Writes the table that the container's own questions are answered from. */
  setUpResolver(record: ContainerRecord, endpoints: readonly EndpointState[]): void {
    const { networks, names } = this.parts;
    const servers = record.hostConfig.Dns ?? [];
    // A network without a way out must not have one through the host's resolver (CVE-2024-29018).
    const hasWayOut = endpoints.some(({ networkId }) => networks.leasedById(networkId)?.hasWayOut === true);
    // A link is one network's: what has left that is not found by it, although it may be on another.
    const linksOn = (
      links: readonly string[],
      networkId: string,
    ): (ReturnType<typeof parseLink> & { network: string })[] =>
      links.map((text) => ({ ...parseLink(text), network: networks.nameOf(networkId) ?? '' }));
    const links = [
      ...linksOn(record.hostConfig.Links ?? [], this.#mainAttachment(record)?.networkId ?? ''),
      ...endpoints.flatMap(({ networkId }) => linksOn(this.configOn(record, networkId).links, networkId)),
    ];
    names.setUp(record.id, {
      networkIds: endpoints.map(({ networkId }) => networkId),
      links: links.map(({ container, alias, network }) => ({ alias, name: this.#nameOf(container), network })),
      upstream: servers.length > 0 ? servers : hasWayOut ? 'host' : null,
    });
  }

  /** Marks the addresses of a container that runs already as taken. */
  adopt(record: ContainerRecord): void {
    for (const endpoint of record.state.endpoints) {
      const network = this.parts.networks.leasedById(endpoint.networkId);
      network?.adopt([endpoint.address, endpoint.address6], record.id);
    }
    // The rules are asserted when all are known.
    this.#enterOpen(record, record.state.endpoints);
    this.enterNames(record, record.state.endpoints);
    if (this.parts.names.has(record.id)) this.setUpResolver(record, record.state.endpoints);
  }

  /** Gives back what a run had. */
  detach(record: ContainerRecord): void {
    for (const endpoint of record.state.endpoints) this.publish('disconnect', record.id, endpoint);
    for (const { networkId } of this.attachments(record)) this.release(record.id, networkId);
    if (this.#attachments.has(record.id)) this.parts.names.remove(record.id);
  }

  /**
   * The kernel takes the interfaces of a run that is over away when it comes to it, on a busy machine a minute later, and
   * while anybody has its network namespace open not at all. Until then it would answer in the place of the new run,
   * which has the same addresses.
   */
  async #removeLastInterfaces({ state }: ContainerRecord): Promise<void> {
    // An engine that was killed in the middle of a start has left endpoints, too.
    for (const name of offNetworks(state).lastInterfaces ?? []) await this.parts.networks.removeInterface(name);
  }

  release(containerId: string, networkId: string): void {
    const { networks, names } = this.parts;
    const network = networks.leasedById(networkId);
    const hadOpen = network instanceof BridgeNetwork && network.hasOpened(containerId);
    network?.release(containerId);
    // Never fails, and nobody need wait for it.
    if (hadOpen) void networks.assertRules();
    if (networkId === networks.bridge.id) return;
    names.leave({ id: networkId, name: networks.nameOf(networkId) ?? '' }, containerId);
  }

  /** The name of a container that is kept by its id. */
  #nameOf(reference: string): string {
    return this.parts.registry.get(reference)?.record.name ?? reference;
  }

  /** The address that a container has on the default bridge. */
  #bridgeAddress({ state }: ContainerRecord): string | undefined {
    const { bridge } = this.parts.networks;
    return state.endpoints.find(({ networkId }) => networkId === bridge.id)?.address;
  }

  /** Throws `conflict` when a container that one on the default bridge is linked to is not there. */
  #assertLinked(record: ContainerRecord, endpoints: readonly EndpointState[]): void {
    if (!endpoints.some(({ networkId }) => networkId === this.parts.networks.bridge.id)) return;
    for (const { child, alias } of linksOf(record, this.parts.registry)) {
      if (!this.parts.registry.find(child.id).running)
        throw new EngineError(
          'conflict',
          `Cannot link to a non running container: /${child.name} AS /${record.name}/${alias}`,
        );
      if (this.#bridgeAddress(child) === undefined)
        throw new EngineError('conflict', `container ${child.id} not attached to default bridge network`);
    }
  }

  /** Names and addresses of the containers that a container on the default bridge is linked to, those that run. */
  #linkEntries(record: ContainerRecord): { address: string; names: string[] }[] {
    return linksOf(record, this.parts.registry).flatMap(({ child, alias }) => {
      const address = this.#bridgeAddress(child);
      const hostname = child.config.Hostname ?? '';
      const names = [alias, hostname === '' ? child.id.slice(0, 12) : hostname, child.name];
      return address === undefined ? [] : [{ address, names: [...new Set(names)] }];
    });
  }

  /** Variables that the links of a container bring, for its process and for execs. */
  linkVariables(record: ContainerRecord): string[] {
    return linksOf(record, this.parts.registry).flatMap(({ child, alias }) => {
      const address = this.#bridgeAddress(child);
      if (address === undefined) return [];
      const ports = Object.keys(child.config.ExposedPorts ?? {});
      const path = `/${record.name}/${alias}`;
      return linkVariables({ alias, path, address, ports, environment: child.config.Env ?? [] });
    });
  }
}

export const CONFIG_ONLY = 'cannot create endpoint on configuration-only network';

/** Whether containers on it are on no other, and have no addresses there. */
function isPlaceless({ driver }: { readonly driver: NetworkRecord['driver'] }): boolean {
  return driver === 'host' || driver === 'null';
}

const CONFLICTING_MODES = 'conflicting options: cannot attach both user-defined and non-user-defined network-modes';

function macOnly(text: string): Pick<EndpointConfig, 'macAddress'> {
  return { macAddress: endpointConfig({ MacAddress: text }).macAddress };
}

/** Names that neighbours on a user-defined network know a container by, each once. */
export function dnsNames(record: ContainerRecord, config: EndpointConfig): string[] {
  const hostname = record.config.Hostname ?? '';
  return [...new Set([record.name, ...config.aliases, record.id.slice(0, 12), ...(hostname === '' ? [] : [hostname])])];
}

/** The network a container is on by its mode, with Docker's `default` read as `bridge`. */
export function networkMode(record: Pick<ContainerRecord, 'config' | 'hostConfig'>): string {
  if (record.config.NetworkDisabled === true) return 'none';
  const mode = record.hostConfig.NetworkMode ?? '';
  return mode === '' || mode === 'default' ? 'bridge' : mode;
}
