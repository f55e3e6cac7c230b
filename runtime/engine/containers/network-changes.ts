import { readFile, writeFile } from 'node:fs/promises';
import { EngineError } from '../errors.ts';
import type { Launcher, Supervised } from '../launcher/interface.ts';
import type { NetworkRecord } from '../network/network-record.ts';
import type { EndpointSettings } from './config.ts';
import { containerPaths, containerResolverText, type ContainerPaths } from './container-files.ts';
import { checkEndpoint, endpointConfig } from './endpoint-config.ts';
import { endpointStep, gatewayEndpoint, interfaceName } from './endpoint-plan.ts';
import type { ContainerHandle } from './handle.ts';
import { CONFIG_ONLY, networkMode, type ContainerNetworking } from './networking.ts';
import type { EndpointState } from './types.ts';
import { crashPoint } from '../system/crash-points.ts';

export interface NetworkChangeParts {
  readonly networking: ContainerNetworking;
  readonly launcher: Pick<Launcher, 'connectEndpoint' | 'disconnectEndpoint' | 'startResolver'>;
  readonly dataRoot: string;
  readonly hostnameOf: (handle: ContainerHandle) => string;
  /** Writes a container's endpoints into its record. */
  readonly setEndpoints: (handle: ContainerHandle, endpoints: readonly EndpointState[]) => void;
}

/** `network connect` and `network disconnect`, on running containers and on those that will run. */
export class NetworkChanges {
  readonly #parts: NetworkChangeParts;

  constructor(parts: NetworkChangeParts) {
    this.#parts = parts;
  }

  /** Throws `invalid`, `forbidden` or what leasing does. */
  connect(handle: ContainerHandle, network: NetworkRecord, settings: EndpointSettings | null): Promise<void> {
    return handle.operations.run(async () => {
      const { networking } = this.#parts;
      const { networks } = networking.parts;
      this.#assertChangeable(handle, network);
      const attachments = networking
        .attachments(handle.record)
        .filter(({ networkId }) => networks.nameOf(networkId) !== null);
      if (attachments.some(({ networkId }) => networks.leasedById(networkId) === null)) {
        throw new EngineError(
          'invalid',
          'container cannot be connected to multiple networks with one of the networks in private (none) mode',
        );
      }
      // One that does not run can be told anew how it is to be there.
      if (handle.running && attachments.some(({ networkId }) => networkId === network.id)) {
        throw new EngineError(
          'forbidden',
          `endpoint with name ${handle.record.name} already exists in network ${network.name}`,
        );
      }
      const config = endpointConfig(settings);
      checkEndpoint(config, network, !networks.isPredefined(network));
      const attachment = { networkId: network.id, config };
      if (handle.running) await this.#join(handle, network, attachment);
      const places = attachments.some(({ networkId }) => networkId === network.id)
        ? attachments.map((one) => (one.networkId === network.id ? attachment : one))
        : [...attachments, attachment];
      networking.setAttachments(handle.id, places);
      crashPoint('connect-remembered');
      if (handle.running) await this.#refresh(handle);
      else
        networking.parts.events.publish('network', 'connect', network.id, {
          container: handle.id,
          name: network.name,
          type: network.driver,
        });
    });
  }

