import { randomBytes } from 'node:crypto';
import type { EndpointStep, PortStep } from '../launcher/types.ts';
import { EngineError } from '../errors.ts';
import type { DefaultNetworks } from '../network/default-networks.ts';
import { portRequests } from './ports.ts';
import type { ContainerRecord, EndpointState, PublishedPort } from './types.ts';

/** A container's place on its networks for one run. */
export interface AttachedNetworks {
  readonly sharesHostNetwork: boolean;
  readonly endpoints: readonly EndpointState[];
  /** In the order of `steps.ports`. */
  readonly ports: readonly PublishedPort[];
  readonly hostGateway: string;
  readonly steps: { readonly endpoints: readonly EndpointStep[]; readonly ports: readonly PortStep[] };
}

const NOWHERE: AttachedNetworks = {
  sharesHostNetwork: false,
  endpoints: [],
  ports: [],
  hostGateway: '',
  steps: { endpoints: [], ports: [] },
};

/** Connects containers to networks: leases addresses, and says what the launcher has to set up. */
export class ContainerNetworking {
  readonly #networks: DefaultNetworks;

  constructor(networks: DefaultNetworks) {
    this.#networks = networks;
  }

  /** Leases what a start needs. Undone by `detach`. */
  async attach(record: ContainerRecord): Promise<AttachedNetworks> {
    const mode = networkMode(record);
    if (mode === 'host') return { ...NOWHERE, sharesHostNetwork: true };
    if (mode !== 'bridge') return NOWHERE;
    const bridge = this.#networks.bridge;
    await this.#networks.ensureBridge();
    const lease = bridge.lease(record.id);
    const requests = portRequests(record.config, record.hostConfig);
    return {
      sharesHostNetwork: false,
      hostGateway: lease.gateway,
      endpoints: [
        {
          networkId: bridge.id,
          networkName: bridge.name,
          address: lease.address,
          prefixLength: lease.prefixLength,
          gateway: lease.gateway,
          macAddress: lease.macAddress,
        },
      ],
      ports: requests,
      steps: {
        endpoints: [
          {
            bridge: bridge.interfaceName,
            interfaceName: 'eth0',
            // A new name each time: the kernel removes the last run's interface up to a second after it ended.
            hostInterfaceName: `veth${randomBytes(5).toString('hex')}`,
            addresses: [`${lease.address}/${lease.prefixLength}`],
            macAddress: lease.macAddress,
            gateways: [lease.gateway],
            mtu: bridge.mtu,
          },
        ],
        ports: requests.map((request) => ({ ...request, containerAddress: lease.address })),
      },
    };
  }

  /** Marks the addresses of a container that runs already as taken. */
  adopt(record: ContainerRecord): void {
    for (const endpoint of record.state.endpoints) this.#networks.bridge.adopt(endpoint.address, record.id);
  }

  detach(record: ContainerRecord): void {
    this.#networks.bridge.release(record.id);
  }
}

/** The network a container is on, with Docker's `default` read as `bridge`. Throws `not-found` for an unknown one. */
export function networkMode(record: Pick<ContainerRecord, 'config' | 'hostConfig'>): string {
  if (record.config.NetworkDisabled === true) return 'none';
  const mode = record.hostConfig.NetworkMode ?? '';
  if (mode === '' || mode === 'default') return 'bridge';
  if (mode === 'bridge' || mode === 'host' || mode === 'none' || mode.startsWith('container:')) return mode;
  throw new EngineError('not-found', `network ${mode} not found`);
}
