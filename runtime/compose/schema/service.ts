import * as z from 'zod';
import { devices, endpoint, mounts, ports } from './attachments.ts';
import { build } from './build.ts';
import { deploy, gpus } from './deploy.ts';
import { grants } from './grants.ts';
import { hosts, ulimits } from './limits.ts';
import {
  command,
  duration,
  flag,
  integer,
  labels,
  named,
  number,
  options,
  pairs,
  size,
  text,
  textOrTexts,
  texts,
  words,
} from './scalars.ts';

const dependency = z.strictObject({
  condition: z
    .enum(['service_started', 'service_healthy', 'service_completed_successfully'])
    .default('service_started'),
  restart: flag.default(false),
  required: flag.default(true),
});

const hook = z.strictObject({
  command,
  user: text.optional(),
  privileged: flag.optional(),
  working_dir: words.optional(),
  environment: pairs.optional(),
});

/** Run in a container of its own before those of the service are started. */
const preStart = hook.extend({ image: words.optional(), per_replica: flag.optional() });

const watch = z.strictObject({
  path: words,
  action: z.enum(['rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec']),
  target: words.optional(),
  ignore: textOrTexts.optional(),
  include: textOrTexts.optional(),
  exec: hook.optional(),
  initial_sync: flag.optional(),
});

const develop = z.strictObject({ watch: z.array(watch).optional() });

/** Of what may be said, nothing after its name is the same as not to say it. */
function orNothing<T extends object>(entry: z.ZodType<T>): z.ZodType<T | undefined> {
  return entry.nullish().transform((value) => value ?? undefined);
}

const healthcheck = z.strictObject({
  disable: flag.optional(),
  test: z.union([words, texts]).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  retries: integer.optional(),
  start_period: duration.optional(),
  start_interval: duration.optional(),
});

const environmentFiles = z
  .union([
    words,
    z.array(z.union([words, z.strictObject({ path: words, required: flag.default(true), format: words.optional() })])),
  ])
  .transform((value) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      typeof one === 'string' ? { path: one, required: true, format: undefined } : one,
    ),
  );

const throttles = z.array(z.strictObject({ path: words, rate: size }));

/** Who looks after a service that is no container of ours, and what it is told. */
const provider = z.strictObject({
  type: words,
  options: z.record(z.string(), textOrTexts).optional(),
});

/** Variables that tell a service of a model; their names are made of the model's where they are not given. */
const modelUse = z.strictObject({ endpoint_var: words.optional(), model_var: words.optional() });

const PULL_POLICY = /^(always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+)$/;

/** One service (Compose spec, "Services top-level element"), read into one form. */
export const service = z.strictObject({
  annotations: labels.optional(),
  attach: flag.optional(),
  blkio_config: z
    .strictObject({
      device_read_bps: throttles.optional(),
      device_read_iops: throttles.optional(),
      device_write_bps: throttles.optional(),
      device_write_iops: throttles.optional(),
      weight: integer.optional(),
      weight_device: z.array(z.strictObject({ path: words, weight: integer })).optional(),
    })
    .optional(),
  build: build.optional(),
  cap_add: texts.optional(),
  cap_drop: texts.optional(),
  cgroup: z.enum(['host', 'private']).optional(),
  cgroup_parent: words.optional(),
  command: command.optional(),
  configs: grants.optional(),
  container_name: words.regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, 'is no name of a container').optional(),
  cpu_count: integer.optional(),
  cpu_percent: number.optional(),
  cpu_period: z.union([integer, duration.transform((value) => Math.round(value / 1000))]).optional(),
  cpu_quota: z.union([integer, duration.transform((value) => Math.round(value / 1000))]).optional(),
  cpu_rt_period: z.union([integer, duration.transform((value) => Math.round(value / 1000))]).optional(),
  cpu_rt_runtime: z.union([integer, duration.transform((value) => Math.round(value / 1000))]).optional(),
  cpu_shares: integer.optional(),
  cpus: number.optional(),
  cpuset: text.optional(),
  credential_spec: z
    .strictObject({ config: words.optional(), file: words.optional(), registry: words.optional() })
    .optional(),
  depends_on: named<z.output<typeof dependency>>(dependency, {
    condition: 'service_started',
    restart: false,
    required: true,
  }).optional(),
  deploy: orNothing<z.output<typeof deploy>>(deploy).optional(),
  develop: orNothing<z.output<typeof develop>>(develop).optional(),
  device_cgroup_rules: texts.optional(),
  devices: devices.optional(),
  dns: textOrTexts.optional(),
  dns_opt: texts.optional(),
  dns_search: textOrTexts.optional(),
  domainname: words.optional(),
  entrypoint: command.optional(),
  env_file: environmentFiles.optional(),
  environment: pairs.optional(),
  expose: texts.optional(),
  extends: z.unknown().optional(),
  external_links: texts.optional(),
  extra_hosts: hosts.optional(),
  gpus: gpus.optional(),
  group_add: texts.optional(),
  healthcheck: healthcheck.optional(),
  hostname: words.optional(),
  image: words.optional(),
  init: flag.optional(),
  ipc: words.optional(),
  isolation: words.optional(),
  label_file: textOrTexts.optional(),
  labels: labels.optional(),
  links: texts.optional(),
  logging: z.strictObject({ driver: words.optional(), options: options.optional() }).optional(),
  mac_address: words.optional(),
  mem_limit: size.optional(),
  mem_reservation: size.optional(),
  mem_swappiness: integer.optional(),
  memswap_limit: size.optional(),
  models: named<z.output<typeof modelUse>>(modelUse, {}).optional(),
  network_mode: words.optional(),
  networks: named<z.output<typeof endpoint>>(endpoint, {}).optional(),
  oom_kill_disable: flag.optional(),
  oom_score_adj: integer.refine((value) => Math.abs(value) <= 1000, { error: 'must be from -1000 to 1000' }).optional(),
  pid: words.optional(),
  pids_limit: integer.optional(),
  platform: words.optional(),
  ports: ports.optional(),
  post_start: z.array(hook).optional(),
  pre_start: z.array(preStart).optional(),
  pre_stop: z.array(hook).optional(),
  privileged: flag.optional(),
  profiles: texts.optional(),
  provider: provider.optional(),
  pull_policy: words.regex(PULL_POLICY, 'is no pull policy: always, missing, never, build, daily, weekly').optional(),
  pull_refresh_after: words.optional(),
  read_only: flag.optional(),
  restart: text
    .refine((value) => /^(no|false|always|unless-stopped|on-failure(:\d+)?)$/.test(value), {
      error: 'is no restart policy: no, always, on-failure[:N], unless-stopped',
    })
    .optional(),
  runtime: words.optional(),
  scale: integer.optional(),
  secrets: grants.optional(),
  security_opt: texts.optional(),
  shm_size: size.optional(),
  stdin_open: flag.optional(),
  stop_grace_period: duration.optional(),
  stop_signal: words.optional(),
  storage_opt: options.optional(),
  sysctls: labels.optional(),
  tmpfs: textOrTexts.optional(),
  tty: flag.optional(),
  ulimits: ulimits.optional(),
  use_api_socket: flag.optional(),
  user: text.optional(),
  userns_mode: words.optional(),
  uts: words.optional(),
  volumes: mounts.optional(),
  volumes_from: texts.optional(),
  working_dir: words.optional(),
});

export type ServiceInput = z.output<typeof service>;
export type Dependency = z.output<typeof dependency>;
export type Hook = z.output<typeof hook>;
export type PreStartHook = z.output<typeof preStart>;
export type EndpointSpec = z.output<typeof endpoint>;
