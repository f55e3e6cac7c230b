import type { HostConfig } from '../../containers/config.ts';
import { EngineError } from '../../errors.ts';
import { isObject } from '../../images/manifest.ts';
import { fullPlatform, parsePlatform, type Platform } from '../../images/platform.ts';
import { newName, parseReference, type Reference } from '../../images/reference.ts';
import { registryCache, type CacheOptions, type CacheRequest } from '../cache/remote/cache-options.ts';
import {
  NO_ATTESTATIONS,
  type AgentSource,
  type ProvenanceOptions,
  type AttestationOptions,
  type BuildOptions,
  type SecretSource,
} from '../plan/options.ts';
import { ANONYMOUS, type Credentials } from '../../registry/credentials.ts';

/** What a session brings to the options of a build. */
export interface SessionOptions {
  readonly secrets: SecretSource;
  readonly agents: AgentSource;
  readonly credentials: (domain: string) => Promise<Credentials>;
  readonly caches: CacheOptions;
  readonly linked: BuildOptions['linked'];
}

/** Of a build that no client stands by. */
export const WITHOUT_SESSION: SessionOptions = {
  secrets: new Map(),
  agents: { open: () => Promise.resolve(null) },
  credentials: () => Promise.resolve(ANONYMOUS),
  caches: { imports: [], exports: [], client: null },
  linked: new Map(),
};

/**
 * Options of a build from the attributes of BuildKit's `dockerfile.v0` frontend. Throws `invalid` for what cannot be
 * done. `names`: what the image is called, parted by commas.
 */
export function frontendOptions(
  attributes: ReadonlyMap<string, string>,
  names: string,
  entitlements: readonly string[],
  session: SessionOptions,
): BuildOptions {
  const text = (name: string): string => attributes.get(name) ?? '';
  const noCache = attributes.get('no-cache');
  const platforms = parsePlatforms(text('platform'));
  return {
    references: parseNames(names),
    dockerfile: text('filename'),
    target: text('target'),
    buildArgs: buildArgsOf(attributes),
    labels: Object.fromEntries(withPrefix(attributes, 'label:')),
    platform: platforms[0] ?? null,
    platforms,
    attestations: attestationsOf(attributes),
    versionControl: withPrefix(attributes, 'vcs:'),
    noCache: noCache === '',
    noCacheFilter: noCache === undefined || noCache === '' ? [] : noCache.split(','),
    pull: text('image-resolve-mode') === 'pull',
    network: text('force-network-mode') === '' ? 'default' : text('force-network-mode'),
    hostConfig: hostConfig(text),
    namedContexts: withPrefix(attributes, 'context:'),
    squash: false,
    entitlements: new Set(entitlements),
    ...session,
  };
}

/** `linux/amd64,linux/arm64`, each once. Throws `invalid`. */
export function parsePlatforms(text: string): Platform[] {
  const all = text
    .split(',')
    .filter((one) => one !== '')
    .map(parsePlatform);
  return [...new Map(all.map((one) => [fullPlatform(one), one])).values()];
}

/** `attest:provenance=mode=max`, `attest:sbom=`. What clients ask for by themselves (`inline-only`) is left out. */
function attestationsOf(attributes: ReadonlyMap<string, string>): AttestationOptions {
  return parseAttestations(
    [...attributes].flatMap(([key, value]) =>
      key.startsWith('attest:') ? [`type=${key.slice('attest:'.length)}${value === '' ? '' : `,${value}`}`] : [],
    ),
  );
}

/** `type=provenance,mode=max`, `type=sbom`. Throws `invalid`. */
export function parseAttestations(texts: readonly string[]): AttestationOptions {
  let { provenance, sbom } = NO_ATTESTATIONS;
  for (const text of texts) {
    const fields = new Map(text.split(',').map((field) => [field.replace(/=.*/s, ''), field.replace(/^[^=]*=?/, '')]));
    const isOff = /^(?:1|t|true)$/i.test(fields.get('disabled') ?? '') || fields.get('inline-only') === 'true';
    const type = fields.get('type') ?? '';
    if (type === 'sbom') sbom = !isOff;
    else if (type === 'provenance') {
      provenance = isOff ? null : provenanceOptions(fields);
    } else throw new EngineError('invalid', `invalid attestation type ${JSON.stringify(type)}`);
  }
  return { provenance, sbom };
}

