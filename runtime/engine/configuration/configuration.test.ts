import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatSubnet, parseSubnet } from '../network/address.ts';
import { chooseSubnet } from '../network/ipam.ts';
import { parseConfiguration } from './configuration.ts';
import { withConfiguredDefaults } from './host-defaults.ts';
import { registryConfig } from './registry-config.ts';
import { isInsecureRegistry, Settings } from './settings.ts';
import { parseStorageSize } from './storage-size.ts';

const read = (value: unknown) => parseConfiguration(JSON.stringify(value)).configuration;
const problems = (value: unknown) =>
  parseConfiguration(typeof value === 'string' ? value : JSON.stringify(value)).problems.map(({ field }) => field);

describe('a configuration', () => {
  it.each([
    ['{', ['']],
    [{ mirrors: [] }, ['mirrors']],
    [
      { 'registry-mirrors': ['https://a.example', 'ftp://b', 'https://u:p@c', 'https://d/e'] },
      ['registry-mirrors.1', 'registry-mirrors.2', 'registry-mirrors.3'],
    ],
    [
      { 'insecure-registries': ['a:5000', '10.0.0.0/8', 'http://a', '10.0.0.0/99', 'a b'] },
      ['insecure-registries.2', 'insecure-registries.3', 'insecure-registries.4'],
    ],
    [{ 'max-concurrent-downloads': 0 }, ['max-concurrent-downloads']],
    [{ dns: ['1.1.1.1', 'one'], 'dns-search': ['.', 'a.example', 'a b'] }, ['dns.1', 'dns-search.2']],
    [{ 'log-driver': 'syslog' }, ['log-driver']],
    [{ 'log-driver': 'local', 'log-opts': { tag: 'x' } }, ['log-opts']],
    [
      { 'default-ulimits': { nofile: { Name: 'nofile', Soft: 2, Hard: 1 }, core: { Name: 'nice', Soft: 0, Hard: 0 } } },
      ['default-ulimits.nofile', 'default-ulimits.core'],
    ],
    [
      {
        'default-address-pools': [
          { base: '10.0.0.0/16', size: 24 },
          { base: '10.0.0.0/16', size: 8 },
          { base: 'x', size: 8 },
        ],
      },
      ['default-address-pools.1', 'default-address-pools.2'],
    ],
    [{ 'default-shm-size': 'much', 'default-ipc-mode': 'none' }, ['default-ipc-mode']],
    [{ 'default-shm-size': 'much', 'live-restore': false }, ['default-shm-size', 'live-restore']],
    [{ 'seccomp-profile': '/etc/own.json' }, ['seccomp-profile']],
    [{ bip: '10.5.0.1', ip: 'all', mtu: 20 }, ['bip', 'ip', 'mtu']],
    [{ bip: '10.5.0.1/24', 'fixed-cidr': '10.6.0.0/24' }, ['fixed-cidr']],
    [{ bip: '10.5.0.1/24', bridge: 'none' }, ['bip']],
    [{ bip6: 'fd00::1/64', bridge: 'br0' }, ['bip6']],
    [{ bridge: 'br0', 'fixed-cidr': '10.5.0.128/25', 'default-gateway': '10.5.0.129' }, []],
    [{ bridge: 'a/b' }, ['bridge']],
    [{ 'cdi-spec-dirs': ['/etc/own', 'cdi', ''] }, ['cdi-spec-dirs.1']],
    [{ bip: '10.5.0.1/24', 'fixed-cidr': '10.5.0.128/25', ipv6: true, icc: false, ip: '127.0.0.1', mtu: 1400 }, []],
    [
      {
        'default-network-opts': {
          bridge: { 'com.docker.network.driver.mtu': 'big' },
          overlay: { 'com.docker.network.driver.mtu': '1400' },
        },
      },
      ['default-network-opts.bridge', 'default-network-opts.overlay'],
    ],
    [{ builder: { gc: { defaultKeepStorage: 'much' } } }, ['builder.gc.defaultKeepStorage']],
    [
      {
        builder: {
          gc: {
            policy: [
              { all: true, keepStorage: '1GB' },
              { maxUsedSpace: 'x', filter: ['unused=1h'] },
            ],
          },
        },
      },
      ['builder.gc.policy.1.maxUsedSpace', 'builder.gc.policy.1.filter'],
    ],
    [{ builder: { gc: { policy: [{ filter: ['until=soon'] }] } } }, ['builder.gc.policy.0.filter']],
    [
      { proxies: { 'http-proxy': 'socks4://p', 'https-proxy': 'socks5://me:secret@p:1', 'no-proxy': '*' } },
      ['proxies.http-proxy'],
    ],
    [{ proxies: { 'ftp-proxy': 'http://p' } }, ['proxies.ftp-proxy']],
    [{ resources: { memory: 'much', cpus: 0.001 } }, ['resources.memory', 'resources.cpus']],
    [{ resources: { memory: '1m', pids: -1 } }, ['resources.pids']],
    [{ resources: { memory: '4g', cpus: 1.5, pids: 2000 } }, []],
    [{ labels: ['a=b', 'c'] }, ['labels.1']],
    ['', []],
  ])('%j: wrong are %j', (value, fields) => {
    expect(problems(value)).toEqual(fields);
  });
});