  #assertChangeable(handle: ContainerHandle, network: NetworkRecord): void {
    const mode = networkMode(handle.record);
    if (mode === 'host' || mode.startsWith('container:')) {
      throw new EngineError(
        'invalid',
        'container sharing network namespace with another container or host cannot be connected to any other network',
      );
    }
    if (network.driver === 'host') {
      throw new EngineError(
        'invalid',
        'container cannot be disconnected from host network or connected to host network',
      );
    }
    if (network.configOnly === true) throw new EngineError('forbidden', CONFIG_ONLY);
    if (network.driver === 'null') {
      throw new EngineError(
        'invalid',
        'container cannot be connected to multiple networks with one of the networks in private (none) mode',
      );
    }
  }

  async #join(
    handle: ContainerHandle,
    record: NetworkRecord,
    attachment: { networkId: string; config: ReturnType<typeof endpointConfig> },
  ): Promise<void> {
    const { networking, launcher } = this.#parts;
    const { networks } = networking.parts;
    const network = networks.leasedById(record.id);
    const { supervised } = handle;
    if (network === null || supervised === null)
      throw new EngineError('conflict', `container ${handle.id} is not running`);
    await networks.ensure(network);
    const before = handle.state.endpoints;
    const place = { network, config: attachment.config };
    const name = interfaceName(place, before);
    const endpoint = networking.lease(handle.record, network, attachment.config, name);
    const after = [...before, endpoint];
    try {
      const gateway = gatewayEndpoint(after, [...networking.attachments(handle.record), attachment], networks);
      await launcher.connectEndpoint(supervised.process, endpointStep(place, endpoint, gateway === endpoint));
    } catch (error) {
      networking.release(handle.id, network.id);
      throw error;
    }
    this.#parts.setEndpoints(handle, after);
    if (gatewayEndpoint(after, [...networking.attachments(handle.record), attachment], networks) === endpoint) {
      await retarget(supervised, endpoint);
    }
    await this.#addHostsEntry(handle, endpoint);
    networking.publish('connect', handle.id, endpoint);
    // The first network with names brings the resolver, which stays for the rest of the run.
    if (network === networks.bridge || networking.parts.names.has(handle.id)) return;
    networking.setUpResolver(handle.record, after);
    await launcher.startResolver(supervised.process, networking.parts.names.pathOf(handle.id));
    await this.#useResolver(handle);
  }

  async #refresh(handle: ContainerHandle): Promise<void> {
    this.#refreshNames(handle);
    await this.#parts.networking.openPublished(handle.record, handle.state.endpoints);
  }

  #refreshNames(handle: ContainerHandle): void {
    const { networking } = this.#parts;
    const { endpoints } = handle.state;
    networking.enterNames(handle.record, endpoints);
    if (networking.parts.names.has(handle.id)) networking.setUpResolver(handle.record, endpoints);
  }

  /** The container was renamed: its neighbours are told. */
  renamed(handle: ContainerHandle): void {
    if (handle.running) this.#refreshNames(handle);
  }

  /** `force` also takes a container off that does not exist any more: nothing is left to do then. */
  disconnect(handle: ContainerHandle, network: NetworkRecord): Promise<void> {
    return handle.operations.run(async () => {
      const { networking } = this.#parts;
      if (network.driver === 'host') {
        throw new EngineError(
          'invalid',
          'container cannot be disconnected from host network or connected to host network',
        );
      }
      const attachments = networking.attachments(handle.record);
      if (!attachments.some(({ networkId }) => networkId === network.id)) {
        throw new EngineError(
          'internal',
          `container ${handle.id} is not connected to ${handle.running ? '' : 'the '}network ${network.name}`,
        );
      }
      if (handle.running) await this.#part(handle, network);
      networking.setAttachments(
        handle.id,
        attachments.filter(({ networkId }) => networkId !== network.id),
      );
      crashPoint('disconnect-forgotten');
      if (handle.running) await this.#refresh(handle);
      else
        networking.parts.events.publish('network', 'disconnect', network.id, {
          container: handle.id,
          name: network.name,
          type: network.driver,
        });
    });
  }

  async #part(handle: ContainerHandle, record: NetworkRecord): Promise<void> {
    const { networking, launcher } = this.#parts;
    const { networks } = networking.parts;
    handle.assertReachable();
    const { supervised } = handle;
    const endpoint = handle.state.endpoints.find(({ networkId }) => networkId === record.id);
    if (endpoint === undefined || supervised === null) return;
    const after = handle.state.endpoints.filter((one) => one !== endpoint);
    const gateway = gatewayEndpoint(after, networking.attachments(handle.record), networks);
    await launcher.disconnectEndpoint(supervised.process, endpoint.interfaceName, {
      interfaceName: gateway?.interfaceName ?? '',
      gateways: gateway === null ? [] : (networks.leasedById(gateway.networkId)?.routesOf(gateway) ?? []),
    });
    networking.release(handle.id, record.id);
    this.#parts.setEndpoints(handle, after);
    if (gateway !== null) await retarget(supervised, gateway);
    await this.#removeHostsEntries(handle, endpoint);
    networking.publish('disconnect', handle.id, endpoint);
  }

  #paths(handle: ContainerHandle): ContainerPaths {
    return containerPaths(this.#parts.dataRoot, handle.id);
  }

  /** In place: the container's mount is of this very file. What its own processes have written there stays. */
  async #addHostsEntry(handle: ContainerHandle, endpoint: EndpointState): Promise<void> {
    const path = this.#paths(handle).hosts;
    const text = await readFile(path, 'utf8');
    const hostname = this.#parts.hostnameOf(handle);
    const lines = [endpoint.address, endpoint.address6]
      .filter((one) => one !== '')
      .map((one) => `${one}\t${hostname}\n`);
    await writeFile(path, `${text}${text.endsWith('\n') || text === '' ? '' : '\n'}${lines.join('')}`);
  }

  async #removeHostsEntries(handle: ContainerHandle, endpoint: EndpointState): Promise<void> {
    const path = this.#paths(handle).hosts;
    const text = await readFile(path, 'utf8');
    const gone = new Set([endpoint.address, endpoint.address6]);
    const kept = text.split('\n').filter((line) => line === '' || !gone.has(line.split(/\s/)[0] ?? ''));
    await writeFile(path, kept.join('\n'));
  }

  /** Points resolv.conf at the embedded resolver, unless the container's processes have changed it. */
  async #useResolver(handle: ContainerHandle): Promise<void> {
    const path = this.#paths(handle).resolvConf;
    const text = await readFile(path, 'utf8');
    if (text !== containerResolverText(handle.record, 'plain')) return;
    await writeFile(path, containerResolverText(handle.record, 'embedded'));
  }
}

/** Published ports lead to the endpoint that leads out. */
async function retarget(supervised: Supervised, { address, address6 }: EndpointState): Promise<void> {
  for (const target of [address, address6]) if (target !== '') await supervised.retarget(target);
}
