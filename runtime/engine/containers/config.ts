import * as z from 'zod';
import { EngineError } from '../errors.ts';

/**
 * A container's configuration in the shapes of the Docker Engine API (`ContainerConfig` and `HostConfig`). Fields the
 * engine does not know are kept and shown again by inspect, as Docker's own clients send many that are merely echoed.
 */

/** Docker takes null wherever a field may be absent. */
function optional<T extends z.ZodType>(schema: T): z.ZodOptional<z.ZodNullable<T>> {
  return schema.nullable().optional();
}

const words = z.array(z.string());
/** A command: a list of words, or (old clients) one string that is a single word. */
const command = z.union([words, z.string().transform((word) => [word])]);
const emptyObjects = z.record(z.string(), z.unknown());

/** Durations in nanoseconds; 0 takes the default. */
const healthcheck = z.looseObject({
  Test: optional(words),
  Interval: optional(z.number()),
  Timeout: optional(z.number()),
  StartPeriod: optional(z.number()),
  StartInterval: optional(z.number()),
  Retries: optional(z.number().int()),
});

export const containerConfigSchema = z.looseObject({
  Hostname: optional(z.string()),
  Domainname: optional(z.string()),
  User: optional(z.string()),
  AttachStdin: optional(z.boolean()),
  AttachStdout: optional(z.boolean()),
  AttachStderr: optional(z.boolean()),
  ExposedPorts: optional(emptyObjects),
  Tty: optional(z.boolean()),
  OpenStdin: optional(z.boolean()),
  StdinOnce: optional(z.boolean()),
  Env: optional(words),
  Cmd: optional(command),
  Entrypoint: optional(command),
  Image: optional(z.string()),
  Volumes: optional(emptyObjects),
  WorkingDir: optional(z.string()),
  Labels: optional(z.record(z.string(), z.string())),
  StopSignal: optional(z.string()),
  StopTimeout: optional(z.number().int()),
  Healthcheck: optional(healthcheck),
  NetworkDisabled: optional(z.boolean()),
  MacAddress: optional(z.string()),
});

const portBinding = z.looseObject({ HostIp: optional(z.string()), HostPort: optional(z.string()) });

/** Clients say null for what they leave open; Docker shows nothing then. */
function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as T;
}

const mount = z.looseObject({
  Type: z.string(),
  Source: optional(z.string()),
  Target: z.string(),
  ReadOnly: optional(z.boolean()),
  BindOptions: optional(
    z.looseObject({
      Propagation: optional(z.string()),
      NonRecursive: optional(z.boolean()),
      CreateMountpoint: optional(z.boolean()),
      ReadOnlyNonRecursive: optional(z.boolean()),
      ReadOnlyForceRecursive: optional(z.boolean()),
    }),
  ),
  VolumeOptions: optional(
    z.looseObject({
      NoCopy: optional(z.boolean()),
      Labels: optional(z.record(z.string(), z.string())),
      DriverConfig: optional(
        z.looseObject({ Name: optional(z.string()), Options: optional(z.record(z.string(), z.string())) }),
      ),
      Subpath: optional(z.string()),
    }),
  ),
  TmpfsOptions: optional(
    z.looseObject({
      SizeBytes: optional(z.number()),
      Mode: optional(z.number()),
      Options: optional(z.array(z.array(z.string()))),
    }),
  ),
  ImageOptions: optional(z.looseObject({ Subpath: optional(z.string()) })),
});

const device = z.looseObject({
  PathOnHost: z.string(),
  PathInContainer: optional(z.string()),
  CgroupPermissions: optional(z.string()),
});

const deviceRate = z.looseObject({ Path: z.string(), Rate: z.number() });

const deviceRequest = z.looseObject({
  Driver: optional(z.string()),
  Count: optional(z.number().int()),
  DeviceIDs: optional(words),
  Capabilities: optional(z.array(words)),
  Options: optional(z.record(z.string(), z.string())),
});

