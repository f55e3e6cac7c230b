/**
 * The flags of `docker run` beyond those with a field of their own in the Run dialog. One table for the page, which
 * offers and parses them, and for the bridge, which puts them into a create request.
 */
export interface RunFlag {
  readonly name: string;
  readonly short?: string;
  /** `switch` takes no value, `value` one, `list` may be given again and again. */
  readonly kind: 'switch' | 'value' | 'list';
  readonly example: string;
}

const list = (name: string, example: string, short?: string): RunFlag => ({
  name,
  kind: 'list',
  example,
  ...(short === undefined ? {} : { short }),
});
const value = (name: string, example: string, short?: string): RunFlag => ({
  ...list(name, example, short),
  kind: 'value',
});
const flag = (name: string, short?: string): RunFlag => ({ ...list(name, '', short), kind: 'switch' });

/** Every such flag, by name. */
export const RUN_FLAGS: readonly RunFlag[] = [
  list('add-host', 'db:10.0.0.5'),
  value('blkio-weight', '500'),
  list('cap-add', 'NET_ADMIN'),
  list('cap-drop', 'ALL'),
  value('cgroup-parent', '/jobs'),
  value('cgroupns', 'private'),
  value('cpu-period', '100000'),
  value('cpu-quota', '50000'),
  value('cpu-shares', '512', 'c'),
  value('cpuset-cpus', '0-1'),
  value('cpuset-mems', '0'),
  list('device', '/dev/fuse'),
  list('device-cgroup-rule', 'c 42:* rmw'),
  list('dns', '1.1.1.1'),
  list('dns-option', 'ndots:2'),
  list('dns-search', 'example.com'),
  value('domainname', 'example.com'),
  list('expose', '8080/tcp'),
  value('gpus', 'all'),
  list('group-add', 'audio'),
  value('health-cmd', 'curl -f localhost'),
  value('health-interval', '30s'),
  value('health-retries', '3'),
  value('health-start-period', '5s'),
  value('health-timeout', '5s'),
  value('hostname', 'web-1', 'h'),
  flag('init'),
  value('ip', '172.30.0.9'),
  value('ip6', 'fd00::9'),
  value('ipc', 'private'),
  list('label', 'team=shop', 'l'),
  list('link', 'db:database'),
  value('log-driver', 'local'),
  list('log-opt', 'max-size=10m'),
  value('mac-address', '02:42:ac:11:00:09'),
  value('memory-reservation', '256m'),
  value('memory-swap', '1g'),
  value('memory-swappiness', '10'),
  list('mount', 'type=volume,src=data,dst=/data'),
  list('network-alias', 'api'),
  flag('no-healthcheck'),
  flag('oom-kill-disable'),
  value('oom-score-adj', '500'),
  value('pid', 'host'),
  value('platform', 'linux/arm64'),
  flag('privileged'),
  flag('publish-all', 'P'),
  flag('read-only'),
  value('runtime', 'berth'),
  list('security-opt', 'no-new-privileges'),
  value('shm-size', '128m'),
  value('stop-signal', 'SIGINT'),
  value('stop-timeout', '30'),
  list('storage-opt', 'size=10G'),
  list('sysctl', 'net.core.somaxconn=1024'),
  list('tmpfs', '/run:size=64m'),
  list('ulimit', 'nofile=1024:2048'),
  value('userns', 'host'),
  value('uts', 'host'),
  list('volumes-from', 'data:ro'),
];

/** A flag by its long or short name, without hyphens. */
export function runFlag(name: string): RunFlag | undefined {
  return RUN_FLAGS.find((one) => one.name === name || one.short === name);
}
