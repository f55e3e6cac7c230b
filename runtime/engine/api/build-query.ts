import type { IncomingMessage } from 'node:http';
import { parseAttestations, parsePlatforms } from '../build/buildkit/frontend-options.ts';
import { registryCache, type CacheRequest } from '../build/cache/remote/cache-options.ts';
import { bytesOf } from '../build/dockerfile/run-mounts.ts';
import { localAgents, type BuildOptions } from '../build/plan/options.ts';
import type { HostConfig } from '../containers/config.ts';
import { EngineError } from '../errors.ts';
import { newName, parseReference } from '../images/reference.ts';
import { ANONYMOUS, parseAuthConfig, type Credentials } from '../registry/credentials.ts';
import { queryFlag } from './router.ts';

/** Reads the parameters of `POST /build`. Throws `invalid`. */
export function buildOptions(
  query: URLSearchParams,
  request: IncomingMessage,
  secrets: ReadonlyMap<string, Buffer>,
  client: BuildOptions['caches']['client'] = null,
): BuildOptions {
  const text = (name: string): string => query.get(name) ?? '';
  const references = query
    .getAll('t')
    .filter((name) => name !== '')
    .map((name) => {
      const reference = parseReference(name);
      if (reference.digest !== null)
        throw new EngineError('invalid', `build tag cannot contain a digest: ${JSON.stringify(name)}`);
      return newName(reference);
    });
  const args = recordParameter(query, 'buildargs');
  const platforms = parsePlatforms(text('platform'));
  return {
    references,
    dockerfile: text('dockerfile'),
    target: text('target'),
    buildArgs: new Map(Object.entries(args).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]))),
    labels: Object.fromEntries(
      Object.entries(recordParameter(query, 'labels')).map(([key, value]) => [key, value ?? '']),
    ),
    platform: platforms[0] ?? null,
    platforms,
    caches: { imports: cacheRequests(query, 'cachefrom'), exports: cacheRequests(query, 'cacheto'), client },
    attestations: parseAttestations(query.getAll('attest')),
    versionControl: new Map(),
    noCache: queryFlag(query, 'nocache'),
    noCacheFilter: query.getAll('nocachefilter').flatMap((value) => value.split(',')),
    pull: queryFlag(query, 'pull'),
    network: text('networkmode') === '' ? 'default' : text('networkmode'),
    hostConfig: hostConfig(query),
    secrets,
    agents: localAgents(
      new Map(
        Object.entries(recordParameter(query, 'ssh')).flatMap(([id, path]) =>
          path === null ? [] : [[id, path] as const],
        ),
      ),
    ),
    namedContexts: new Map(
      Object.entries(recordParameter(query, 'buildcontexts')).flatMap(([name, value]) =>
        value === null ? [] : [[name, value] as const],
      ),
    ),
    linked: new Map(),
    credentials: credentials(request),
    squash: queryFlag(query, 'squash'),
    entitlements: new Set(query.getAll('allow').flatMap((value) => value.split(','))),
  };
}

/** A JSON list of images, or of caches as `type=registry,ref=...` has them. */
function cacheRequests(query: URLSearchParams, name: string): CacheRequest[] {
  const list = jsonParameter(query, name) ?? [];
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string'))
    throw new EngineError('invalid', `error reading ${name}: it is no JSON list of strings`);
  return list.map((one) => {
    if (!one.includes('=')) return name === 'cacheto' && one === 'inline' ? inlineRequest : registryCache(one);
    const attributes = new Map(
      one.split(',').map((field) => [field.replace(/=.*/s, ''), field.replace(/^[^=]*=?/, '')]),
    );
    const type = attributes.get('type') ?? '';
    attributes.delete('type');
    return { type, attributes };
  });
}

const inlineRequest: CacheRequest = { type: 'inline', attributes: new Map() };

/** A JSON object of strings or nulls. */
export function recordParameter(query: URLSearchParams, name: string): Record<string, string | null> {
  const value = jsonParameter(query, name);
  if (value === null) return {};
  const isRecord =
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => one === null || typeof one === 'string');
  if (!isRecord) throw new EngineError('invalid', `error reading ${name}: it is no JSON object of strings`);
  return value as Record<string, string | null>;
}

export function jsonParameter(query: URLSearchParams, name: string): object | null {
  const text = query.get(name) ?? '';
  if (text === '') return null;
  try {
    return JSON.parse(text) as object | null;
  } catch (error) {
    throw new EngineError('invalid', `error reading ${name}: ${(error as Error).message}`, { cause: error });
  }
}

function number(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  if (!/^-?\d+$/.test(text))
    throw new EngineError('invalid', `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function hostConfig(query: URLSearchParams): HostConfig {
  const ulimits = jsonParameter(query, 'ulimits');
  const security = jsonParameter(query, 'securityopt');
  const hosts = query.get('extrahosts') ?? '';
  // A JSON list as the API says, or what docker's own client sends: one after the other, parted by commas or repeated.
  const extraHosts = hosts.startsWith('[')
    ? (JSON.parse(hosts) as string[])
    : query
        .getAll('extrahosts')
        .flatMap((one) => one.split(','))
        .filter((one) => one !== '');
  return {
    ...(ulimits === null ? {} : { Ulimits: ulimits as NonNullable<HostConfig['Ulimits']> }),
    ...(security === null ? {} : { SecurityOpt: security as string[] }),
    ExtraHosts: extraHosts,
    ShmSize: /^\d+$/.test(query.get('shmsize') ?? '') ? number(query, 'shmsize') : sizeOf(query.get('shmsize') ?? ''),
    Memory: number(query, 'memory'),
    MemorySwap: number(query, 'memswap'),
    CpuShares: number(query, 'cpushares'),
    CpuPeriod: number(query, 'cpuperiod'),
    CpuQuota: number(query, 'cpuquota'),
    CpusetCpus: query.get('cpusetcpus') ?? '',
    CpusetMems: query.get('cpusetmems') ?? '',
    CgroupParent: query.get('cgroupparent') ?? '',
  };
}

function sizeOf(text: string): number {
  return text === '' ? 0 : bytesOf(text);
}

/** Docker Hub's key in a client's configuration. */
const HUB_KEY = 'https://index.docker.io/v1/';

/** The `X-Registry-Config` header: base64url of credentials by registry. */
function credentials(request: IncomingMessage): (domain: string) => Credentials {
  const header = request.headers['x-registry-config'];
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text === '') return () => ANONYMOUS;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (error) {
    throw new EngineError('invalid', 'the X-Registry-Config header is not base64 of JSON', { cause: error });
  }
  const all = new Map(
    Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}).map(([key, value]) => [
      key.replace(/^https?:\/\//, '').replace(/\/+$/, ''),
      value as unknown,
    ]),
  );
  const hub = all.get(HUB_KEY.replace(/^https:\/\//, '').replace(/\/+$/, ''));
  return (domain) => {
    const found = all.get(domain) ?? (domain === 'docker.io' ? hub : undefined);
    return found === undefined ? ANONYMOUS : parseAuthConfig(found);
  };
}
