import { existsSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import type { EndpointLink } from '../launcher/types.ts';
import { LeasedNetwork, type Lease, type NetworkLauncher } from './leased-network.ts';
import type { NetworkRecord } from './network-record.ts';
import type { NetworkOptions } from './options.ts';

const PARENT = 'parent';

/** By driver: where its mode is said, the modes by the kernel's numbers (linux/if_link.h), the usual one first. */
const MODES = {
  macvlan: { option: 'macvlan_mode', modes: { bridge: 4, private: 1, vepa: 2, passthru: 8 } },
  ipvlan: { option: 'ipvlan_mode', modes: { l2: 0, l3: 1, l3s: 2 } },
} as const;

/** Of ipvlan: who on one parent may speak with each other. */
const FLAGS: Readonly<Record<string, number>> = { bridge: 0, private: 1, vepa: 2 };

export type ParentDriver = keyof typeof MODES;

export function isParentDriver(driver: string): driver is ParentDriver {
  return driver in MODES;
}

/** A network of driver `macvlan` or `ipvlan`: its containers' interfaces are beside the host's, on one of the host's. */
export class ParentNetwork extends LeasedNetwork {
  readonly driver: ParentDriver;

  constructor(record: NetworkRecord, driver: ParentDriver) {
    super(record, {
      interfaceName: parentOf(record),
      // That of the parent.
      mtu: 0,
      isGatewayless: () => withoutGateway(driver, record),
    });
    this.driver = driver;
  }

  get mode(): string {
    return modeOf(this.driver, this.record.options);
  }

  get link(): EndpointLink {
    const modes: Readonly<Record<string, number>> = MODES[this.driver].modes;
    return {
      kind: this.driver,
      mode: modes[this.mode] ?? 0,
      flags: this.driver === 'ipvlan' ? (FLAGS[flagOf(this.record.options)] ?? 0) : 0,
    };
  }

  get hasWayOut(): boolean {
    return !this.record.internal && hasParent(this.record.options);
  }

  override routesOf(lease: Pick<Lease, 'gateway' | 'gateway6' | 'address' | 'address6'>): string[] {
    if (!isRoutedByLink(this.driver, this.record.options)) return super.routesOf(lease);
    return [...(lease.address === '' ? [] : ['0.0.0.0']), ...(lease.address6 === '' ? [] : ['::'])];
  }

  /** The parent is there, or is a VLAN of one that is, or is made for those on this network alone. */
  protected override async make(launcher: NetworkLauncher, alias: string): Promise<void> {
    assertRoot(launcher, this.driver);
    const name = this.interfaceName;
    if (existsSync(`/sys/class/net/${name}`)) return;
    await launcher.ensureParent({ name, ...parentPlan(this.record), alias });
  }
}

/** Who shares an interface of the host has to be its root. Throws `forbidden`. */
export function assertRoot({ rootless }: Pick<NetworkLauncher, 'rootless'>, driver: ParentDriver): void {
  if (!rootless) return;
  throw new EngineError(
    'forbidden',
    `a network of driver ${driver} shares an interface of the host, for which the engine has to be run as root`,
  );
}

/** Throws `invalid` for options of such a network that make no sense. */
export function checkParentOptions(driver: ParentDriver, options: NetworkOptions): void {
  const mode = modeOf(driver, options);
  if (!(mode in MODES[driver].modes)) {
    const [usual] = Object.keys(MODES[driver].modes);
    throw new EngineError(
      'invalid',
      `requested ${driver} mode '${mode}' is not valid, '${usual ?? ''}' mode is the ${driver} driver default`,
    );
  }
  const flag = flagOf(options);
  if (driver === 'ipvlan' && !(flag in FLAGS)) {
    throw new EngineError(
      'invalid',
      `requested ipvlan flag '${flag}' is not valid, 'bridge' flag is the ipvlan driver default`,
    );
  }
  const parent = options[PARENT] ?? '';
  if (parent === 'lo') throw new EngineError('invalid', `loopback interface is not a valid ${driver} parent link`);
  if (parent !== '' && !/^(?!\.{1,2}$)[^/\s:]{1,15}$/.test(parent))
    throw new EngineError('invalid', `invalid parent interface: ${JSON.stringify(parent)}`);
}

/** Throws `forbidden` where the kernel lets no two such networks be on one parent. */
export function assertShareable(network: ParentNetwork, others: readonly LeasedNetwork[]): void {
  for (const other of others) {
    if (!(other instanceof ParentNetwork) || other.driver !== network.driver) continue;
    if (other.interfaceName !== network.interfaceName) continue;
    if (network.driver === 'ipvlan') {
      throw new EngineError(
        'forbidden',
        `network ${other.id} is already using parent interface ${other.interfaceName}`,
      );
    }
    if (network.mode === 'passthru') {
      throw new EngineError(
        'forbidden',
        `cannot use mode passthru, macvlan network ${other.id} is already using parent interface ${other.interfaceName}`,
      );
    }
    if (other.mode === 'passthru') {
      throw new EngineError(
        'forbidden',
        `macvlan network ${other.id} is already using parent interface ${other.interfaceName} in mode passthru`,
      );
    }
  }
}

function modeOf(driver: ParentDriver, options: NetworkOptions): string {
  const { option, modes } = MODES[driver];
  return options[option] || (Object.keys(modes)[0] ?? '');
}

function flagOf(options: NetworkOptions): string {
  return options['ipvlan_flag'] || 'bridge';
}

function hasParent(options: NetworkOptions): boolean {
  return (options[PARENT] ?? '') !== '';
}

/** Whether the containers have no gateway, unless one was asked for. */
export function withoutGateway(
  driver: ParentDriver,
  { internal, options }: Pick<NetworkRecord, 'internal' | 'options'>,
): boolean {
  return internal || !hasParent(options) || isRoutedByLink(driver, options);
}

/** Where the kernel routes among the interfaces of a parent, there is no gateway. */
function isRoutedByLink(driver: ParentDriver, options: NetworkOptions): boolean {
  return driver === 'ipvlan' && modeOf(driver, options) !== 'l2';
}

function parentOf({ id, options }: NetworkRecord): string {
  return options[PARENT] || `dm-${id.slice(0, 12)}`;
}

/** What a parent that is not there is made of: `eth0.10` is VLAN 10 of eth0, and without a name it has no link to anything. */
function parentPlan({ options }: NetworkRecord): { master: string; vlan: number } {
  const name = options[PARENT] ?? '';
  if (name === '') return { master: '', vlan: 0 };
  const [, master = '', number = ''] = /^([^.]+)\.([^.]+)$/.exec(name) ?? [];
  if (master === '')
    throw new EngineError('invalid', `invalid subinterface vlan name ${name}, example formatting is eth0.10`);
  if (!/^\d{1,9}$/.test(number))
    throw new EngineError('invalid', `unable to parse a valid vlan id from: ${number} (ex. eth0.10 for vlan 10)`);
  if (!existsSync(`/sys/class/net/${master}`))
    throw new EngineError('invalid', `-o parent interface was not found on the host: ${master}`);
  const vlan = Number(number);
  if (vlan < 1 || vlan > 4094) throw new EngineError('invalid', `vlan id must be between 1-4094, received: ${vlan}`);
  return { master, vlan };
}