export const hostConfigSchema = z.looseObject({
  Binds: optional(words),
  VolumesFrom: optional(words),
  VolumeDriver: optional(z.string()),
  Mounts: optional(z.array(mount.transform(withoutNulls))),
  Tmpfs: optional(z.record(z.string(), z.string())),
  NetworkMode: optional(z.string()),
  Links: optional(words),
  PortBindings: optional(z.record(z.string(), z.array(portBinding).nullable())),
  PublishAllPorts: optional(z.boolean()),
  RestartPolicy: optional(z.looseObject({ Name: optional(z.string()), MaximumRetryCount: optional(z.number()) })),
  AutoRemove: optional(z.boolean()),
  CapAdd: optional(words),
  CapDrop: optional(words),
  SecurityOpt: optional(words),
  Privileged: optional(z.boolean()),
  ReadonlyRootfs: optional(z.boolean()),
  Init: optional(z.boolean()),
  GroupAdd: optional(words),
  ExtraHosts: optional(words),
  Dns: optional(words),
  DnsOptions: optional(words),
  DnsSearch: optional(words),
  IpcMode: optional(z.string()),
  PidMode: optional(z.string()),
  UTSMode: optional(z.string()),
  CgroupnsMode: optional(z.string()),
  Ulimits: optional(z.array(z.looseObject({ Name: z.string(), Soft: z.number(), Hard: z.number() }))),
  Devices: optional(z.array(device)),
  Sysctls: optional(z.record(z.string(), z.string())),
  ShmSize: optional(z.number().int()),
  OomScoreAdj: optional(z.number().int()),
  OomKillDisable: optional(z.boolean()),
  Memory: optional(z.number().int()),
  MemorySwap: optional(z.number().int()),
  MemoryReservation: optional(z.number().int()),
  NanoCpus: optional(z.number().int()),
  CpuShares: optional(z.number().int()),
  CpuPeriod: optional(z.number().int()),
  CpuQuota: optional(z.number().int()),
  CpusetCpus: optional(z.string()),
  CpusetMems: optional(z.string()),
  PidsLimit: optional(z.number().int()),
  BlkioWeight: optional(z.number().int()),
  BlkioWeightDevice: optional(z.array(z.looseObject({ Path: z.string(), Weight: z.number().int() }))),
  BlkioDeviceReadBps: optional(z.array(deviceRate)),
  BlkioDeviceWriteBps: optional(z.array(deviceRate)),
  BlkioDeviceReadIOps: optional(z.array(deviceRate)),
  BlkioDeviceWriteIOps: optional(z.array(deviceRate)),
  CpuRealtimePeriod: optional(z.number().int()),
  CpuRealtimeRuntime: optional(z.number().int()),
  // -1 is how the docker command says that nothing was asked for.
  MemorySwappiness: optional(
    z
      .number()
      .int()
      .transform((value) => (value === -1 ? null : value)),
  ),
  CgroupParent: optional(z.string()),
  DeviceCgroupRules: optional(words),
  DeviceRequests: optional(z.array(deviceRequest)),
  UsernsMode: optional(z.string()),
  Runtime: optional(z.string()),
  StorageOpt: optional(z.record(z.string(), z.string())),
  Annotations: optional(z.record(z.string(), z.string())),
  LogConfig: optional(
    z.looseObject({ Type: optional(z.string()), Config: optional(z.record(z.string(), z.string())) }),
  ),
  ConsoleSize: optional(z.array(z.number())),
  MaskedPaths: optional(words),
  ReadonlyPaths: optional(words),
});

const endpoint = z.looseObject({
  Aliases: optional(words),
  Links: optional(words),
  MacAddress: optional(z.string()),
  IPAMConfig: optional(
    z.looseObject({
      IPv4Address: optional(z.string()),
      IPv6Address: optional(z.string()),
      LinkLocalIPs: optional(words),
    }),
  ),
  DriverOpts: optional(z.record(z.string(), z.string())),
  GwPriority: optional(z.number().int()),
});

const connectRequestSchema = z.looseObject({
  Container: optional(z.string()),
  Force: optional(z.boolean()),
  EndpointConfig: optional(endpoint),
});

const createRequestSchema = containerConfigSchema.extend({
  HostConfig: optional(hostConfigSchema),
  NetworkingConfig: optional(z.looseObject({ EndpointsConfig: optional(z.record(z.string(), endpoint.nullable())) })),
});

export type ContainerConfig = z.infer<typeof containerConfigSchema>;
export type HostConfig = z.infer<typeof hostConfigSchema>;
export type HealthcheckConfig = z.infer<typeof healthcheck>;
/** EndpointSettings of the API, as a request carries it. */
export type EndpointSettings = z.infer<typeof endpoint>;

export interface CreateRequest {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly endpoints: Readonly<Record<string, EndpointSettings | null>>;
  /** What the image has to be for; absent: anything. */
  readonly platform?: string;
}

/** Reads the body of `POST /containers/create`. Throws `invalid` naming the field that is off. */
export function parseCreateRequest(body: unknown): CreateRequest {
  if (body === undefined || body === null) {
    throw new EngineError('invalid', 'config cannot be empty in order to create a container');
  }
  const parsed = createRequestSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new EngineError(
      'invalid',
      `invalid container config: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    );
  }
  const { HostConfig, NetworkingConfig, ...config } = parsed.data;
  return { config, hostConfig: HostConfig ?? {}, endpoints: NetworkingConfig?.EndpointsConfig ?? {} };
}

/** Reads the body of `POST /networks/{id}/connect` and `/disconnect`. Throws `invalid`. */
export function parseConnectRequest(body: unknown): {
  container: string;
  force: boolean;
  settings: EndpointSettings | null;
} {
  const parsed = connectRequestSchema.safeParse(body ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new EngineError('invalid', `invalid request: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { Container, Force, EndpointConfig } = parsed.data;
  return { container: Container ?? '', force: Force ?? false, settings: EndpointConfig ?? null };
}
