/** Models that the Compose specification takes: name and text. One thing at a time, each in all its forms. */
export const EXAMPLES: readonly (readonly [string, string])[] = (
  [
    [
      'build',
      'a: {build: .}\n  b: {build: {context: ., dockerfile: D, args: {A: 1}, target: t, cache_from: [x], labels: [a=b]}}',
    ],
    [
      'build, more',
      'a: {build: {context: ., args: [A], ssh: [default], secrets: [s], tags: [x], shm_size: 1g, platforms: [linux/amd64], no_cache: true, network: none, extra_hosts: ["a:1"], additional_contexts: {x: ./y}, dockerfile_inline: "FROM x", ulimits: {nofile: 1}, privileged: true, pull: true, entitlements: [x]}}',
    ],
    ['command', 'a: {image: x, command: a b, entrypoint: [a, b]}\n  b: {image: x, command: null, entrypoint: []}'],
    [
      'capabilities',
      'a: {image: x, cap_add: [ALL], cap_drop: [NET_ADMIN], privileged: true, security_opt: [a=b], userns_mode: host}',
    ],
    [
      'processors',
      'a: {image: x, cpus: 0.5, cpu_shares: 10, cpu_quota: 50000, cpu_period: "20ms", cpuset: "0,1", cpu_count: 1, cpu_percent: 50, cpu_rt_runtime: 400ms, cpu_rt_period: 1400us}',
    ],
    [
      'memory',
      'a: {image: x, mem_limit: 1g, mem_reservation: 512m, memswap_limit: 2g, mem_swappiness: 10, shm_size: 64m, oom_kill_disable: true, oom_score_adj: 10, pids_limit: 5}',
    ],
    [
      'block devices',
      'a: {image: x, blkio_config: {weight: 300, weight_device: [{path: /dev/sda, weight: 400}], device_read_bps: [{path: /dev/sdb, rate: 12mb}], device_write_iops: [{path: /dev/sdb, rate: 30}]}}',
    ],
    [
      'dependencies',
      'a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: {a: {condition: service_healthy, restart: true, required: false}}}',
    ],
    [
      'deploy',
      'a: {image: x, deploy: {mode: replicated, replicas: 2, labels: {a: b}, resources: {limits: {cpus: "0.5", memory: 50M, pids: 1}, reservations: {cpus: "0.25", memory: 20M, devices: [{capabilities: [gpu], count: all, driver: nvidia, device_ids: [a], options: {a: b}}]}}, restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3, window: 120s}, placement: {constraints: [a], preferences: [{spread: x}], max_replicas_per_node: 1}, update_config: {parallelism: 2, delay: 10s, order: stop-first, failure_action: pause, monitor: 1s, max_failure_ratio: 0.1}}}',
    ],
    [
      'develop',
      'a: {build: ., develop: {watch: [{path: ./a, action: sync, target: /a, ignore: [b], include: "*.c", initial_sync: true}, {path: b, action: rebuild}, {path: c, action: sync+restart, target: /c}, {path: d, action: sync+exec, target: /d, exec: {command: x}}, {path: e, action: restart}]}}',
    ],
    [
      'devices',
      'a: {image: x, devices: [/dev/a, "/dev/a:/dev/b:rwm", {source: /dev/c, target: /dev/d, permissions: r}, vendor.com/class=name], device_cgroup_rules: ["c 1:3 mr"]}',
    ],
    [
      'names',
      'a: {image: x, dns: 8.8.8.8, dns_opt: [use-vc], dns_search: [a, b], domainname: a.b, hostname: h, extra_hosts: {a: 1.1.1.1, b: ["::1", 2.2.2.2]}}\n  b: {image: x, extra_hosts: ["a=1.1.1.1", "b:2.2.2.2"]}',
    ],
    [
      'environment',
      'a: {image: x, environment: {A: 1, B: null, C: "", D: true}, env_file: a.env}\n  b: {image: x, environment: [A=1, B], env_file: [a, {path: b, required: false, format: raw}]}',
    ],
    ['gpus', 'a: {image: x, gpus: all}\n  b: {image: x, gpus: [{driver: nvidia, count: 2}]}'],
    [
      'health',
      'a: {image: x, healthcheck: {test: [CMD, a], interval: 1m30s, timeout: 10s, retries: 3, start_period: 40s, start_interval: 5s}}\n  b: {image: x, healthcheck: {disable: true}}\n  c: {image: x, healthcheck: {test: curl}}',
    ],
    [
      'hooks',
      'a: {image: x, post_start: [{command: a b, user: root, privileged: true, working_dir: /, environment: [A=b]}], pre_stop: [{command: [a]}]}',
    ],
    ['labels', 'a: {image: x, labels: {a: b, c: null, d: 1}, annotations: [a=b], label_file: [a, b]}'],
    ['links', 'a: {image: x, links: [b, "b:c"], external_links: [d, "e:f"]}\n  b: {image: x}'],
    ['log', 'a: {image: x, logging: {driver: json-file, options: {max-size: 10m, max-file: 3}}}'],
    [
      'namespaces',
      'a: {image: x, ipc: host, pid: "service:b", uts: host, network_mode: none, cgroup: private, cgroup_parent: p}',
    ],
    [
      'networks',
      'a: {image: x, networks: [n]}\n  b: {image: x, networks: {n: {aliases: [z], ipv4_address: 1.1.1.1, ipv6_address: "::1", link_local_ips: [a], mac_address: m, priority: 1, gw_priority: 2, driver_opts: {a: 1}, interface_name: eth9}, m: null}}',
    ],
    [
      'ports',
      'a: {image: x, ports: [80, "80", "80:80", "127.0.0.1:80-90:80-90/udp", {target: 1, published: "2", host_ip: 1.1.1.1, protocol: tcp, mode: host, name: n, app_protocol: http}, {target: 1, published: 3}], expose: [80, "81/udp"]}',
    ],
    [
      'pulling',
      'a: {image: x, pull_policy: always, platform: linux/amd64}\n  b: {image: x, pull_policy: every_12h}\n  c: {image: x, pull_policy: daily}',
    ],
    [
      'restarts',
      'a: {image: x, restart: always}\n  b: {image: x, restart: "no"}\n  c: {image: x, restart: "on-failure:3"}',
    ],
    [
      'configs and secrets',
      'a: {image: x, configs: [c, {source: c, target: /c, uid: "1", gid: "2", mode: 0440}], secrets: [s, {source: s, target: t, mode: 0400}]}',
    ],
    [
      'stopping',
      'a: {image: x, stop_grace_period: 1m, stop_signal: SIGUSR1, init: true, tty: true, stdin_open: true, read_only: true, attach: false}',
    ],
    [
      'storage',
      'a: {image: x, storage_opt: {size: 1G}, tmpfs: /run, volumes_from: ["b:ro", "container:c"]}\n  b: {image: x, tmpfs: [/run, "/tmp:mode=755"]}',
    ],
    [
      'sysctls and limits',
      'a: {image: x, sysctls: {a.b: 1}, ulimits: {nproc: 65535, nofile: {soft: 1, hard: 2}}}\n  b: {image: x, sysctls: [a.b=1]}',
    ],
    [
      'volumes',
      'a: {image: x, volumes: ["/a", "/a:/b", "./a:/b:ro,z", "n:/c:nocopy", {type: volume, source: n, target: /d, read_only: true, volume: {nocopy: true, subpath: s, labels: {a: b}}}, {type: bind, source: ., target: /e, bind: {propagation: rslave, create_host_path: false, selinux: z, recursive: disabled}}, {type: tmpfs, target: /f, tmpfs: {size: 1m, mode: 0700}}, {type: image, source: i, target: /g, image: {subpath: s}}]}',
    ],
    [
      'people',
      'a: {image: x, user: "1:2", group_add: [mail, 5], working_dir: /a, profiles: [p], scale: 2, runtime: r, isolation: default, use_api_socket: true}',
    ],
    ['extensions', 'a: {image: x, x-own: {a: [1]}, deploy: {x-b: 1}, healthcheck: {test: a, x-c: 1}}'],
  ] as const
).map(([name, services]) => [
  name,
  `services:\n  ${services}\nx-top: 1\nnetworks: {n: {driver: bridge, driver_opts: {a: 1}, internal: true, attachable: false, enable_ipv6: true, labels: [a=b], ipam: {driver: default, config: [{subnet: 1.0.0.0/8, ip_range: 1.1.0.0/16, gateway: 1.0.0.1, aux_addresses: {h: 1.0.0.5}}], options: {a: b}}}, m: {external: true, name: other}, o: null}\nvolumes: {n: {driver: local, driver_opts: {a: b}, labels: {a: b}}, v: {external: true}}\nconfigs: {c: {file: ./c}, d: {content: x}, e: {environment: E}, f: {external: true, name: g}}\nsecrets: {s: {file: ./s}, t: {environment: T}}\n`,
]);

