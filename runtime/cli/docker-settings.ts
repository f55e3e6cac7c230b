import { DockerConfig, dockerConfigDirectory } from '../common/docker-config.ts';
import { commaFields, pair } from '../common/fields.ts';
import type { CliContext } from './command.ts';
import { FlagError } from './flags/flags.ts';

type Settings = Readonly<Record<string, unknown>>;

/** What docker's configuration file says beside credentials. Rejects when it cannot be read. */
async function settings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  return new DockerConfig(dockerConfigDirectory(environment), environment).read();
}

function objectOf(value: unknown): Settings {
  return typeof value === 'object' && value !== null ? (value as Settings) : {};
}

/** A text of the configuration file; undefined for one that is absent or empty. */
async function textSetting(environment: NodeJS.ProcessEnv, key: string): Promise<string | undefined> {
  const value = (await settings(environment))[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list's format from the configuration file (`psFormat` and the like), when it has one. */
export function configuredFormat({ environment }: CliContext, key: string): Promise<string | undefined> {
  return textSetting(environment, key);
}

/** Keys that detach: those of the flag, else `detachKeys` of the configuration file. */
export async function detachKeys(
  { environment }: Pick<CliContext, 'environment'>,
  given: string | undefined,
): Promise<string | undefined> {
  return given === undefined || given === '' ? textSetting(environment, 'detachKeys') : given;
}

/** The platform of the flag, else that of `DOCKER_DEFAULT_PLATFORM`. */
export function platformOf({ environment }: CliContext, given: string | undefined): string | undefined {
  return (given ?? environment['DOCKER_DEFAULT_PLATFORM']) || undefined;
}

const PROXIES: Readonly<Record<string, string>> = {
  httpProxy: 'HTTP_PROXY',
  httpsProxy: 'HTTPS_PROXY',
  noProxy: 'NO_PROXY',
  ftpProxy: 'FTP_PROXY',
  allProxy: 'ALL_PROXY',
};

/** Variables for containers and builds that `proxies` of the configuration file asks for, for the engine at `address`. */
export async function proxyVariables(environment: NodeJS.ProcessEnv, address: string): Promise<Record<string, string>> {
  const all = objectOf((await settings(environment))['proxies']);
  const chosen = objectOf(all[address] ?? all['default']);
  const variables: Record<string, string> = {};
  for (const [key, name] of Object.entries(PROXIES)) {
    const value = chosen[key];
    if (typeof value !== 'string' || value === '') continue;
    variables[name] = value;
    variables[name.toLowerCase()] = value;
  }
  return variables;
}

/** `pruneFilters` of the configuration file, then those given; a label given wins over its opposite in the file. */
export async function pruneFilters({ environment }: CliContext, given: readonly string[]): Promise<readonly string[]> {
  const listed = (await settings(environment))['pruneFilters'];
  const own = Array.isArray(listed) ? listed.filter((one): one is string => typeof one === 'string') : [];
  const opposites: Readonly<Record<string, string>> = { label: 'label!', 'label!': 'label' };
  const kept = own.filter((entry) => {
    const [name, value] = pair(entry);
    return entry.includes('=') && !given.includes(`${opposites[name] ?? ''}=${value}`);
  });
  return [...kept, ...given];
}

/** Headers that each request to the engine gets: `HttpHeaders` of the file, or `DOCKER_CUSTOM_HEADERS`. Rejects with FlagError. */
export async function requestHeaders(environment: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const custom = environment['DOCKER_CUSTOM_HEADERS'] ?? '';
  const entries =
    custom === ''
      ? Object.entries(objectOf((await settings(environment))['HttpHeaders']))
      : commaFields(custom).map(header);
  return Object.fromEntries(
    entries.filter(([name]) => name.toLowerCase() !== 'user-agent').map(([name, value]) => [name, String(value)]),
  );
}

function header(field: string): [string, string] {
  const [name, value] = pair(field);
  if (name.trim() === '' || !field.includes('='))
    throw new FlagError(`failed to parse custom headers from DOCKER_CUSTOM_HEADERS environment variable: ${field}`);
  return [name.trim(), value];
}
