import type { FlagSpecs } from './flags.ts';

/** Limits of memory and processors that `update` changes too. */
export const RESOURCE_FLAGS = {
  'blkio-weight': {
    kind: 'string',
    value: 'uint16',
    help: 'Share of disk time against other containers, 10 to 1000 (0: none)',
  },
  'cpu-period': { kind: 'string', value: 'int', help: 'Length of a scheduling period, in microseconds' },
  'cpu-quota': { kind: 'string', value: 'int', help: 'Processor time in each period, in microseconds' },
  'cpu-rt-period': { kind: 'string', value: 'int', help: 'Period of realtime scheduling, in microseconds' },
  'cpu-rt-runtime': { kind: 'string', value: 'int', help: 'Realtime processor time in each period, in microseconds' },
  'cpu-shares': {
    kind: 'string',
    short: 'c',
    value: 'int',
    help: 'Weight against other containers when processors are busy',
  },
  cpus: { kind: 'string', value: 'decimal', help: 'How many processors it may keep busy, as 1.5' },
  'cpuset-cpus': { kind: 'string', help: 'Processors it may run on, as 0-3 or 0,1' },
  'cpuset-mems': { kind: 'string', help: 'Memory nodes it may use, as 0-3 or 0,1' },
  'kernel-memory': { kind: 'string', value: 'bytes', help: 'Limit of kernel memory', hidden: true },
  memory: { kind: 'string', short: 'm', value: 'bytes', help: 'Most memory it may use, as 512m' },
  'memory-reservation': {
    kind: 'string',
    value: 'bytes',
    help: 'Memory it is pushed back to when the host runs short',
  },
  'memory-swap': { kind: 'string', value: 'bytes', help: 'Most memory and swap together; -1: swap without limit' },
  'pids-limit': { kind: 'string', value: 'int', help: 'Most processes and threads; -1: no limit' },
  restart: { kind: 'string', help: 'What to do when it ends: no, on-failure[:MAX], always or unless-stopped' },
} as const satisfies FlagSpecs;

const PROCESS_FLAGS = {
  attach: { kind: 'list', short: 'a', help: 'Connect only this stream: stdin, stdout or stderr' },
  entrypoint: { kind: 'string', help: "Program to run in place of the image's entry point" },
  env: { kind: 'list', short: 'e', help: 'Set a variable, NAME=VALUE; NAME alone hands on that of this shell' },
  'env-file': { kind: 'list', help: 'Set the variables a file lists, one a line' },
  'group-add': { kind: 'list', help: 'Further group of the process, by name or number' },
  init: { kind: 'boolean', help: 'Run a small init as process 1 that passes signals on and reaps' },
  interactive: { kind: 'boolean', short: 'i', help: 'Keep standard input open' },
  'oom-score-adj': {
    kind: 'string',
    value: 'int',
    help: 'How soon the kernel ends it when memory is out, -1000 to 1000',
  },
  'stop-signal': { kind: 'string', help: 'Signal that asks it to stop' },
  'stop-timeout': { kind: 'string', value: 'int', help: 'Seconds to wait for a stop before it is killed' },
  tty: { kind: 'boolean', short: 't', help: 'Give it a terminal' },
  ulimit: { kind: 'list', value: 'ulimit', help: 'Limit of the process, NAME=SOFT[:HARD]' },
  user: { kind: 'string', short: 'u', help: 'Who it runs as: NAME or UID, then :GROUP or :GID' },
  workdir: { kind: 'string', short: 'w', help: 'Directory it starts in' },
} as const satisfies FlagSpecs;

