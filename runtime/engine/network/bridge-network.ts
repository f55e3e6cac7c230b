import type { EndpointLink } from '../launcher/types.ts';
import type { Family } from './address.ts';
import { LeasedNetwork, type NetworkLauncher } from './leased-network.ts';
import type { NetworkRecord } from './network-record.ts';
import { gatewayMode, NETWORK_OPTION, switched, type GatewayMode } from './options.ts';

/** A port of a container that can be reached by its own address. */
export interface OpenPort {
  readonly address: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** A network of driver `bridge`: one bridge interface, its subnets, and the addresses leased from them. */
export class BridgeNetwork extends LeasedNetwork {
  readonly #open = new Map<string, readonly OpenPort[]>();

  /** Throws `invalid` when the record's subnets are off. */
  constructor(record: NetworkRecord, options: { interfaceName: string; defaultMtu: number }) {
    const mtu = Number(record.options[NETWORK_OPTION.mtu] ?? 0);
    super(record, {
      interfaceName: options.interfaceName,
      mtu: mtu === 0 ? options.defaultMtu : mtu,
      isGatewayless: (family) => isGatewayless(record, family),
    });
  }

  get link(): EndpointLink {
    return { kind: 'veth', isolated: !this.communicates };
  }

  get hasWayOut(): boolean {
    return !this.record.internal;
  }

  /** False when containers on it may not reach each other. */
  get communicates(): boolean {
    return switched(this.record.options, NETWORK_OPTION.icc, true);
  }

  gatewayMode(family: Family): GatewayMode {
    return gatewayMode(this.record.options, family);
  }

  /** Whether what leaves it in that family has an address of the host's. */
  masquerades(family: Family): boolean {
    return (
      !this.record.internal &&
      this.gatewayMode(family) !== 'routed' &&
      switched(this.record.options, NETWORK_OPTION.masquerade, true)
    );
  }

  /** The host's address that it is then, where one was asked for; else ''. */
  hostAddress(family: Family): string {
    return this.record.options[family === 4 ? NETWORK_OPTION.hostIpv4 : NETWORK_OPTION.hostIpv6] ?? '';
  }

  /** Address of the bridge, which is the containers' gateway: the first IPv4 one, else IPv6. */
  get gateway(): string {
    return (this.pools.find(({ family }) => family === 4) ?? this.pools[0])?.gateway ?? '';
  }

  protected override async make(launcher: NetworkLauncher, alias: string): Promise<void> {
    const { options } = this.record;
    const has = (family: Family): boolean =>
      this.gatewayMode(family) !== 'isolated' &&
      !(family === 4 && switched(options, NETWORK_OPTION.inhibitIpv4, false));
    const addresses = this.pools
      .filter(({ family, gateway }) => gateway !== '' && has(family))
      .map(({ gateway, prefixLength }) => `${gateway}/${prefixLength}`);
    await launcher.ensureBridge({ name: this.interfaceName, addresses, mtu: this.mtu, alias });
  }

  /** The holder's ports are reached by its own addresses, until it is released. The rules have to be asserted then. */
  open(holder: string, ports: readonly OpenPort[]): void {
    this.#open.set(holder, ports);
  }

  /** Nothing of a holder is open any more. */
  close(holder: string): void {
    this.#open.delete(holder);
  }

  get openPorts(): readonly OpenPort[] {
    return [...this.#open.values()].flat();
  }

  /** True when the rules have to be asserted again. */
  hasOpened(holder: string): boolean {
    return this.#open.has(holder);
  }

  override release(holder: string): void {
    this.#open.delete(holder);
    super.release(holder);
  }
}

/** Whether the containers have no gateway in that family, unless one was asked for. */
export function isGatewayless(
  { options, internal }: Pick<NetworkRecord, 'options' | 'internal'>,
  family: Family,
): boolean {
  if (gatewayMode(options, family) === 'isolated') return true;
  return family === 4 && internal && switched(options, NETWORK_OPTION.inhibitIpv4, false);
}
