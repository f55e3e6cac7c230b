/** How the entries of a mapping are ordered: these first, as they stand here, then all others by name. */
interface Order {
  readonly keys?: readonly string[];
  /** Of what stands at a key; of the items, where that is a list. */
  readonly at?: Readonly<Record<string, Order>>;
  /** Of what stands at every key. */
  readonly each?: Order;
}

const words = (text: string): string[] => text.trim().split(/\s+/);

const HOOK: Order = { keys: words('command user privileged working_dir environment image per_replica') };
const GRANT: Order = { keys: words('source target uid gid mode') };
const DEVICE: Order = { keys: words('capabilities driver count device_ids options') };
const RESOURCE: Order = { keys: words('cpus memory pids devices generic_resources'), at: { devices: DEVICE } };
const CHANGE: Order = { keys: words('parallelism delay failure_action monitor max_failure_ratio order') };
const LIMITS: Order = { each: { keys: words('soft hard') } };

const BUILD: Order = {
  keys: words(`context dockerfile dockerfile_inline entitlements args provenance sbom ssh labels cache_from cache_to
    no_cache additional_contexts pull extra_hosts isolation network target secrets shm_size tags ulimits platforms
    privileged`),
  at: { secrets: GRANT, ulimits: LIMITS },
};

const DEPLOY: Order = {
  keys: words('mode replicas labels update_config rollback_config resources restart_policy placement endpoint_mode'),
  at: {
    update_config: CHANGE,
    rollback_config: CHANGE,
    resources: { keys: words('limits reservations'), at: { limits: RESOURCE, reservations: RESOURCE } },
    restart_policy: { keys: words('condition delay max_attempts window') },
    placement: { keys: words('constraints preferences max_replicas_per_node') },
  },
};

const MOUNT: Order = {
  keys: words('type source target read_only consistency bind volume tmpfs image'),
  at: {
    bind: { keys: words('selinux propagation create_host_path recursive') },
    volume: { keys: words('labels nocopy subpath') },
    tmpfs: { keys: words('size mode') },
  },
};

const SERVICE: Order = {
  keys: words(`profiles annotations attach build develop blkio_config cap_add cap_drop cgroup_parent cgroup cpu_count
    cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpus cpuset cpu_shares command configs container_name
    credential_spec depends_on deploy device_cgroup_rules devices dns dns_opt dns_search dockerfile domainname entrypoint
    provider environment env_file expose extends external_links extra_hosts group_add gpus hostname healthcheck image init
    ipc isolation labels label_file links logging log_driver log_opt mem_limit mem_reservation memswap_limit
    mem_swappiness mac_address models net network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform
    ports privileged pull_policy read_only restart runtime scale secrets security_opt shm_size stdin_open
    stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volume_driver
    volumes volumes_from working_dir pre_start post_start pre_stop`),
  at: {
    build: BUILD,
    develop: {
      at: {
        watch: { keys: words('path action target exec include ignore initial_sync'), at: { exec: HOOK } },
      },
    },
    blkio_config: {
      keys: words('weight weight_device device_read_bps device_read_iops device_write_bps device_write_iops'),
    },
    configs: GRANT,
    credential_spec: { keys: words('config file registry') },
    depends_on: { each: { keys: words('condition restart required') } },
    deploy: DEPLOY,
    devices: { keys: words('source target permissions') },
    provider: { keys: words('type options') },
    env_file: { keys: words('path required format') },
    gpus: DEVICE,
    healthcheck: { keys: words('test timeout interval retries start_period start_interval disable') },
    logging: { keys: words('driver options') },
    models: { each: { keys: words('endpoint_var model_var') } },
    networks: {
      each: {
        keys: words(`aliases driver_opts gw_priority interface_name ipv4_address ipv6_address link_local_ips mac_address
          priority`),
      },
    },
    ports: { keys: words('name mode host_ip target published protocol app_protocol') },
    secrets: GRANT,
    ulimits: LIMITS,
    volumes: MOUNT,
    pre_start: HOOK,
    post_start: HOOK,
    pre_stop: HOOK,
  },
};

const NETWORK: Order = {
  keys: words('name driver driver_opts ipam external internal attachable labels enable_ipv4 enable_ipv6'),
  at: {
    ipam: {
      keys: words('driver config'),
      at: { config: { keys: words('subnet gateway ip_range aux_addresses') } },
    },
  },
};
const VOLUME: Order = { keys: words('name driver driver_opts external labels') };
const FILE: Order = {
  keys: words('name file environment content external labels driver driver_opts template_driver'),
};
const MODEL: Order = { keys: words('name model context_size runtime_flags') };

const PROJECT: Order = {
  keys: words('name services networks volumes secrets configs models'),
  at: {
    services: { each: SERVICE },
    networks: { each: NETWORK },
    volumes: { each: VOLUME },
    secrets: { each: FILE },
    configs: { each: FILE },
    models: { each: MODEL },
  },
};

/** A project with its entries in the order in which docker's Compose prints them. */
export function inProjectOrder(project: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return ordered(project, PROJECT) as Record<string, unknown>;
}

/** With the entries of all mappings by name. */
export function inNameOrder(project: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return ordered(project, {}) as Record<string, unknown>;
}

function ordered(value: unknown, order: Order): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => ordered(one, order));
  if (typeof value !== 'object' || value === null) return value;
  const entries = value as Readonly<Record<string, unknown>>;
  const known = (order.keys ?? []).filter((key) => key in entries);
  const others = Object.keys(entries).filter((key) => !known.includes(key));
  return Object.fromEntries(
    [...known, ...others.sort()].map((key) => [key, ordered(entries[key], order.at?.[key] ?? order.each ?? {})]),
  );
}
