import { describe, expect, it } from 'vitest';
import type { ContainerDetails } from '../../../runtime/contract/contract.ts';
import { fromCommandLine } from '../run/command-line.ts';
import { asRunCommand } from './run-command.ts';

const plain: ContainerDetails = {
  id: 'c0ffee'.padEnd(64, '0'),
  name: 'app',
  image: 'busybox:latest',
  imageId: 'sha256:0',
  command: 'sleep 9',
  state: 'running',
  status: 'running',
  exitCode: null,
  health: 'none',
  createdAt: 0,
  startedAt: 0,
  finishedAt: null,
  ports: [],
  labels: {},
  entrypoint: [],
  arguments: ['sleep', '9'],
  workingDir: '',
  user: '',
  env: [],
  mounts: [],
  networks: [],
  hostname: 'c0ffee000000',
  tty: false,
  openStdin: false,
  autoRemove: false,
  restartPolicy: 'no',
  restartCount: 0,
  privileged: false,
  readonlyRoot: false,
  limits: { memoryBytes: 0, cpus: 0, pids: 0 },
  pid: 1,
  oomKilled: false,
  error: '',
  healthCheck: null,
  raw: null,
};

describe('asRunCommand', () => {
  it('says no more than was said, of what inspect fills in by itself', () => {
    const HostConfig = {
      NetworkMode: 'default',
      IpcMode: 'private',
      ShmSize: 67_108_864,
      LogConfig: { Type: 'json-file', Config: {} },
      CapAdd: null,
      Devices: [],
      CpuShares: 0,
      PidMode: '',
    };
    const raw = { Config: { StopTimeout: null, Domainname: '' }, HostConfig };
    expect(asRunCommand({ ...plain, raw }, [])).toBe('docker run -d --name app busybox:latest sleep 9');
  });

  it('tells all that a container was made with, in a line that the form can read', () => {
    const HostConfig = {
      NetworkMode: 'back',
      Tmpfs: { '/run': 'size=1m', '/tmp': '' },
      Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }],
      Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 20 }],
      Sysctls: { 'net.core.somaxconn': '1024' },
      ShmSize: 1024,
      LogConfig: { Type: 'local', Config: { 'max-size': '1m' } },
      PidMode: 'host',
      GroupAdd: ['audio'],
    };
    const mounts = [
      { type: 'volume', source: 'data', destination: '/data', readWrite: false },
      { type: 'tmpfs', source: '', destination: '/scratch', readWrite: true },
      { type: 'tmpfs', source: '', destination: '/run', readWrite: true },
    ];
    const line = asRunCommand(
      {
        ...plain,
        mounts,
        raw: { Config: { StopSignal: 'SIGINT', StopTimeout: 3 }, HostConfig },
      },
      [],
    );
    expect(line).toBe(
      'docker run -d --name app -v data:/data:ro --network back --tmpfs /run:size=1m --tmpfs /tmp --tmpfs /scratch ' +
        '--device /dev/fuse:/dev/fuse:rwm --ulimit nofile=10:20 --sysctl net.core.somaxconn=1024 --group-add audio ' +
        '--shm-size 1024 --pid host --log-driver local --log-opt max-size=1m --stop-signal SIGINT --stop-timeout 3 ' +
        'busybox:latest sleep 9',
    );
    expect(fromCommandLine(line)).toHaveProperty('form');
  });

  it('tells an entrypoint that is not the image’s, and none where the image has one', () => {
    const line = (entrypoint: readonly string[], image: readonly string[] | null) =>
      asRunCommand({ ...plain, entrypoint }, image).replace('docker run -d --name app ', '');
    expect(line(['/init'], ['/init'])).toBe('busybox:latest sleep 9');
    expect(line(['sh', '-c'], ['/init'])).toBe('--entrypoint sh busybox:latest -c sleep 9');
    expect(line([], ['/init'])).toBe("--entrypoint '' busybox:latest sleep 9");
    expect(line(['sh'], null)).toBe('busybox:latest sleep 9');
    const written = asRunCommand({ ...plain, entrypoint: ['sh', '-c'] }, []);
    expect(fromCommandLine(written)).toHaveProperty('form');
  });
});
