import type { HostConfig } from '../../containers/config.ts';
import { EngineError } from '../../errors.ts';
import { parsePlatform } from '../../images/platform.ts';
import { parseReference, withDefaultTag, type Reference } from '../../images/reference.ts';
import type { AgentSource, BuildOptions, SecretSource } from '../plan/options.ts';
import type { Credentials } from '../../registry/credentials.ts';

/** What a session brings to the options of a build. */
export interface SessionOptions {
  readonly secrets: SecretSource;
  readonly agents: AgentSource;
  readonly credentials: (domain: string) => Promise<Credentials>;
}

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
  const platform = text('platform');
  if (platform.includes(','))
    throw new EngineError('invalid', `this engine builds for one platform at a time, not for ${platform}`);
  return {
    references: parseNames(names),
    dockerfile: text('filename'),
    target: text('target'),
    buildArgs: withPrefix(attributes, 'build-arg:'),
    labels: Object.fromEntries(withPrefix(attributes, 'label:')),
    platform: platform === '' ? null : parsePlatform(platform),
    noCache: noCache === '',
    noCacheFilter: noCache === undefined || noCache === '' ? [] : noCache.split(','),
    pull: text('image-resolve-mode') === 'pull',
    network: text('force-network-mode') === '' ? 'default' : text('force-network-mode'),
    hostConfig: hostConfig(text),
    namedContexts: withPrefix(attributes, 'context:'),
    squash: false,
    allowInsecure: entitlements.includes('security.insecure'),
    ...session,
  };
}

/** `a:1,b` as references. Throws `invalid`. */
export function parseNames(names: string): Reference[] {
  return names
    .split(',')
    .filter((name) => name !== '')
    .map((name) => withDefaultTag(parseReference(name)));
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
