/** How a container of another engine is made here: the settings that mean the same, without those of that engine alone. */
import { bodyLike, type Inspected } from './recreate.ts';

type Part = Readonly<Record<string, unknown>>;

/** Log drivers that every engine has. */
const LOG_DRIVERS = ['json-file', 'local', 'none'];
/** Networks that no engine makes for anybody. */
const BUILT_IN = ['default', 'bridge', 'host', 'none'];
/** What podman says where Docker says nothing. */
const USUAL_NETWORKS = ['podman', 'slirp4netns', 'pasta', 'private'];
/** A variable by which programs know that they run in podman. */
const PODMAN_MARK = 'container=podman';
/** Settings of how an engine works, not of the container: the engine here has its own. */
const OF_ITS_ENGINE = ['Runtime', 'CgroupParent', 'ContainerIDFile', 'ConsoleSize', 'Isolation', 'CgroupManager'];

/** A network that a container is in. */
interface Endpoint {
  readonly Aliases?: readonly string[] | null;
  readonly IPAMConfig?: unknown;
}

/** The networks that have to be there for a container: those that somebody made. */
export function networksOf({ HostConfig, NetworkSettings }: Inspected): ReadonlyMap<string, Endpoint> {
  const mode = networkMode(HostConfig);
  if (mode.startsWith('container:') || mode === 'host' || mode === 'none') return new Map();
  const isMade = (name: string): boolean => !BUILT_IN.includes(name) && !USUAL_NETWORKS.includes(name);
  const joined = Object.entries(NetworkSettings.Networks ?? {}).filter(([name]) => isMade(name));
  // The one it is made in comes first.
  return new Map(joined.sort(([a], [b]) => Number(b === mode) - Number(a === mode)));
}

/** What a container is made in, and what it joins then. */
interface Placed {
  /** Of the create request. */
  readonly body: Part;
  /** Networks to be joined once it is there. */
  readonly others: ReadonlyMap<string, Endpoint>;
}

/**
 * The create request for a container like one of another engine, whose settings are its own alone. `container:ID` names a
 * container of that engine: `nameOf` gives its name, which is the same here.
 */
export function broughtBody(container: Inspected, image: string, nameOf: (id: string) => string): Placed {
  const { HostConfig, ...body } = bodyLike(container, image) as Part & { HostConfig: Part };
  const networks = networksOf(container);
  const aliases = ({ Aliases, IPAMConfig }: Endpoint): Endpoint => ({
    Aliases: (Aliases ?? []).filter((alias) => alias !== container.Id.slice(0, 12)),
    // Without an address of its own choice it is given one here.
    ...(isChosen(IPAMConfig) ? { IPAMConfig } : {}),
  });
  const [first, ...others] = [...networks].map(([name, endpoint]): [string, Endpoint] => [name, aliases(endpoint)]);
  const asked = networkMode(HostConfig);
  const mode = first?.[0] ?? (asked.startsWith('container:') ? `container:${nameOf(asked.slice(10))}` : usual(asked));
  return {
    body: {
      ...body,
      ...(Array.isArray(body['Env']) ? { Env: body['Env'].filter((one) => one !== PODMAN_MARK) } : {}),
      HostConfig: {
        ...Object.fromEntries(Object.entries(HostConfig).filter(([name]) => !OF_ITS_ENGINE.includes(name))),
        ...modes(HostConfig, nameOf),
        Binds: ((HostConfig['Binds'] as readonly string[] | null | undefined) ?? []).map(knownBind),
        Ulimits: knownUlimits(HostConfig['Ulimits'] as readonly Ulimit[] | null | undefined),
        LogConfig: knownLog(HostConfig['LogConfig'] as LogConfig | undefined),
        NetworkMode: mode,
      },
      NetworkingConfig: { EndpointsConfig: first === undefined ? {} : Object.fromEntries([first]) },
    },
    others: new Map(others),
  };
}

function networkMode({ NetworkMode }: Part): string {
  return typeof NetworkMode === 'string' ? NetworkMode : '';
}

function usual(mode: string): string {
  return mode === 'host' || mode === 'none' ? mode : 'default';
}

function isChosen(config: unknown): boolean {
  return typeof config === 'object' && config !== null && Object.values(config).some((value) => value !== '');
}

/** Namespaces: podman says `private` where Docker says nothing, and both may name another container. */
function modes(hostConfig: Part, nameOf: (id: string) => string): Part {
  return Object.fromEntries(
    ['IpcMode', 'PidMode', 'UTSMode', 'UsernsMode'].flatMap((name) => {
      const mode = hostConfig[name];
      if (typeof mode !== 'string') return [];
      if (mode.startsWith('container:')) return [[name, `container:${nameOf(mode.slice(10))}`]];
      return [[name, mode === 'private' && name !== 'IpcMode' ? '' : mode]];
    }),
  );
}

/** Options of a mount that every engine knows and that are not usual; podman names all that the kernel has. */
const MOUNT_OPTIONS = ['ro', 'z', 'Z', 'nocopy', 'private', 'shared', 'rshared', 'slave', 'rslave'];

function knownBind(bind: string): string {
  const [source = '', target = '', options = ''] = bind.split(':');
  const known = options.split(',').filter((option) => MOUNT_OPTIONS.includes(option));
  return [source, target, ...(known.length === 0 ? [] : [known.join(',')])].join(':');
}

interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

/** What podman gives to every container: more than an ordinary user may have here, and then it would not start. */
const PODMAN_LIMITS: Readonly<Record<string, readonly number[]>> = {
  RLIMIT_NOFILE: [1_048_576],
  RLIMIT_NPROC: [32_768, 4_194_304],
};

/** Limits by Docker's names: podman says `RLIMIT_NOFILE`. */
function knownUlimits(limits: readonly Ulimit[] | null | undefined): Ulimit[] {
  return (limits ?? [])
    .filter(({ Name, Soft, Hard }) => Soft !== Hard || PODMAN_LIMITS[Name]?.includes(Hard) !== true)
    .map((limit) => ({ ...limit, Name: limit.Name.replace(/^RLIMIT_/, '').toLowerCase() }));
}

interface LogConfig {
  readonly Type?: string;
  readonly Config?: unknown;
}

/** A log of a kind that only that engine has becomes the usual one. */
function knownLog(config: LogConfig | undefined): LogConfig {
  return config?.Type !== undefined && LOG_DRIVERS.includes(config.Type) ? config : { Type: '', Config: {} };
}

/** A name for what a container has written, as images have names. */
export function filesImage(container: string): string {
  const path = container
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `localhost/brought/${path === '' ? 'container' : path}:latest`;
}