const NETWORK_FLAGS = {
  'add-host': { kind: 'list', help: 'Entry in its /etc/hosts, HOST:IP; IP may be host-gateway' },
  dns: { kind: 'list', help: 'Name server' },
  'dns-option': { kind: 'list', help: 'Option of the resolver' },
  'dns-opt': { kind: 'list', help: 'Option of the resolver', hidden: true },
  'dns-search': { kind: 'list', help: 'Domain that short names are looked up in' },
  domainname: { kind: 'string', help: 'NIS domain name' },
  expose: { kind: 'list', help: 'Port, or range of ports, it listens on' },
  hostname: { kind: 'string', short: 'h', help: 'Host name it sees' },
  ip: { kind: 'string', help: 'IPv4 address on its network' },
  ip6: { kind: 'string', help: 'IPv6 address on its network' },
  link: { kind: 'list', help: 'Know another container by a name, CONTAINER[:NAME]' },
  'link-local-ip': { kind: 'list', help: 'Link-local address on its network' },
  'mac-address': { kind: 'string', help: 'Hardware address on its network' },
  network: {
    kind: 'list',
    value: 'network',
    help: 'Network to join, or name=NETWORK,alias=...,ip=...; can be repeated',
  },
  net: { kind: 'list', value: 'network', help: 'Network to join', hidden: true },
  'network-alias': { kind: 'list', help: 'Further name on its network' },
  'net-alias': { kind: 'list', help: 'Further name on its network', hidden: true },
  publish: { kind: 'list', short: 'p', help: 'Reach a port from the host: [[IP:]HOSTPORT:]PORT[/PROTOCOL]' },
  'publish-all': { kind: 'boolean', short: 'P', help: 'Reach every exposed port at a free port of the host' },
} as const satisfies FlagSpecs;

const STORAGE_FLAGS = {
  mount: {
    kind: 'list',
    value: 'mount',
    help: 'Mount, as type=bind|volume|tmpfs|image,source=...,target=...[,readonly]',
  },
  'read-only': { kind: 'boolean', help: 'Mount its root file system read-only' },
  'shm-size': { kind: 'string', value: 'bytes', help: 'Size of /dev/shm' },
  'storage-opt': { kind: 'list', help: 'Option of the storage driver' },
  tmpfs: { kind: 'list', help: 'Mount a file system in memory, PATH[:OPTIONS]' },
  volume: { kind: 'list', short: 'v', help: 'Mount a volume or directory, [SOURCE:]TARGET[:OPTIONS]' },
  'volume-driver': { kind: 'string', help: 'Driver of volumes made on the way' },
  'volumes-from': { kind: 'list', help: 'Mount what another container mounts, CONTAINER[:ro|rw]' },
} as const satisfies FlagSpecs;

const DEVICE_FLAGS = {
  'blkio-weight-device': { kind: 'list', help: 'Share of disk time on one device, DEVICE:WEIGHT' },
  device: { kind: 'list', help: 'Device of the host, HOSTPATH[:PATH[:rwm]] or a CDI name' },
  'device-cgroup-rule': { kind: 'list', help: "Devices it may use, as 'c 1:3 rwm'" },
  'device-read-bps': { kind: 'list', help: 'Most bytes a second read from a device, DEVICE:BYTES' },
  'device-read-iops': { kind: 'list', help: 'Most reads a second from a device, DEVICE:COUNT' },
  'device-write-bps': { kind: 'list', help: 'Most bytes a second written to a device, DEVICE:BYTES' },
  'device-write-iops': { kind: 'list', help: 'Most writes a second to a device, DEVICE:COUNT' },
  gpus: {
    kind: 'list',
    value: 'gpu-request',
    help: 'Graphics processors: all, a count, or device=...,capabilities=...',
  },
} as const satisfies FlagSpecs;

const HEALTH_FLAGS = {
  'health-cmd': { kind: 'string', help: 'Shell command that tells whether it is well' },
  'health-interval': { kind: 'string', value: 'duration', help: 'Time between two checks, as 30s' },
  'health-retries': { kind: 'string', value: 'int', help: 'Checks that fail in a row before it counts as unhealthy' },
  'health-start-interval': { kind: 'string', value: 'duration', help: 'Time between two checks while it starts' },
  'health-start-period': {
    kind: 'string',
    value: 'duration',
    help: 'Time to start, in which failed checks do not count',
  },
  'health-timeout': { kind: 'string', value: 'duration', help: 'Longest time of a check' },
  'no-healthcheck': { kind: 'boolean', help: "Do without the image's health check" },
} as const satisfies FlagSpecs;

