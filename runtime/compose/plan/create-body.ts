import type { Project, Service } from '../model/project.ts';
import { healthcheck } from './healthcheck.ts';
import { hostConfig, type Joined } from './host-config.ts';
import { containerLabels } from './labels.ts';
import { endpoints } from './endpoints.ts';
import { exposedPorts } from './ports.ts';

/** Nanoseconds in a second. */
const SECOND = 1e9;

/** What a container of a service is to be beside what its service says. */
export interface ContainerFacts {
  readonly name: string;
  /** The name that it gets in the end, when it is made under another one. */
  readonly finalName?: string;
  readonly number: number;
  readonly hash: string;
  readonly imageId: string;
  /** Made by `run`, not by `up`. */
  readonly oneOff: boolean;
  /** Whether the engine removes it when it ends. */
  readonly autoRemove?: boolean;
  /** Containers of other services that this one shares something with. */
  readonly joined: Joined;
  /** Anonymous volumes of the container that this one replaces: name by target. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Path of the engine's socket, for `use_api_socket`. */
  readonly socketPath: string;
}

/** The body of `POST /containers/create` for a container of a service (Docker Engine API, ContainerCreate). */
export function createBody(project: Project, service: Service, facts: ContainerFacts): Record<string, unknown> {
  const health = healthcheck(service);
  return {
    Image: service.image,
    Hostname: service.hostname ?? '',
    Domainname: service.domainname ?? '',
    User: service.user ?? '',
    Tty: service.tty ?? false,
    OpenStdin: service.stdin_open ?? false,
    StdinOnce: false,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Env: Object.entries(service.environment).map(([name, value]) => (value === null ? name : `${name}=${value}`)),
    Cmd: service.command ?? null,
    Entrypoint: service.entrypoint ?? null,
    WorkingDir: service.working_dir ?? '',
    Labels: containerLabels(project, service, facts),
    ExposedPorts: exposedPorts(service),
    ...(health === null ? {} : { Healthcheck: health }),
    ...(service.stop_signal === undefined ? {} : { StopSignal: service.stop_signal }),
    ...(service.stop_grace_period === undefined ? {} : { StopTimeout: Math.ceil(service.stop_grace_period / SECOND) }),
    ...(service.mac_address === undefined ? {} : { MacAddress: service.mac_address }),
    HostConfig: hostConfig(project, service, facts),
    NetworkingConfig: { EndpointsConfig: endpoints(project, service, facts) },
  };
}
