import { expect, it } from 'vitest';
import { RUN_FLAGS } from '../contract/run-flags.ts';
import { putFlags, understoodFlags } from './run-flags.ts';

const put = (flags: Readonly<Record<string, readonly string[]>>) => {
  const target = { config: {}, host: {}, endpoint: {}, query: {} };
  putFlags(flags, target);
  return target;
};

it('understands every flag that is offered', () => {
  expect([...understoodFlags].sort()).toEqual(RUN_FLAGS.map(({ name }) => name).sort());
  for (const { name, example } of RUN_FLAGS) {
    const flags = { [name]: [example === '' ? 'true' : name === 'gpus' ? 'all' : example] };
    expect(JSON.stringify(put(flags))).not.toBe(JSON.stringify(put({})));
  }
});

it('reads values as docker does', () => {
  expect(
    put({ ulimit: ['nofile=1024:2048', 'core=0'], 'shm-size': ['64m'], device: ['/dev/a:/dev/b:r'] }).host,
  ).toEqual({
    Ulimits: [
      { Name: 'nofile', Soft: 1024, Hard: 2048 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    ShmSize: 67_108_864,
    Devices: [{ PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' }],
  });
  expect(put({ 'health-cmd': ['true'], 'health-interval': ['1m30s'] }).config).toEqual({
    Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 90e9 },
  });
  expect(put({ mount: ['type=bind,src=/a,dst=/b,readonly'] }).host).toEqual({
    Mounts: [{ Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true }],
  });
  expect(() => put({ 'shm-size': ['lots'] })).toThrow(/not a size/);
  expect(() => put({ nonsense: ['x'] })).toThrow(/no flag/);
});
