import { ComposeError } from '../errors.ts';
import { MissingFileError, readText, variablesIn } from '../load/environment-file.ts';
import type { Variables } from '../load/interpolate.ts';
import { nodeAt, type MapNode } from '../load/node.ts';
import type { Dependency, EndpointSpec, ServiceInput } from '../schema/service.ts';
import type { FileInput, ModelInput } from '../schema/top.ts';
import { checkReferences } from './check.ts';
import { checkConflicts } from './conflicts.ts';
import { ownImage } from './names.ts';
import { extensionsOf } from '../schema/extensions.ts';
import type { Project, ProjectFile, Separator, Service } from './project.ts';
import { without } from './without.ts';

/** What a project has beside its model. */
export interface ProjectFacts {
  readonly name: string;
  readonly directory: string;
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  readonly lookup: Variables;
  /** The same, and beneath it what the environment files of included projects set. */
  readonly variable: Variables;
  readonly warnings: readonly string[];
  readonly separator: Separator;
  /** Whether parts must fit each other. */
  readonly checked: boolean;
  /** Whether what is not written is added: the default network, dependencies that follow from other attributes. */
  readonly completed: boolean;
  /** Whether variables are what files and the environment say, not what is written. */
  readonly resolved: boolean;
}

/** Brings a checked model into the form that operations use. Reads the environment files of services. Throws ComposeError. */
export function normalizeProject(input: ModelInput, root: MapNode, facts: ProjectFacts): Project {
  const unusable = new Map<string, ComposeError>();
  const services = new Map(
    Object.entries(input.services ?? {}).map(([name, service]) => {
      const placed = (error: unknown): unknown =>
        error instanceof ComposeError && error.place === null
          ? new ComposeError(error.message, nodeAt(root, ['services', name]).place)
          : error;
      try {
        return [name, normalizeService(name, service, facts)] as const;
      } catch (error) {
        const problem = placed(error);
        if (!(error instanceof MissingFileError) || !(problem instanceof ComposeError)) throw problem;
        // It may be that nobody needs this service now: only who does is told.
        unusable.set(name, problem);
        return [name, normalizeService(name, without(service, 'env_file', 'label_file'), facts)] as const;
      }
    }),
  );
  const usesDefault = [...services.values()].some((service) => 'default' in service.networks);
  const networkInputs = { ...(usesDefault ? { default: {} } : {}), ...input.networks };
  const project: Project = {
    name: facts.name,
    directory: facts.directory,
    files: facts.files,
    envFiles: facts.envFiles,
    services,
    networks: new Map(
      Object.entries(networkInputs)
        // A default network that only stands in the file is made only for services that are on it.
        .filter(([key]) => key !== 'default' || usesDefault)
        .map(([key, network]) => [key, { ...network, ...identity(key, network, facts.name) }]),
    ),
    volumes: new Map(
      Object.entries(input.volumes ?? {}).map(([key, volume]) => [
        key,
        { ...volume, ...identity(key, volume, facts.name) },
      ]),
    ),
    configs: files(input.configs, facts.name),
    secrets: files(input.secrets, facts.name),
    models: new Map(Object.entries(input.models ?? {})),
    extensions: extensionsOf(root),
    unusable,
    variable: facts.variable,
    separator: facts.separator,
    warnings: [
      ...facts.warnings,
      ...(input.version === undefined ? [] : ['the attribute `version` is obsolete, it will be ignored']),
    ],
  };
  if (facts.checked) {
    checkReferences(project, root);
    checkConflicts(project, root);
  }
  return project;
}

/** The name on the engine, and whether somebody else keeps it. */
function identity(
  key: string,
  { name, external }: { name?: string | undefined; external?: boolean | { name?: string | undefined } | undefined },
  project: string,
): { name: string; external: boolean } {
  const isExternal = external !== undefined && external !== false;
  const older = typeof external === 'object' ? external.name : undefined;
  return { name: name ?? older ?? (isExternal ? key : `${project}_${key}`), external: isExternal };
}

function files(inputs: Readonly<Record<string, FileInput>> | undefined, project: string): Map<string, ProjectFile> {
  return new Map(
    Object.entries(inputs ?? {}).map(([key, input]) => [
      key,
      {
        ...identity(key, input, project),
        ...(input.file === undefined ? {} : { file: input.file }),
        ...(input.content === undefined ? {} : { content: input.content }),
        ...(input.environment === undefined ? {} : { environment: input.environment }),
        ...(input.labels === undefined ? {} : { labels: input.labels }),
        ...(input.driver === undefined ? {} : { driver: input.driver }),
        ...(input.driver_opts === undefined ? {} : { driver_opts: input.driver_opts }),
        ...(input.template_driver === undefined ? {} : { template_driver: input.template_driver }),
      },
    ]),
  );
}

