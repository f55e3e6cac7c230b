import type { CreateRequest } from '../containers/config.ts';
import { EngineError } from '../errors.ts';
import { speaksBefore, type ApiContext } from './router.ts';

/** What older versions of the API meant by the same words of a request to create a container. Throws `invalid`. */
export function createRequestOf(context: ApiContext, request: CreateRequest): CreateRequest {
  const { endpoints } = request;
  if (speaksBefore(context, 44) && Object.keys(endpoints).length > 1) {
    const names = Object.keys(endpoints).join(', ');
    throw new EngineError('invalid', `Container cannot be created with multiple network endpoints: ${names}`);
  }
  const platform = speaksBefore(context, 41) ? '' : (context.query.get('platform') ?? '');
  return { ...sharedByDefault(context, request), platform };
}

function sharedByDefault(context: ApiContext, request: CreateRequest): CreateRequest {
  const { hostConfig } = request;
  // Since 1.40 other containers must be let into a container's IPC namespace by its creator.
  if (!speaksBefore(context, 40) || (hostConfig.IpcMode ?? '') !== '') return request;
  return { ...request, hostConfig: { ...hostConfig, IpcMode: 'shareable' } };
}

/** Lists show annotations since 1.46. */
export function summaryFor(context: ApiContext, line: Record<string, unknown>): Record<string, unknown> {
  if (!speaksBefore(context, 46)) return line;
  return { ...line, HostConfig: { ...(line['HostConfig'] as object), Annotations: undefined } };
}

/** Limits that came later are none of an older version's update. */
export function updateOf(context: ApiContext, body: unknown): unknown {
  return speaksBefore(context, 40) && typeof body === 'object' && body !== null ? { ...body, PidsLimit: null } : body;
}

/** Before 1.48 a network without IPv4 could not be asked for. */
export function networkRequestOf(context: ApiContext, body: unknown): unknown {
  return speaksBefore(context, 48) && typeof body === 'object' && body !== null ? { ...body, EnableIPv4: null } : body;
}

/** What `inspectContainer` answers, as far as it is looked at here. */
interface Inspected extends Record<string, unknown> {
  readonly Id: string;
  readonly Config: { readonly Hostname: string };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly Aliases: readonly string[] | null }>>;
  };
}

const DEFAULT_NETWORKS: ReadonlySet<string> = new Set(['bridge', 'host', 'none', 'default']);

/** Before 1.45 the names that every container has in its networks were among its aliases, where Compose looks for them. */
export function inspectionFor(context: ApiContext, inspected: Record<string, unknown>): Record<string, unknown> {
  if (!speaksBefore(context, 45)) return inspected;
  const { Id, Config, NetworkSettings } = inspected as Inspected;
  const own = [Id.slice(0, 12), Config.Hostname];
  const networks = Object.entries(NetworkSettings.Networks).map(([name, endpoint]) =>
    DEFAULT_NETWORKS.has(name)
      ? [name, endpoint]
      : [name, { ...endpoint, Aliases: [...new Set([...(endpoint.Aliases ?? []), ...own])] }],
  );
  return { ...inspected, NetworkSettings: { ...NetworkSettings, Networks: Object.fromEntries(networks) as unknown } };
}