function provenanceOptions(fields: ReadonlyMap<string, string>): ProvenanceOptions {
  const mode = fields.get('mode') ?? 'max';
  if (mode !== 'min' && mode !== 'max' && mode !== 'full')
    throw new EngineError('invalid', `invalid mode ${JSON.stringify(mode)}`);
  const version = fields.get('version') ?? 'v0.2';
  if (version !== 'v0.2' && version !== 'v1')
    throw new EngineError('invalid', `invalid provenance SLSA version: ${version}`);
  const reproducible = fields.get('reproducible') ?? 'false';
  if (!/^(?:1|0|t|f|true|false)$/i.test(reproducible))
    throw new EngineError('invalid', `failed to parse reproducible flag ${JSON.stringify(reproducible)}`);
  return {
    mode: mode === 'min' ? 'min' : 'max',
    version,
    builder: fields.get('builder-id') ?? '',
    reproducible: /^[1t]/i.test(reproducible),
  };
}

/** The caches of a request, and those that its attributes name. `client`: the client's own content. Throws `invalid`. */
export function cacheOptions(
  { imports, exports }: Omit<CacheOptions, 'client'>,
  attributes: ReadonlyMap<string, string>,
  client: CacheOptions['client'],
): CacheOptions {
  const plain = (attributes.get('cache-from') ?? '').split(',').filter((one) => one !== '');
  const all = [...imports, ...parseImports(attributes.get('cache-imports') ?? ''), ...plain.map(registryCache)];
  const unique = new Map(all.map((one) => [JSON.stringify([one.type, [...one.attributes].sort()]), one]));
  return { imports: [...unique.values()], exports, client };
}

function parseImports(text: string): CacheRequest[] {
  if (text === '') return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new EngineError('invalid', 'the cache imports are no JSON', { cause: error });
  }
  const entries = Array.isArray(list) ? (list as unknown[]) : [];
  return entries.filter(isObject).map((entry) => {
    const own = isObject(entry['Attrs']) ? entry['Attrs'] : {};
    const attributes = Object.entries(own).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, value] as const] : [],
    );
    return { type: String(entry['Type']), attributes: new Map(attributes) };
  });
}

/** `a:1,b` as references. Throws `invalid`. */
export function parseNames(names: string): Reference[] {
  return names
    .split(',')
    .filter((name) => name !== '')
    .map((name) => newName(parseReference(name)));
}

/** The variables that a client gives. */
export function buildArgsOf(attributes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return withPrefix(attributes, 'build-arg:');
}

function withPrefix(attributes: ReadonlyMap<string, string>, prefix: string): ReadonlyMap<string, string> {
  return new Map(
    [...attributes].flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  );
}

function hostConfig(text: (name: string) => string): HostConfig {
  const list = (name: string): string[] =>
    text(name)
      .split(',')
      .filter((one) => one !== '');
  const number = (name: string): number => {
    const value = Number(text(name));
    if (!Number.isSafeInteger(value)) throw new EngineError('invalid', `invalid ${name}: ${text(name)}`);
    return value;
  };
  return {
    ExtraHosts: list('add-hosts').map((entry) => entry.replace('=', ':')),
    ShmSize: Math.max(0, number('shm-size')),
    Memory: number('memory'),
    MemorySwap: number('memswap'),
    CpuShares: number('cpushares'),
    CpuPeriod: number('cpuperiod'),
    CpuQuota: number('cpuquota'),
    CpusetCpus: text('cpusetcpus'),
    CpusetMems: text('cpusetmems'),
    CgroupParent: text('cgroup-parent'),
    Ulimits: list('ulimit').map((entry) => {
      const [, name = '', soft = '', hard = soft] = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(entry) ?? [];
      if (name === '') throw new EngineError('invalid', `invalid ulimit ${JSON.stringify(entry)}`);
      return { Name: name, Soft: Number(soft), Hard: Number(hard) };
    }),
  };
}
