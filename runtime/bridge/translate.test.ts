import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../contract/contract.ts';
import { statusError, toBridgeError } from './docker-client.ts';
import { registryOf } from '../common/docker-config.ts';
import { ProgressFold, splitReference, transferError } from './images.ts';
import { containerRow, createRequest, imageRows, startedFromStatus } from './translate.ts';

const NOW = 1_700_000_000_000;

describe('startedFromStatus', () => {
  it.each([
    ['Up 3 minutes', NOW - 180_000],
    ['Up About a minute', NOW - 60_000],
    ['Up About an hour (Paused)', NOW - 3_600_000],
    ['Up Less than a second', NOW],
    ['Exited (0) 3 minutes ago', null],
    ['Created', null],
  ])('reads %s', (status, expected) => {
    expect(startedFromStatus(status, NOW)).toBe(expected);
  });
});

describe('containerRow', () => {
  const row = {
    Id: 'a'.repeat(64),
    Names: ['/other/alias', '/web'],
    Image: 'nginx',
    ImageID: 'sha256:1',
    Command: 'nginx',
    Created: 1_700_000_000,
    State: 'exited',
    Status: 'Exited (137) 2 hours ago',
    Ports: [
      { IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    ],
    Labels: null,
  };

  it('takes the own name, the exit code, and each port once', () => {
    expect(containerRow(row, null, NOW)).toMatchObject({
      name: 'web',
      state: 'exited',
      exitCode: 137,
      startedAt: null,
      ports: [{ hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
      health: 'none',
    });
  });

  it.each([
    ['Up 3 minutes', 'none'],
    ['Up 3 minutes (healthy)', 'healthy'],
    ['Up About an hour (unhealthy)', 'unhealthy'],
    ['Up Less than a second (health: starting)', 'starting'],
    ['Up 3 minutes (Paused)', 'none'],
  ])('%s: health %s', (status, health) => {
    expect(containerRow({ ...row, State: 'running', Status: status }, null, NOW).health).toBe(health);
  });
});

describe('imageRows', () => {
  const row = { Id: 'sha256:1', RepoDigests: null, Created: 1, Size: 10, Labels: null };

  it('gives a row per tag, with a registry’s port kept in the name', () => {
    const rows = imageRows({ ...row, RepoTags: ['localhost:5000/a/b:1', 'b:2'] }, []);
    expect(rows.map(({ repository, tag }) => [repository, tag])).toEqual([
      ['localhost:5000/a/b', '1'],
      ['b', '2'],
    ]);
  });

  it('gives one row for an image without a name', () => {
    expect(imageRows({ ...row, RepoTags: ['<none>:<none>'] }, [])).toHaveLength(1);
  });
});

describe('registryOf', () => {
  it.each([
    ['busybox', 'docker.io'],
    ['team/app', 'docker.io'],
    ['ghcr.io/team/app', 'ghcr.io'],
    ['localhost/app', 'localhost'],
    ['localhost:5000/app', 'localhost:5000'],
  ])('of %s is %s', (name, registry) => {
    expect(registryOf(name)).toBe(registry);
  });
});

describe('transferError', () => {
  it('leads who is denied an image to where one logs in', () => {
    const said = "pull access denied for team/app, repository does not exist or may require 'docker login': denied";
    expect(transferError(said)).toMatchObject({
      code: 'unauthorized',
      message: 'The registry has no “team/app” for everybody.',
      hint: 'Check the name, or log in to the registry under “Registries”.',
      detail: said,
    });
  });

  it('names a registry that cannot be reached', () => {
    const error = transferError('cannot reach https://nosuch.invalid: getaddrinfo ENOTFOUND nosuch.invalid');
    expect(error.message).toBe('The registry at nosuch.invalid cannot be reached.');
    expect(error.hint).toContain('network');
  });
  it('keeps the port of a registry', () => {
    expect(transferError('cannot reach http://127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9').message).toBe(
      'The registry at 127.0.0.1:9 cannot be reached.',
    );
  });
});

describe('splitReference', () => {
  it.each([
    ['alpine', 'alpine', 'latest'],
    ['alpine:3', 'alpine', '3'],
    ['localhost:5000/a', 'localhost:5000/a', 'latest'],
    ['localhost:5000/a:b', 'localhost:5000/a', 'b'],
    ['a@sha256:12', 'a', 'sha256:12'],
  ])('splits %s', (reference, name, tag) => {
    expect(splitReference(reference)).toEqual({ name, tag });
  });
});

describe('ProgressFold', () => {
  it('keeps the latest of each layer and fills the bar at the end', () => {
    const fold = new ProgressFold();
    fold.add({ status: 'Pulling from library/a', id: 'latest' });
    fold.add({ status: 'Downloading', id: 'l1', progressDetail: { current: 5, total: 10 } });
    fold.add({ status: 'Pull complete', id: 'l1', progressDetail: {} });
    fold.add({ status: 'Status: Downloaded newer image' });
    expect(fold.snapshot()).toEqual({
      layers: [{ id: 'l1', status: 'Pull complete', current: 10, total: 10 }],
      status: 'Status: Downloaded newer image',
    });
  });

  it('throws what the registry said', () => {
    expect(() => {
      new ProgressFold().add({ error: 'manifest unknown' });
    }).toThrow(/no such image/);
  });
});

describe('errors', () => {
  it('tell a container in use from a conflict of names', () => {
    expect(statusError(409, 'image is being used by running container x').code).toBe('in-use');
    expect(statusError(409, 'name is already taken').code).toBe('conflict');
    expect(statusError(404, 'no such container: x')).toMatchObject({
      code: 'not-found',
      message: 'No such container: x.',
    });
  });

  it.each([
    'failed to set up container networking: driver failed programming external connectivity on endpoint web: listening on 0.0.0.0:8080/tcp: address already in use',
    'driver failed programming external connectivity on endpoint web (3f2a): Bind for 0.0.0.0:8080 failed: port is already allocated',
    'failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use',
    'rootlessport listen tcp [::]:8080: bind: address already in use',
  ])('tell which port is taken: %s', (message) => {
    expect(statusError(500, message)).toMatchObject({
      code: 'in-use',
      message: 'Port 8080 is in use already.',
      detail: message,
    });
  });

  it('tell that a program is not there', () => {
    const message = 'failed to create task for container: exec: "serve": executable file not found in $PATH';
    expect(statusError(400, message)).toMatchObject({ code: 'invalid', message: 'The image has no program “serve”.' });
  });

  it('tell that the disk is full', () => {
    for (const message of ['write /layers/1: no space left on device', 'database or disk is full'])
      expect(statusError(500, message).message).toBe('The disk is full.');
    expect(statusError(500, 'something else')).toMatchObject({ code: 'internal', message: 'Something else.' });
  });

  it('tell that nobody listens', () => {
    const error = Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' });
    expect(toBridgeError(error).code).toBe('engine-unreachable');
    expect(toBridgeError(error, AbortSignal.abort()).code).toBe('cancelled');
  });
});

describe('createRequest', () => {
  it('puts each choice where the API wants it', () => {
    const spec: RunSpec = {
      image: 'a',
      command: ['sh', '-c', 'x'],
      env: [{ name: 'A', value: 'b=c' }],
      ports: [{ hostIp: '', hostPort: 0, containerPort: 80, protocol: 'tcp' }],
      volumes: [{ source: '/a', destination: '/b', readOnly: true }],
      memoryBytes: 1024,
      cpus: 1.5,
      pids: 0,
      tty: true,
      interactive: true,
      autoRemove: true,
      restartPolicy: 'no',
      maxRetries: 0,
      network: 'default',
      flags: {},
    };
    expect(createRequest(spec).body).toMatchObject({
      Cmd: ['sh', '-c', 'x'],
      Env: ['A=b=c'],
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        Binds: ['/a:/b:ro'],
        PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '' }] },
        Memory: 1024,
        NanoCpus: 1_500_000_000,
        AutoRemove: true,
      },
    });
  });
});
