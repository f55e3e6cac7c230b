import { expect, it } from 'vitest';
import { broughtBody, filesImage, networksOf } from './migrate-container.ts';
import { shortName } from './migrate-offer.ts';
import type { Inspected } from './recreate.ts';

const made = (hostConfig: object, networks: object = {}): Inspected => ({
  Id: '0123456789abcdef',
  Name: '/one',
  Image: 'sha256:1',
  State: {},
  Config: {
    Image: 'web',
    Hostname: '0123456789ab',
    Env: ['A=b', 'container=podman'],
    Labels: { 'com.docker.compose.project': 'p' },
  },
  HostConfig: { ...hostConfig },
  Mounts: [{ Type: 'volume', Name: 'own', Destination: '/data', RW: true }],
  NetworkSettings: { Networks: { ...networks } },
});
const bodyOf = (container: Inspected) => broughtBody(container, 'web', (id) => `name of ${id}`);

it('keeps a container’s settings, and leaves out what only its engine has', () => {
  const podman = {
    NetworkMode: 'slirp4netns',
    LogConfig: { Type: 'journald', Config: null, Path: '', Tag: '', Size: '0B' },
    CgroupParent: 'user.slice',
    CgroupManager: 'systemd',
    PidMode: 'private',
    UTSMode: 'private',
    IpcMode: 'shareable',
    Runtime: 'oci',
    Binds: ['data:/srv:rw,rprivate,nosuid,nodev,rbind', '/etc:/host:ro,rbind,rslave'],
    Ulimits: [
      { Name: 'RLIMIT_NOFILE', Soft: 1, Hard: 2 },
      { Name: 'RLIMIT_NPROC', Soft: 32_768, Hard: 32_768 },
    ],
    Memory: 1024,
    RestartPolicy: { Name: 'always' },
    PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
  };
  const { body, others } = bodyOf(made(podman, { slirp4netns: {} }));
  expect(body).toEqual({
    Image: 'web',
    Env: ['A=b'],
    Labels: { 'com.docker.compose.project': 'p' },
    HostConfig: {
      NetworkMode: 'default',
      LogConfig: { Type: '', Config: {} },
      PidMode: '',
      UTSMode: '',
      IpcMode: 'shareable',
      Memory: 1024,
      RestartPolicy: { Name: 'always' },
      PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
      Binds: ['data:/srv', '/etc:/host:ro,rslave', 'own:/data'],
      Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
    },
    NetworkingConfig: { EndpointsConfig: {} },
  });
  expect(others.size).toBe(0);
  const log = { Type: 'local', Config: { 'max-size': '1m' } };
  expect(bodyOf(made({ LogConfig: log })).body['HostConfig']).toMatchObject({ LogConfig: log });
});

it('puts it into the networks it was in, the first of them as it is made', () => {
  const container = made(
    { NetworkMode: 'front' },
    {
      back: { Aliases: ['db', '0123456789ab'], IPAMConfig: {} },
      bridge: {},
      front: { Aliases: null, IPAMConfig: { IPv4Address: '10.1.0.9' } },
    },
  );
  expect([...networksOf(container).keys()]).toEqual(['front', 'back']);
  const { body, others } = bodyOf(container);
  expect(body).toMatchObject({
    HostConfig: { NetworkMode: 'front' },
    NetworkingConfig: { EndpointsConfig: { front: { Aliases: [], IPAMConfig: { IPv4Address: '10.1.0.9' } } } },
  });
  expect([...others]).toEqual([['back', { Aliases: ['db'] }]]);
});

it('shares the namespaces of a container by its name, which is the same here', () => {
  const { body } = bodyOf(made({ NetworkMode: 'container:abc', PidMode: 'container:abc' }, { front: {} }));
  expect(body).toMatchObject({
    HostConfig: { NetworkMode: 'container:name of abc', PidMode: 'container:name of abc' },
    NetworkingConfig: { EndpointsConfig: {} },
  });
  expect(bodyOf(made({ NetworkMode: 'host' }, { host: {} })).body['HostConfig']).toMatchObject({ NetworkMode: 'host' });
});

it('has names that images may have', () => {
  expect(['My_App.1', '--', 'a'].map(filesImage)).toEqual([
    'localhost/brought/my-app-1:latest',
    'localhost/brought/container:latest',
    'localhost/brought/a:latest',
  ]);
  expect(['docker.io/library/a:1', 'docker.io/b/a:1', 'quay.io/a:1', 'a:1'].map(shortName)).toEqual([
    'a:1',
    'b/a:1',
    'quay.io/a:1',
    'a:1',
  ]);
});
