import { describe, expect, it } from 'vitest';
import { editedBody } from './edited-body.ts';

const own = {
  Image: 'app:1',
  Env: ['PATH=/bin', 'LEVEL=info'],
  Cmd: ['a', 'b'],
  Healthcheck: { Test: ['CMD', 'true'] },
  HostConfig: {
    NetworkMode: 'back',
    Binds: ['/a:/a', 'unnamed:/data'],
    Tmpfs: { '/tmp': '' },
    Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 20 }],
    Memory: 1000,
  },
  NetworkingConfig: { EndpointsConfig: { back: { Aliases: ['db'] } } },
};
/** What a form knows of it. */
const before = {
  Image: 'app:1',
  Env: ['LEVEL=info'],
  Cmd: ['a', 'b'],
  HostConfig: { NetworkMode: 'back', Binds: ['/a:/a'], Memory: 1000 },
  NetworkingConfig: { EndpointsConfig: { back: {} } },
};

describe('editedBody', () => {
  it('is the container’s own when nothing was edited', () => {
    expect(editedBody(own, before, before)).toEqual({ body: own, keepsNetworks: true });
  });

  it('keeps what a form does not show, and the rest of a list of which one was edited', () => {
    const now = {
      ...before,
      Env: ['LEVEL=debug', 'EXTRA=yes'],
      HostConfig: { ...before.HostConfig, Binds: ['/b:/b'] },
    };
    const { body, keepsNetworks } = editedBody(own, before, now);
    expect(body).toEqual({
      ...own,
      Env: ['PATH=/bin', 'LEVEL=debug', 'EXTRA=yes'],
      HostConfig: { ...own.HostConfig, Binds: ['unnamed:/data', '/b:/b'] },
    });
    expect(keepsNetworks).toBe(true);
  });

  it('mounts once, and no more, what was a mount of another kind', () => {
    const mounts = [
      { Type: 'volume', Source: 'v', Target: '/v' },
      { Type: 'bind', Source: '/w', Target: '/w' },
    ];
    const mounted = { ...own, HostConfig: { ...own.HostConfig, Mounts: mounts } };
    const shown = { ...before, HostConfig: { ...before.HostConfig, Binds: ['/a:/a', '/w:/w', 'v:/v', 'x:/data'] } };
    const now = { ...shown, HostConfig: { ...shown.HostConfig, Binds: ['/a:/a', '/w:/w', 'other:/v'] } };
    expect(editedBody(mounted, shown, now).body['HostConfig']).toMatchObject({
      Binds: ['/a:/a', 'other:/v'],
      Mounts: [mounts[1]],
    });
  });

  it('takes commands as a whole, and back what is said no more', () => {
    const { NetworkMode, Binds } = before.HostConfig;
    const now = { ...before, Cmd: ['b'], HostConfig: { NetworkMode, Binds } };
    const { body } = editedBody(own, before, now);
    expect(body['Cmd']).toEqual(['b']);
    expect(body['HostConfig']).not.toHaveProperty('Memory');
    expect(body['HostConfig']).toHaveProperty('Ulimits');
  });

  it('leaves the networks for another one', () => {
    const now = { ...before, HostConfig: { ...before.HostConfig, NetworkMode: 'host' }, NetworkingConfig: undefined };
    const { body, keepsNetworks } = editedBody(own, before, now);
    expect(body).not.toHaveProperty('NetworkingConfig');
    expect(body['HostConfig']).toMatchObject({ NetworkMode: 'host', Tmpfs: { '/tmp': '' } });
    expect(keepsNetworks).toBe(false);
  });

  it('takes what was said by hand to another image', () => {
    const { body } = editedBody(own, before, { ...before, Image: 'app:2' });
    expect(body).toEqual({ ...own, Image: 'app:2' });
  });
});
