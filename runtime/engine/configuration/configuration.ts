import { isIP } from 'node:net';
import * as z from 'zod';
import { memorySize } from '../../common/memory-size.ts';
import { entryFilter } from '../build/cache/entry.ts';
import { ruleFilters, type CacheGc } from '../build/cache/gc-rules.ts';
import { CDI_DIRECTORIES } from '../containers/cdi.ts';
import { checkLogConfig, DEFAULT_LOG_DRIVER } from '../containers/log-config.ts';
import { MINIMUM_MEMORY } from '../containers/resources.ts';
import { rlimitsOf } from '../containers/rlimits.ts';
import { messageOf } from '../errors.ts';
import { parseSubnet } from '../network/address.ts';
import { addressFields, askedPool, USUAL_BRIDGE, type DefaultBridge } from '../network/default-bridge.ts';
import { checkNetworkOptions } from '../network/options.ts';
import { checkParentOptions, isParentDriver } from '../network/parent-network.ts';
import { parseProxy, type ConfiguredProxies } from '../registry/proxy.ts';
import type { EngineResources } from '../system/engine-limits.ts';
import { parseStorageSize } from './storage-size.ts';

/** A part of the address space out of which networks get subnets of one size. */
export interface DefaultPool {
  readonly base: string;
  /** Length of the prefix of each subnet. */
  readonly size: number;
}

/** What the engine's configuration file says, by dockerd's names; what it leaves out has its default. */
export interface Configuration extends DefaultBridge {
  readonly 'registry-mirrors': readonly string[];
  readonly 'insecure-registries': readonly string[];
  /** Each instead of the variable of the environment that says the same. */
  readonly proxies: ConfiguredProxies;
  readonly labels: readonly string[];
  readonly debug: boolean;
  readonly 'max-concurrent-downloads': number;
  readonly 'max-concurrent-uploads': number;
  readonly 'max-download-attempts': number;
  readonly dns: readonly string[];
  readonly 'dns-search': readonly string[];
  readonly 'dns-opts': readonly string[];
  readonly 'log-driver': string;
  readonly 'log-opts': Readonly<Record<string, string>>;
  readonly 'default-ulimits': Readonly<
    Record<string, { readonly Name: string; readonly Soft: number; readonly Hard: number }>
  >;
  /** Empty: Docker's own. */
  readonly 'default-address-pools': readonly DefaultPool[];
  readonly builder: { readonly gc: CacheGc };
  /** Of containers that ask for none: of their `/dev/shm`, in binary units; empty for 64 MiB. */
  readonly 'default-shm-size': string;
  readonly 'default-ipc-mode': 'private' | 'shareable';
  /** Empty: `private`, as the engine has it anyway. */
  readonly 'default-cgroupns-mode': '' | 'host' | 'private';
  readonly 'cgroup-parent': string;
  /** Whether an init of the engine's is the first process. */
  readonly init: boolean;
  readonly 'no-new-privileges': boolean;
  /** `builtin` (also when empty) or `unconfined`. */
  readonly 'seccomp-profile': '' | 'builtin' | 'unconfined';
  /** By driver: options of networks that are created without them. */
  readonly 'default-network-opts': Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Containers go on without the engine in any case. */
  readonly 'live-restore': boolean;
  /** Whether containers that are created get SELinux labels; null: where they can be had. */
  readonly 'selinux-enabled': boolean | null;
  /** `strict`: what leads out of a container is refused; ours, dockerd has none. */
  readonly isolation: 'standard' | 'strict';
  /** Of all containers together; ours, dockerd has none. */
  readonly resources: EngineResources;
  /** Empty: the launcher, or what the engine was started with. */
  readonly 'default-runtime': string;
  /** Where devices are described; one empty text: nowhere. */
  readonly 'cdi-spec-dirs': readonly string[];
}

export type ConfigurationKey = keyof Configuration;