const ISOLATION_FLAGS = {
  'cap-add': { kind: 'list', help: 'Grant a capability, or ALL' },
  'cap-drop': { kind: 'list', help: 'Take a capability away, or ALL' },
  'cgroup-parent': { kind: 'string', help: 'Control group its own is made in' },
  cgroupns: { kind: 'string', help: 'Control group namespace: host or private' },
  ipc: { kind: 'string', help: 'IPC namespace: private, shareable, none, host or container:NAME' },
  isolation: { kind: 'string', help: 'Isolation technology (Windows)' },
  'memory-swappiness': { kind: 'string', value: 'int', help: 'How willingly its memory is swapped out, 0 to 100' },
  'oom-kill-disable': { kind: 'boolean', help: 'Let it wait, not die, when its memory is used up' },
  pid: { kind: 'string', help: 'Process namespace: host or container:NAME' },
  privileged: { kind: 'boolean', help: 'All capabilities and devices, nothing masked' },
  runtime: { kind: 'string', help: 'OCI runtime that runs it' },
  'security-opt': { kind: 'list', help: 'Security option, as seccomp=FILE or no-new-privileges' },
  sysctl: { kind: 'list', value: 'map', help: 'Kernel parameter of its namespaces, NAME=VALUE' },
  userns: { kind: 'string', help: 'User namespace: host' },
  uts: { kind: 'string', help: 'UTS namespace: host' },
} as const satisfies FlagSpecs;

const RECORD_FLAGS = {
  annotation: { kind: 'list', value: 'map', help: 'Annotation handed to the OCI runtime, NAME=VALUE' },
  cidfile: { kind: 'string', help: 'Write its id to a new file' },
  'cpu-count': { kind: 'string', value: 'int', help: 'Processors (Windows)' },
  'cpu-percent': { kind: 'string', value: 'int', help: 'Share of the processors (Windows)' },
  'disable-content-trust': { kind: 'boolean', initial: true, help: 'Do not check signatures of images' },
  'io-maxbandwidth': { kind: 'string', value: 'bytes', help: 'Most bytes a second of the system drive (Windows)' },
  'io-maxiops': { kind: 'string', value: 'uint', help: 'Most operations a second of the system drive (Windows)' },
  label: { kind: 'list', short: 'l', help: 'Label, NAME=VALUE' },
  'label-file': { kind: 'list', help: 'Labels a file lists, one a line' },
  'log-driver': { kind: 'string', help: 'Where its output is kept: json-file, local or none' },
  'log-opt': { kind: 'list', help: 'Option of the log driver, NAME=VALUE' },
  name: { kind: 'string', help: 'Name of the container' },
  rm: { kind: 'boolean', help: 'Remove it, with its anonymous volumes, when it ends' },
} as const satisfies FlagSpecs;

/** Flags of `create` and `run` that make the container's configuration. */
export const CONTAINER_FLAGS = {
  ...RESOURCE_FLAGS,
  ...PROCESS_FLAGS,
  ...NETWORK_FLAGS,
  ...STORAGE_FLAGS,
  ...DEVICE_FLAGS,
  ...HEALTH_FLAGS,
  ...ISOLATION_FLAGS,
  ...RECORD_FLAGS,
} as const satisfies FlagSpecs;

/** Flags of `create`. */
export const CREATE_FLAGS = {
  ...CONTAINER_FLAGS,
  platform: { kind: 'string', help: 'Platform of the image, as linux/arm64' },
  pull: { kind: 'string', help: 'When to pull the image: missing, always or never' },
  quiet: { kind: 'boolean', short: 'q', help: 'Show no progress of a pull' },
  'use-api-socket': { kind: 'boolean', help: "Give it the engine's socket and the logins of who makes it" },
} as const satisfies FlagSpecs;

/** Flags of `run`. */
export const RUN_FLAGS = {
  ...CREATE_FLAGS,
  detach: { kind: 'boolean', short: 'd', help: 'Run in the background and print the id' },
  'detach-keys': { kind: 'string', help: 'Keys that detach, as ctrl-p,ctrl-q' },
  'sig-proxy': { kind: 'boolean', initial: true, help: 'Pass signals on to the process' },
} as const satisfies FlagSpecs;