it('gives containers what they do not say themselves, and keeps what they say', () => {
  const configuration = read({
    'log-driver': 'local',
    'log-opts': { 'max-size': '1m', 'max-file': '2' },
    'default-ulimits': { nofile: { Name: 'nofile', Soft: 1, Hard: 2 }, core: { Name: 'core', Soft: 0, Hard: 0 } },
    dns: ['9.9.9.9'],
    'dns-search': ['example'],
  });
  expect(
    withConfiguredDefaults({ Ulimits: [{ Name: 'core', Soft: 5, Hard: 5 }], DnsSearch: ['mine'] }, configuration),
  ).toEqual({
    LogConfig: { Type: 'local', Config: { 'max-size': '1m', 'max-file': '2' } },
    Ulimits: [
      { Name: 'core', Soft: 5, Hard: 5 },
      { Name: 'nofile', Soft: 1, Hard: 2 },
    ],
    Dns: ['9.9.9.9'],
    DnsSearch: ['mine'],
  });
  const own = { LogConfig: { Type: 'json-file' }, NetworkMode: 'host' };
  expect(withConfiguredDefaults(own, read({ 'log-driver': 'local', dns: ['9.9.9.9'] }))).toEqual(own);
  expect(withConfiguredDefaults({ LogConfig: { Config: { 'max-size': '3m' } } }, configuration).LogConfig).toEqual({
    Type: 'local',
    Config: { 'max-size': '3m', 'max-file': '2' },
  });
  expect(withConfiguredDefaults({}, read({}))).toEqual({});
});

it('tells registries as dockerd does, and knows those that are insecure', () => {
  const declared = ['reg.example:5000', '10.1.0.0/16'];
  expect(
    registryConfig(read({ 'registry-mirrors': ['https://mirror.example'], 'insecure-registries': declared })),
  ).toEqual({
    InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8', '10.1.0.0/16'],
    IndexConfigs: {
      'docker.io': { Name: 'docker.io', Mirrors: ['https://mirror.example/'], Secure: true, Official: true },
      'reg.example:5000': { Name: 'reg.example:5000', Mirrors: [], Secure: false, Official: false },
    },
    Mirrors: ['https://mirror.example/'],
  });
  const hosts = ['reg.example:5000', 'reg.example', '10.1.2.3:80', '10.2.0.1', 'localhost:1', '[::1]:5000'];
  expect(hosts.filter((host) => isInsecureRegistry(host, declared))).toEqual([
    'reg.example:5000',
    '10.1.2.3:80',
    'localhost:1',
    '[::1]:5000',
  ]);
});

it('chooses subnets out of the configured pools, and out of no others', () => {
  const pools = [{ base: '10.9.0.0/23', size: 24 }];
  const taken = ['10.9.0.0/24'].flatMap((text) => parseSubnet(text) ?? []);
  expect(formatSubnet(chooseSubnet(4, [], '', pools))).toBe('10.9.0.0/24');
  expect(formatSubnet(chooseSubnet(4, taken, '', pools))).toBe('10.9.1.0/24');
  expect(() =>
    chooseSubnet(4, [...taken, ...[parseSubnet('10.9.1.0/24')].flatMap((one) => one ?? [])], '', pools),
  ).toThrow('fully subnetted');
  expect(formatSubnet(chooseSubnet(6, [], 'seed', pools))).toMatch(/^fd/);
});

it('reads sizes as BuildKit does', () => {
  expect(['20GB', '512 MiB', '1000', '1.5k', 'x'].map(parseStorageSize)).toEqual([20e9, 536_870_912, 1000, 1500, null]);
});

describe('settings', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'berth-settings-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('are read again, tell what changed and what waits, and stay as they were when the file is wrong', async () => {
    const path = join(directory, 'engine.json');
    const settings = Settings.open(path);
    const options = settings.registry;
    expect(options.mirrors).toEqual([]);
    writeFileSync(path, '{"registry-mirrors": ["http://a:1"], "default-runtime": "runc", "debug": true}');
    expect(settings.reload()).toEqual(['registry-mirrors', 'debug', 'default-runtime']);
    expect(options.mirrors?.map(({ host }) => host)).toEqual(['a:1']);
    expect(settings.waiting).toEqual(['default-runtime']);
    writeFileSync(path, '{"debug": "yes"}');
    expect(() => settings.reload()).toThrow(/unable to configure the engine with file .*: debug: /);
    expect(settings.current.debug).toBe(true);
    expect(() => Settings.open(path)).toThrow('debug');
    expect(await settings.write('{"debug": 1}')).toMatchObject([{ field: 'debug' }]);
    expect(readFileSync(path, 'utf8')).toBe('{"debug": "yes"}');
    expect(await settings.write('{ }')).toEqual([]);
    expect(settings.reload()).toEqual(['registry-mirrors', 'debug', 'default-runtime']);
    expect(settings.waiting).toEqual([]);
  });
});

it('gives containers what they do not say themselves of their processes and rights', () => {
  const configuration = read({
    'default-shm-size': '128M',
    'default-ipc-mode': 'shareable',
    'default-cgroupns-mode': 'host',
    'cgroup-parent': '/mine',
    init: true,
    'no-new-privileges': true,
    'seccomp-profile': 'unconfined',
  });
  expect(withConfiguredDefaults({}, configuration)).toEqual({
    ShmSize: 128 * 1024 * 1024,
    IpcMode: 'shareable',
    CgroupnsMode: 'host',
    CgroupParent: '/mine',
    Init: true,
    SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
  });
  const own = {
    ShmSize: 1,
    IpcMode: 'host',
    CgroupnsMode: 'private',
    CgroupParent: '/other',
    Init: false,
    SecurityOpt: ['no-new-privileges=false', 'seccomp={}'],
  };
  expect(withConfiguredDefaults(own, configuration)).toEqual(own);
  expect(withConfiguredDefaults({ Privileged: true, Init: null }, configuration)).toMatchObject({
    Init: true,
    SecurityOpt: ['no-new-privileges'],
  });
});