function normalizeService(name: string, input: ServiceInput, facts: ProjectFacts): Service {
  const {
    env_file: environmentFiles = [],
    environment = {},
    depends_on: dependsOn = {},
    networks,
    label_file: labelFiles = [],
    labels = {},
    links: linkTexts = [],
    profiles = [],
    ...rest
  } = without(input, 'extends');
  const links = linkTexts.map((text) => {
    const [service = '', alias = service] = text.split(':');
    return { service, alias };
  });
  const replicas = input.scale ?? input.deploy?.replicas ?? 1;
  if (replicas < 0) throw new ComposeError(`services.${name}: there cannot be ${replicas} containers`);
  if (input.container_name !== undefined && replicas > 1)
    throw new ComposeError(
      `services.${name}: with container_name "${input.container_name}" there can only be one container, not ${replicas}`,
    );
  if (networks !== undefined && input.network_mode !== undefined)
    throw new ComposeError(`services.${name}: "network_mode" and "networks" cannot be combined`);
  if (input.image === undefined && input.build === undefined && input.provider === undefined && facts.checked)
    throw new ComposeError(`services.${name} has neither an image nor a build context specified`);
  const own = resolved(environment, facts.lookup);
  return {
    ...rest,
    ...(input.build?.args === undefined
      ? {}
      : { build: { ...input.build, args: known(input.build.args, facts.lookup) } }),
    name,
    image: input.image ?? ownImage(facts, name),
    ...(facts.resolved
      ? { environment: { ...fromFiles(environmentFiles, own, facts), ...own } }
      : { environment, env_file: environmentFiles }),
    labels: { ...labelsFromFiles(labelFiles, facts), ...labels },
    dependencies: { ...(facts.completed ? implied(input, links) : {}), ...dependsOn },
    networks:
      input.network_mode === undefined
        ? byPriority(Object.keys(networks ?? {}).length === 0 ? defaultNetworks(input, facts) : (networks ?? {}))
        : {},
    profiles,
    links,
    replicas,
    ...(input.volumes === undefined ? {} : { volumes: lastAtEachPlace(input.volumes) }),
  };
}

/** Of mounts at the same place the last is meant. */
function lastAtEachPlace<T extends { readonly target: string }>(mounts: readonly T[]): T[] {
  return [...new Map(mounts.map((mount) => [mount.target, mount])).values()];
}

/** What is not left to others is on the default network. */
function defaultNetworks({ provider }: ServiceInput, { completed }: ProjectFacts): Record<string, EndpointSpec> {
  return completed && provider === undefined ? { default: {} } : {};
}

/** A variable without a value has that of the environment; null where that has none, which takes the image's away. */
function resolved(
  environment: Readonly<Record<string, string | null>>,
  lookup: Variables,
): Record<string, string | null> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value ?? lookup(name) ?? null]));
}

/** Build arguments without a value have that of the environment, or are left out. */
function known(args: Readonly<Record<string, string | null>>, lookup: Variables): Record<string, string | null> {
  return Object.fromEntries(Object.entries(resolved(args, lookup)).filter(([, value]) => value !== null));
}

/** What files set; a variable in one is that of the environment, of the service's own, or of what stands before. */
function fromFiles(
  list: NonNullable<ServiceInput['env_file']>,
  own: Readonly<Record<string, string | null>>,
  { lookup }: ProjectFacts,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { path, required, format } of list) {
    if (format !== undefined && format !== '' && format !== 'raw' && format !== '.env')
      throw new ComposeError(`unsupported format "${format}" of the env file ${path}: there is "raw"`);
    const text = readText(path, required, 'env file');
    if (text === null) continue;
    const outer: Variables = (name) => lookup(name) ?? own[name] ?? values[name];
    Object.assign(values, format === 'raw' ? rawPairs(text) : Object.fromEntries(variablesIn(path, text, outer)));
  }
  return values;
}

function labelsFromFiles(list: readonly string[], { lookup }: ProjectFacts): Record<string, string> {
  return Object.assign(
    {},
    ...list.map((path) => Object.fromEntries(variablesIn(path, readText(path, true, 'label file') ?? '', lookup))),
  ) as Record<string, string>;
}

/** `format: raw`: everything after the first `=` is the value. */
function rawPairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '' && !line.startsWith('#') && line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1)]),
  );
}

/** Services that others are joined with must be there first: links, volumes_from, `service:` modes. */
function implied(input: ServiceInput, links: readonly { service: string }[]): Record<string, Dependency> {
  const modes = [input.network_mode, input.ipc, input.pid, input.uts].flatMap((mode) =>
    mode?.startsWith('service:') === true ? [mode.slice('service:'.length)] : [],
  );
  const from = (input.volumes_from ?? []).flatMap((one) =>
    one.startsWith('container:') ? [] : [one.split(':')[0] ?? ''],
  );
  const dependency: Dependency = { condition: 'service_started', restart: false, required: true };
  const restarting: Dependency = { ...dependency, restart: true };
  return {
    ...Object.fromEntries(from.map((one) => [one, dependency])),
    // Who shares a namespace of a container cannot outlive it, and a link knows its address.
    ...Object.fromEntries([...links.map(({ service }) => service), ...modes].map((one) => [one, restarting])),
  };
}

/** The highest priority first; order of the file otherwise. */
function byPriority<T extends { priority?: number | undefined }>(networks: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(networks).sort(([, a], [, b]) => (b.priority ?? 0) - (a.priority ?? 0)));
}
