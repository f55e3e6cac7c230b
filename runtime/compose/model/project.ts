import type { ComposeError } from '../errors.ts';
import type { Dependency, EndpointSpec, Hook, PreStartHook, ServiceInput } from '../schema/service.ts';
import type { ModelSpec, NetworkInput, VolumeInput } from '../schema/top.ts';

/** A network of a project, by its key in the file. */
export interface ProjectNetwork extends Omit<NetworkInput, 'external' | 'name'> {
  /** Its name on the engine. */
  readonly name: string;
  readonly external: boolean;
}

/** A volume of a project, by its key in the file. */
export interface ProjectVolume extends Omit<VolumeInput, 'external' | 'name'> {
  readonly name: string;
  readonly external: boolean;
}

/** A config or secret of a project: where its content comes from. */
export interface ProjectFile {
  readonly name: string;
  readonly external: boolean;
  readonly file?: string;
  readonly content?: string;
  readonly environment?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly driver?: string;
  readonly driver_opts?: Readonly<Record<string, string>>;
  readonly template_driver?: string;
}

/** What stands at an `x-` entry, which means nothing to Compose and is kept for others. */
export interface Extension {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** A service in one form, with what other parts of the project add to it. */
export interface Service extends Omit<
  ServiceInput,
  'env_file' | 'environment' | 'depends_on' | 'networks' | 'extends' | 'label_file' | 'labels' | 'profiles' | 'links'
> {
  readonly name: string;
  /** Files whose variables are not among those of `environment`: only where a project is read to be shown as written. */
  readonly env_file?: ServiceInput['env_file'];
  /** The image's name: given, or made of the project's and service's names. */
  readonly image: string;
  /** Null for a variable that the environment was asked for and does not have: the container has none, whatever its image says. */
  readonly environment: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, Dependency>>;
  /** Networks by key, the first the container's main one; empty with a network mode. */
  readonly networks: Readonly<Record<string, EndpointSpec>>;
  readonly profiles: readonly string[];
  /** Aliases for other services, by service: `links: [db:database]`. */
  readonly links: readonly { readonly service: string; readonly alias: string }[];
  /** How many containers there are to be. */
  readonly replicas: number;
}

export type Separator = '-' | '_';

/** A Compose project as operations use it. */
export interface Project {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  /** All services, those of profiles not asked for too, by name. */
  readonly services: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, ProjectNetwork>;
  readonly volumes: ReadonlyMap<string, ProjectVolume>;
  readonly configs: ReadonlyMap<string, ProjectFile>;
  readonly secrets: ReadonlyMap<string, ProjectFile>;
  /** Language models by key. */
  readonly models: ReadonlyMap<string, ModelSpec>;
  /** What parts the names of containers and built images: `_` for those of Compose 1. */
  readonly separator: Separator;
  readonly extensions: readonly Extension[];
  /** Sentences about what was read. */
  /** Value of a variable of the environment and, beneath it, of the environment files of the project. */
  readonly variable: (name: string) => string | undefined;
  readonly warnings: readonly string[];
  /** Services that cannot be used, and why: their environment files are not there. */
  readonly unusable: ReadonlyMap<string, ComposeError>;
}

export type { Dependency, EndpointSpec, Hook, ModelSpec, PreStartHook };