/** Read when the engine starts; every other takes effect as soon as the file is read again. */
export const AT_START: readonly ConfigurationKey[] = [
  'default-runtime',
  'cdi-spec-dirs',
  'selinux-enabled',
  ...(Object.keys(USUAL_BRIDGE) as (keyof DefaultBridge)[]),
];

/** What is wrong with a configuration, and where: a path like `log-opts.max-size`, empty for the file as a whole. */
export interface ConfigurationProblem {
  readonly field: string;
  readonly message: string;
}

const words = z.array(z.string()).default([]);
const count = (usual: number) => z.number().int().min(1).default(usual);

const size = z.string().default('');
const cacheGc = z.strictObject({
  enabled: z.boolean().default(true),
  defaultReservedSpace: size,
  defaultMaxUsedSpace: size,
  defaultMinFreeSpace: size,
  defaultKeepStorage: size,
  policy: z
    .array(
      z.strictObject({
        all: z.boolean().default(false),
        filter: z.union([z.array(z.string()), z.record(z.string(), z.record(z.string(), z.boolean()))]).default([]),
        reservedSpace: size,
        maxUsedSpace: size,
        minFreeSpace: size,
        keepStorage: size,
      }),
    )
    .nullable()
    .default(null),
});

const proxies = z.strictObject({
  'http-proxy': z.string().default(''),
  'https-proxy': z.string().default(''),
  'no-proxy': z.string().default(''),
});

const resources = z.strictObject({
  memory: size,
  cpus: z.number().min(0).default(0),
  pids: z.number().int().min(0).default(0),
  disk: size,
});

const schema = z.strictObject({
  'registry-mirrors': words,
  'insecure-registries': words,
  proxies: proxies.default(proxies.parse({})),
  labels: words,
  debug: z.boolean().default(false),
  'max-concurrent-downloads': count(3),
  'max-concurrent-uploads': count(5),
  'max-download-attempts': count(5),
  dns: words,
  'dns-search': words,
  'dns-opts': words,
  'log-driver': z.string().default(DEFAULT_LOG_DRIVER),
  'log-opts': z.record(z.string(), z.string()).default({}),
  'default-ulimits': z
    .record(z.string(), z.strictObject({ Name: z.string(), Soft: z.number().int(), Hard: z.number().int() }))
    .default({}),
  'default-address-pools': z.array(z.strictObject({ base: z.string(), size: z.number().int() })).default([]),
  builder: z.strictObject({ gc: cacheGc.default(cacheGc.parse({})) }).default({ gc: cacheGc.parse({}) }),
  'default-shm-size': size,
  'default-ipc-mode': z.enum(['private', 'shareable']).default('private'),
  'default-cgroupns-mode': z.enum(['', 'host', 'private']).default(''),
  'cgroup-parent': z.string().default(''),
  init: z.boolean().default(false),
  'no-new-privileges': z.boolean().default(false),
  'seccomp-profile': z.enum(['', 'builtin', 'unconfined']).default(''),
  'default-network-opts': z.record(z.string(), z.record(z.string(), z.string())).default({}),
  'live-restore': z.boolean().default(true),
  'selinux-enabled': z.boolean().nullable().default(null),
  isolation: z.enum(['standard', 'strict']).default('standard'),
  resources: resources.default(resources.parse({})),
  'default-runtime': z.string().default(''),
  'cdi-spec-dirs': z.array(z.string()).default([...CDI_DIRECTORIES]),
  bridge: z
    .string()
    .check(z.regex(/^(?!\.{1,2}$)[^/\s:]{0,15}$/))
    .default(USUAL_BRIDGE.bridge),
  bip: z.string().default(USUAL_BRIDGE.bip),
  bip6: z.string().default(USUAL_BRIDGE.bip6),
  'fixed-cidr': z.string().default(USUAL_BRIDGE['fixed-cidr']),
  'fixed-cidr-v6': z.string().default(USUAL_BRIDGE['fixed-cidr-v6']),
  'default-gateway': z.string().default(USUAL_BRIDGE['default-gateway']),
  'default-gateway-v6': z.string().default(USUAL_BRIDGE['default-gateway-v6']),
  ipv6: z.boolean().default(USUAL_BRIDGE.ipv6),
  icc: z.boolean().default(USUAL_BRIDGE.icc),
  'ip-masq': z.boolean().default(USUAL_BRIDGE['ip-masq']),
  ip: z.string().default(USUAL_BRIDGE.ip),
  mtu: z.number().int().min(0).max(65_535).default(USUAL_BRIDGE.mtu),
});

