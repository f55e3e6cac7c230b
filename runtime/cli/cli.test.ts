import { describe, expect, it } from 'vitest';
import { createBody } from './create/body.ts';
import { CONTAINER_FLAGS } from './flags/container-flags.ts';
import { parseFlags, UsageError } from './flags/flags.ts';
import { alignedTable } from './output/list.ts';
import { TemplateError } from './template/errors.ts';
import { compileTemplate } from './template/evaluate.ts';
import { formatBytes, parseBytes } from './units.ts';

const body = (...words: string[]): Record<string, unknown> => {
  const { flags, args } = parseFlags(CONTAINER_FLAGS, words, true);
  return createBody(flags, args[0] ?? '', args.slice(1), false, { FROM_HERE: 'yes' });
};

describe('parseFlags', () => {
  it('reads joined, apart, combined and repeated flags, and leaves the command alone', () => {
    const { flags, args } = parseFlags(
      CONTAINER_FLAGS,
      ['-it', '-p80:80', '-p', '81:81', '--name=x', '-e=A=1', 'image', 'ls', '-l', '--rm'],
      true,
    );
    expect(flags).toMatchObject({
      interactive: true,
      tty: true,
      rm: false,
      name: 'x',
      publish: ['80:80', '81:81'],
      env: ['A=1'],
    });
    expect(args).toEqual(['image', 'ls', '-l', '--rm']);
  });

  it('takes flags after arguments where a command allows it', () => {
    expect(parseFlags({ all: { kind: 'boolean', help: '' } }, ['x', '--all', '--', '--y'], false)).toMatchObject({
      flags: { all: true },
      args: ['x', '--y'],
    });
  });

  it.each([[['--nope']], [['-Z']], [['--name']], [['--rm=maybe']]])('refuses %j', (words) => {
    expect(() => parseFlags(CONTAINER_FLAGS, words, true)).toThrow(UsageError);
  });
});

describe('createBody', () => {
  it("says what docker's client says", () => {
    expect(
      body(
        '-m',
        '64m',
        '--cpus',
        '1.5',
        '-p',
        '127.0.0.1:8080-8081:80-81/tcp',
        '--ulimit',
        'nofile=1:2',
        '-e',
        'FROM_HERE',
        '-e',
        'NOT_HERE',
        '--restart',
        'on-failure:3',
        'img',
        'cmd',
      ),
    ).toMatchObject({
      Image: 'img',
      Cmd: ['cmd'],
      Env: ['FROM_HERE=yes'],
      ExposedPorts: { '80/tcp': {}, '81/tcp': {} },
      HostConfig: {
        Memory: 67_108_864,
        NanoCpus: 1_500_000_000,
        PortBindings: {
          '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }],
          '81/tcp': [{ HostIp: '127.0.0.1', HostPort: '8081' }],
        },
        Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      },
    });
  });

  it.each([
    ['-p', '80-82:1-2'],
    ['-p', 'x'],
    ['-m', 'lots'],
    ['--cpus', 'many'],
    ['--ulimit', 'nofile'],
    ['--restart', 'on-failure:many'],
    ['--env-file', '/no/such/file'],
  ])('refuses %s %s', (flag, value) => {
    expect(() => body(flag, value, 'img')).toThrow(UsageError);
  });
});

describe('output', () => {
  it('formats by template', () => {
    const value = { A: { B: 'text', C: [1] }, N: null };
    expect(compileTemplate('{{.A.B}} {{json .A.C}} {{.N}}')(value)).toBe('text [1] <no value>');
    expect(() => compileTemplate('{{range .A}}')).toThrow(TemplateError);
  });

  it('reads and prints sizes', () => {
    expect([parseBytes('1'), parseBytes('2k'), parseBytes('1.5g'), parseBytes('64MiB')]).toEqual([
      1, 2048, 1_610_612_736, 67_108_864,
    ]);
    expect([formatBytes(0), formatBytes(1234), formatBytes(45_300_000)]).toEqual(['0B', '1.23kB', '45.3MB']);
    expect(alignedTable(['A\tLONG', 'xyz\t1'], { leastWidth: 0 })).toBe('A     LONG\nxyz   1\n');
  });
});
