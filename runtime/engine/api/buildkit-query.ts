import type { ExporterRequest } from '../build/buildkit/exporters.ts';
import { EngineError } from '../errors.ts';
import { jsonParameter, recordParameter } from './build-query.ts';
import { queryFlag } from './router.ts';

/** The parameters of `POST /build?version=2` as attributes of BuildKit's frontend. Throws `invalid`. */
export function frontendAttributes(query: URLSearchParams): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  const set = (name: string, value: string | null): void => {
    if (value !== null && value !== '' && value !== '0') attributes.set(name, value);
  };
  set('target', query.get('target'));
  set('filename', query.get('dockerfile') === '.' ? null : query.get('dockerfile'));
  const remote = query.get('remote') ?? '';
  if (remote !== 'client-session' && remote !== 'upload-request') set('context', remote);
  for (const [key, value] of Object.entries(recordParameter(query, 'buildargs')))
    if (value !== null) attributes.set(`build-arg:${key}`, value);
  for (const [key, value] of Object.entries(recordParameter(query, 'labels')))
    attributes.set(`label:${key}`, value ?? '');
  if (queryFlag(query, 'nocache')) attributes.set('no-cache', '');
  if (queryFlag(query, 'pull')) attributes.set('image-resolve-mode', 'pull');
  set('platform', query.get('platform'));
  const network = query.get('networkmode') ?? '';
  set('force-network-mode', network === 'default' ? '' : network);
  set('add-hosts', hosts(query));
  set('ulimit', ulimits(query));
  set('shm-size', query.get('shmsize'));
  set('cgroup-parent', query.get('cgroupparent'));
  for (const name of ['memory', 'memswap', 'cpushares', 'cpuperiod', 'cpuquota', 'cpusetcpus', 'cpusetmems'])
    set(name, query.get(name));
  const cacheFrom = jsonParameter(query, 'cachefrom');
  if (Array.isArray(cacheFrom)) set('cache-from', cacheFrom.map(String).join(','));
  return attributes;
}

/** `name:address` pairs, however the client puts them, as BuildKit's `name=address,...`. */
function hosts(query: URLSearchParams): string {
  const given = query.getAll('extrahosts');
  const all = given[0]?.startsWith('[') === true ? (jsonParameter(query, 'extrahosts') as string[]) : given;
  return all
    .flatMap((one) => one.split(','))
    .filter((one) => one !== '')
    .map((one) => one.replace(':', '='))
    .join(',');
}

function ulimits(query: URLSearchParams): string {
  const all = (jsonParameter(query, 'ulimits') ?? []) as { Name: string; Soft: number; Hard: number }[];
  return all.map(({ Name, Soft, Hard }) => `${Name}=${Soft}:${Hard}`).join(',');
}

interface OutputParameter {
  readonly Type?: string;
  readonly Attrs?: Readonly<Record<string, string>> | null;
}

/** What the build is to be written to: the engine's store when nothing else is said. Throws `invalid`. */
export function outputsOf(query: URLSearchParams): ExporterRequest[] {
  const outputs = (jsonParameter(query, 'outputs') ?? []) as OutputParameter[];
  if (!Array.isArray(outputs)) throw new EngineError('invalid', 'the outputs are no JSON list');
  const names = query.getAll('t').filter((name) => name !== '');
  return (outputs.length === 0 ? [{ Type: 'moby' }] : outputs).map(({ Type = 'moby', Attrs }) => {
    const attributes = new Map(Object.entries(Attrs ?? {}));
    if (names.length > 0) attributes.set('name', names.join(','));
    return { type: Type, attributes };
  });
}