/** With nothing in the file. */
export const DEFAULTS: Configuration = schema.parse({});

/** What a configuration was read to, and what is wrong with it. Without problems it can be used. */
export interface ParsedConfiguration {
  readonly configuration: Configuration;
  readonly problems: readonly ConfigurationProblem[];
}

/** Reads the text of a configuration file, whose options give way to those of `managed`. */
export function parseConfiguration(text: string, managed: Readonly<Record<string, unknown>> = {}): ParsedConfiguration {
  let document: unknown;
  try {
    document = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    return { configuration: DEFAULTS, problems: [{ field: '', message: `invalid JSON: ${messageOf(error)}` }] };
  }
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
  return checkConfiguration(isObject ? { ...(document as object), ...managed } : document);
}

/** The same for what is no text any more. */
export function checkConfiguration(document: unknown): ParsedConfiguration {
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue): ConfigurationProblem[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'there is no such option' }))
        : [{ field: issue.path.join('.'), message: issue.message }],
    );
    return { configuration: DEFAULTS, problems };
  }
  return { configuration: parsed.data, problems: problemsOf(parsed.data) };
}

function problemsOf(configuration: Configuration): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const check = (field: string, test: () => string | null): void => {
    let message: string | null;
    try {
      message = test();
    } catch (error) {
      message = messageOf(error);
    }
    if (message !== null) problems.push({ field, message });
  };
  const each = (field: ConfigurationKey, list: readonly string[], test: (one: string) => string | null): void => {
    for (const [at, one] of list.entries()) check(`${field}.${at}`, () => test(one));
  };
  each('registry-mirrors', configuration['registry-mirrors'], mirrorProblem);
  each('insecure-registries', configuration['insecure-registries'], registryProblem);
  for (const name of ['http-proxy', 'https-proxy'] as const) {
    const text = configuration.proxies[name];
    // The text is not told: it may hold a password.
    check(`proxies.${name}`, () =>
      text === '' || parseProxy(text) !== null
        ? null
        : 'it is an address that begins with http://, https:// or socks5://',
    );
  }
  each('labels', configuration.labels, (label) =>
    /^[^=]+=/.test(label) ? null : `bad attribute format: ${label}, it has the form KEY=VALUE`,
  );
  each('dns', configuration.dns, (server) => (isIP(server) === 0 ? `${server} is not an ip address` : null));
  each('dns-search', configuration['dns-search'], (domain) =>
    /^(\.|[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?)$/.test(domain)
      ? null
      : `${domain} is not a valid domain`,
  );
  check('default-shm-size', () => {
    const text = configuration['default-shm-size'];
    return text === '' || memorySize(text) !== null ? null : `invalid size: '${text}'`;
  });
  check('resources.memory', () => {
    const text = configuration.resources.memory;
    const bytes = memorySize(text);
    if (text === '') return null;
    if (bytes === null) return `invalid size: '${text}'`;
    return bytes < MINIMUM_MEMORY ? 'Minimum memory limit allowed is 6MB' : null;
  });
  check('resources.cpus', () => {
    const { cpus } = configuration.resources;
    return cpus === 0 || cpus >= 0.01 ? null : 'it is a number from 0.01 on, or 0 for no limit';
  });
  check('resources.disk', () => {
    const { disk } = configuration.resources;
    return disk === '' || parseStorageSize(disk) !== null ? null : `invalid size: '${disk}'`;
  });
  check('live-restore', () =>
    configuration['live-restore'] ? null : 'containers outlive this engine in any case: it can only be true',
  );
  for (const [driver, options] of Object.entries(configuration['default-network-opts']))
    check(`default-network-opts.${driver}`, () => {
      if (isParentDriver(driver)) checkParentOptions(driver, options);
      else if (driver === 'bridge') checkNetworkOptions(options);
      else return 'there are options of bridge, macvlan and ipvlan networks only';
      return null;
    });
  for (const family of [4, 6] as const)
    for (const field of addressFields(family))
      check(field, () => {
        if (configuration[field] === '') return null;
        // Each by itself first, for the field that is wrong to be named.
        const alone = { ...USUAL_BRIDGE, [field]: configuration[field] };
        askedPool(field === 'bip' || field === 'bip6' ? alone : configuration, family);
        return null;
      });
  each('cdi-spec-dirs', configuration['cdi-spec-dirs'], (path) =>
    path === '' || path.startsWith('/') ? null : `${path} is not an absolute path`,
  );
  for (const field of ['bip', 'bip6'] as const)
    check(field, () =>
      configuration.bridge !== '' && configuration[field] !== ''
        ? `bridge and ${field} are mutually exclusive options`
        : null,
    );
  check('ip', () => (isIP(configuration.ip) === 0 ? `${configuration.ip} is not an ip address` : null));
  check('mtu', () =>
    configuration.mtu === 0 || configuration.mtu >= 68 ? null : 'it is a number from 68 to 65535, or 0',
  );
  check('log-driver', () => {
    checkLogConfig({ Type: configuration['log-driver'] });
    return null;
  });
  if (problems.every(({ field }) => field !== 'log-driver'))
    check('log-opts', () => {
      checkLogConfig({ Type: configuration['log-driver'], Config: configuration['log-opts'] });
      return null;
    });
  for (const [name, limit] of Object.entries(configuration['default-ulimits'])) {
    check(`default-ulimits.${name}`, () => {
      if (limit.Name !== name) return `its name is ${limit.Name}`;
      rlimitsOf([limit]);
      return null;
    });
  }
  for (const [at, { base, size }] of configuration['default-address-pools'].entries()) {
    check(`default-address-pools.${at}`, () => {
      const subnet = parseSubnet(base);
      if (subnet === null) return `invalid CIDR address: ${base}`;
      const most = subnet.family === 4 ? 30 : 126;
      return size < subnet.prefixLength || size > most
        ? `invalid size ${size}: it is from ${subnet.prefixLength} to ${most}`
        : null;
    });
  }
  const { policy, ...defaults } = configuration.builder.gc;
  const checkSizes = (at: string, options: object): void => {
    for (const [name, value] of Object.entries(options) as [string, unknown][]) {
      if (typeof value === 'string' && value !== '' && parseStorageSize(value) === null)
        problems.push({ field: `${at}.${name}`, message: `invalid size: '${value}'` });
    }
  };
  checkSizes('builder.gc', defaults);
  for (const [at, rule] of (policy ?? []).entries()) {
    checkSizes(`builder.gc.policy.${at}`, rule);
    check(`builder.gc.policy.${at}.filter`, () => {
      entryFilter(ruleFilters(rule));
      return null;
    });
  }
  return problems;
}

function mirrorProblem(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return `invalid mirror: ${JSON.stringify(text)} is not an address that begins with http:// or https://`;
  if (url.username !== '' || url.password !== '') return 'invalid mirror: it must not hold a user or a password';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return 'invalid mirror: path, query, or fragment at end of the address';
  return null;
}

function registryProblem(text: string): string | null {
  if (text.includes('://')) return `insecure registry ${text} should not contain '://'`;
  if (text.includes('/')) return parseSubnet(text) === null ? `invalid CIDR address: ${text}` : null;
  return /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:\d{1,5})?$/.test(text)
    ? null
    : `insecure registry ${text} is not valid: it is a name or an address, with a port if it has one`;
}
