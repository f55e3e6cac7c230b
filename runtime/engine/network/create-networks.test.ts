import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import type { Launcher } from '../launcher/interface.ts';
import { openDatabase } from '../store/database.ts';
import { EventBus } from '../system/events.ts';
import { newNetwork } from './create-request.ts';
import { createNetworks } from './create-networks.ts';
import { USUAL_BRIDGE, type DefaultBridge } from './default-bridge.ts';
import { NETWORK_SCHEMA, NetworkRepository, type NetworkRecord } from './network-record.ts';
import type { Networks } from './networks.ts';
import { Uplink } from './uplink.ts';

let dataRoot: string;
beforeEach(() => void (dataRoot = mkdtempSync(join(tmpdir(), 'berth-networks-'))));
afterEach(() => {
  rmSync(dataRoot, { recursive: true });
});

/** Of an engine whose launcher does whatever it is asked. */
async function networks(wanted: Partial<DefaultBridge> = {}, rootless = false): Promise<Networks> {
  const launcher = {
    rootless,
    runHelper: () => Promise.resolve({ exitCode: 0, output: '', firewall: 0n }),
    ensureBridge: () => Promise.resolve(),
    ensureParent: () => Promise.resolve(),
    removeOwnBridge: () => Promise.resolve(),
  } as unknown as Launcher;
  const repository = new NetworkRepository(openDatabase(join(dataRoot, 'test.db'), [NETWORK_SCHEMA]));
  const uplink = new Uplink(launcher, createLogger('error'), dataRoot);
  const parts = { launcher, uplink, repository, events: new EventBus([]) };
  return createNetworks(dataRoot, parts, [], { ...USUAL_BRIDGE, ...wanted });
}

const make = (all: Networks, request: object): NetworkRecord =>
  newNetwork(request, {
    used: all.usedSubnets(),
    taken: [],
    seed: 's',
    configuration: (name) => all.configuration(name),
  });

test('the default bridge is as the configuration says', async () => {
  const { bridge } = await networks({
    ...{ bip: '10.5.0.1/16', 'fixed-cidr': '10.5.9.0/24', ipv6: true, 'fixed-cidr-v6': 'fd00:5::/64' },
    ...{ icc: false, 'ip-masq': false, ip: '127.0.0.1', mtu: 1400, 'default-gateway': '10.5.0.7' },
  });
  expect([bridge.communicates, bridge.masquerades(4), bridge.mtu]).toEqual([false, false, 1400]);
  expect(bridge.record.options['com.docker.network.bridge.host_binding_ipv4']).toBe('127.0.0.1');
  expect(bridge.lease('a', { ipv4: '', ipv6: '', macAddress: '' })).toMatchObject({
    ...{ address: '10.5.9.0', prefixLength: 16, gateway: '10.5.0.7', address6: 'fd00:5::2', gateway6: 'fd00:5::1' },
  });
});

test('the default bridge is not there when it is to be none', async () => {
  const all = await networks({ bridge: 'none' });
  expect(all.list().map(({ name }) => name)).toEqual(['host', 'none']);
  expect(all.hasDefaultBridge).toBe(false);
  expect(() => all.find('bridge')).toThrow('network bridge not found');
});

test('the default bridge is one of the host only where that is there', async () => {
  await expect(networks({ bridge: 'no-such-bridge' })).rejects.toThrow(
    'bridge device with non default name no-such-bridge must be created manually',
  );
  await expect(networks({ bridge: 'lo' })).rejects.toThrow('lo must be created manually');
  await expect(networks({ bridge: 'lo' }, true)).rejects.toThrow("bridge lo is the host's");
});

test('the default bridge does not take what another network has', async () => {
  const all = await networks();
  await all.create(make(all, { Name: 'own', IPAM: { Config: [{ Subnet: '10.5.7.0/24' }] } }));
  await expect(networks({ bip: '10.5.0.1/16' })).rejects.toThrow('Pool overlaps');
});

test('a configuration stays while networks are made from it, and nobody is on it', async () => {
  const all = await networks();
  const configuration = make(all, { Name: 'conf', ConfigOnly: true, IPAM: { Config: [{ Subnet: '10.6.0.0/24' }] } });
  await all.create(configuration);
  expect([all.leasedById(configuration.id), all.isConfiguration(configuration.id)]).toEqual([null, true]);
  const user = make(all, { Name: 'user', ConfigFrom: { Network: 'conf' } });
  await all.create(user);
  await expect(all.remove(configuration)).rejects.toThrow('configuration network "conf" is in use');
  await all.remove(user);
  await all.remove(configuration);
  expect(all.list()).toHaveLength(3);
});

test('networks on a parent are of root, and one ipvlan to each', async () => {
  const all = await networks();
  const on = (Name: string, Driver: string, mode = ''): NetworkRecord =>
    make(all, { Name, Driver, Options: { parent: 'lo.1', ...(mode === '' ? {} : { macvlan_mode: mode }) } });
  // Its parent would be a VLAN of the host's lo.
  const first = on('one', 'ipvlan');
  await all.create(first);
  await expect(all.create(on('two', 'ipvlan'))).rejects.toThrow(`network ${first.id} is already using parent`);
  await all.create(on('three', 'macvlan'));
  await expect(all.create(on('four', 'macvlan', 'passthru'))).rejects.toThrow('cannot use mode passthru');
  expect(all.leasedById(first.id)?.lease('a', { ipv4: '', ipv6: '', macAddress: '' }).macAddress).toBe('');
  const rootless = await networks({}, true);
  await expect(rootless.create(make(rootless, { Name: 'x', Driver: 'macvlan' }))).rejects.toThrow(
    'a network of driver macvlan shares an interface of the host, for which the engine has to be run as root',
  );
  expect(rootless.list().map(({ name }) => name)).not.toContain('x');
});