/** Models that it refuses: name and text. */
export const FAULTS: readonly (readonly [string, string])[] = (
  [
    ['an unknown attribute', 'a: {image: x, imagee: y}'],
    ['a build that is a list', 'a: {build: [x]}'],
    ['an unknown attribute of a build', 'a: {build: {context: ., dokerfile: x}}'],
    ['a condition that is none', 'a: {image: x, depends_on: {b: {condition: sometimes}}}'],
    ['dependencies as a text', 'a: {image: x, depends_on: b}'],
    ['ports as a text', 'a: {image: x, ports: "80:80"}'],
    ['an unknown attribute of a port', 'a: {image: x, ports: [{target: 1, publish: 2}]}'],
    ['a mount without a type', 'a: {image: x, volumes: [{source: a, target: /b}]}'],
    ['a mount of an unknown type', 'a: {image: x, volumes: [{type: what, source: a, target: /b}]}'],
    ['a limit without its hard part', 'a: {image: x, ulimits: {nofile: {soft: 1}}}'],
    ['a watch without an action', 'a: {image: x, develop: {watch: [{path: a}]}}'],
    ['a watch with an unknown action', 'a: {image: x, develop: {watch: [{path: a, action: b}]}}'],
    ['a network with an unknown attribute', 'a: {image: x, networks: {n: {alias: [b]}}}'],
    ['an unknown attribute of a health check', 'a: {image: x, healthcheck: {tests: b}}'],
    ['devices without capabilities', 'a: {image: x, deploy: {resources: {reservations: {devices: [{count: 1}]}}}}'],
    ['an oom score out of range', 'a: {image: x, oom_score_adj: 5000}'],
    ['capabilities as a text', 'a: {image: x, cap_add: ALL}'],
    ['a hook without a command', 'a: {image: x, post_start: [{user: a}]}'],
    ['a service that is a text', 'a: image'],
    ['an update in an unknown order', 'a: {image: x, deploy: {update_config: {order: never}}}'],
    ['a pull policy that is none', 'a: {image: x, pull_policy: often}'],
  ] as const
).map(([name, services]) => [name, `services:\n  ${services}\n`]);
