import { describe, expect, it } from 'vitest';
import type { EngineError } from '../errors.ts';
import type { ContainerContexts } from '../system/selinux.ts';
import type { HostConfig } from './config.ts';
import { containerLabels, freeLevel, labelOptions, levelOf, sharedLabel } from './selinux-plan.ts';

const CONTEXTS: ContainerContexts = {
  process: { user: 'system_u', role: 'system_r', type: 'container_t', level: 's0' },
  file: { user: 'system_u', role: 'object_r', type: 'container_file_t', level: 's0' },
};
const labels = (...options: string[]): ReturnType<typeof containerLabels> =>
  containerLabels(options, CONTEXTS, () => 's0:c1,c2');

describe('labels of a container', () => {
  it.each<[string[], string, string]>([
    [[], 'system_u:system_r:container_t:s0:c1,c2', 'system_u:object_r:container_file_t:s0:c1,c2'],
    [['disable'], '', 'system_u:object_r:container_file_t:s0:c1022,c1023'],
    [['type:a_t', 'disable'], '', 'system_u:object_r:container_file_t:s0:c1022,c1023'],
    [['type:a_t'], 'system_u:system_r:a_t:s0:c1,c2', 'system_u:object_r:container_file_t:s0:c1,c2'],
    [['filetype:b_t'], 'system_u:system_r:container_t:s0:c1,c2', 'system_u:object_r:b_t:s0:c1,c2'],
    [['user:u', 'role:r'], 'u:r:container_t:s0:c1,c2', 'u:object_r:container_file_t:s0:c1,c2'],
    [['level:s0'], 'system_u:system_r:container_t:s0', 'system_u:object_r:container_file_t:s0'],
    [
      ['level:s0:c3', 'level:s0:c4,c5'],
      'system_u:system_r:container_t:s0:c4,c5',
      'system_u:object_r:container_file_t:s0:c4,c5',
    ],
  ])('%j', (options, process, mount) => {
    expect(labels(...options)).toEqual({ process, mount });
  });

  it('have no level where the policy has none', () => {
    const process = { user: 'system_u', role: 'system_r', type: 'container_t' };
    const file = { user: 'system_u', role: 'object_r', type: 'container_file_t' };
    const taken = (): string => {
      throw new Error('asked for');
    };
    expect(containerLabels([], { process, file }, taken)).toEqual({
      process: 'system_u:system_r:container_t',
      mount: 'system_u:object_r:container_file_t',
    });
    expect(containerLabels(['disable'], { process, file }, taken).mount).toBe('system_u:object_r:container_file_t');
    expect(sharedLabel('system_u:object_r:container_file_t')).toBe('system_u:object_r:container_file_t');
  });

  it.each(['nested', '', 'type', 'no:such', 'type:', 'type:a b', 'type:a:b', 'type:a"b', 'level:s0\n', 'disable:x'])(
    'refuse %j',
    (option) => {
      expect(() => labels(option)).toThrow(expect.objectContaining({ kind: 'invalid' }) as EngineError);
      expect(() => labels(option)).toThrow(/^Bad label option/);
    },
  );

  it('of files that are shared are of the lowest level', () => {
    expect(sharedLabel('u:object_r:container_file_t:s0:c1,c2')).toBe('u:object_r:container_file_t:s0');
    expect(sharedLabel('')).toBe('');
    expect(levelOf('u:r:t:s0-s0:c0.c1023')).toBe('s0-s0:c0.c1023');
    expect(levelOf('')).toBe('');
  });
});

describe('what a container asks for', () => {
  const of = (reference: string): string =>
    ({ a: 'u:r:t:s0:c1,c2', b: 'u:r:t:s0:c3,c4', free: '' })[reference] ?? 'missing';
  const SAME = ['user:u', 'role:r', 'type:t', 'level:s0:c1,c2'];

  it.each<[HostConfig, string[]]>([
    [{}, []],
    [{ SecurityOpt: ['label=type:a', 'label:level:s0'] }, ['type:a', 'level:s0']],
    [{ Privileged: true }, ['disable']],
    [{ PidMode: 'host' }, ['disable']],
    [{ IpcMode: 'host' }, ['disable']],
    [{ PidMode: 'host', SecurityOpt: ['label=type:a'] }, ['type:a']],
    [{ PidMode: 'container:a' }, SAME],
    [{ IpcMode: 'container:a' }, SAME],
    [{ IpcMode: 'container:a', PidMode: 'container:a' }, SAME],
    [{ IpcMode: 'container:free' }, []],
    [{ IpcMode: 'container:a', PidMode: 'host' }, ['disable']],
    [{ IpcMode: 'shareable', UTSMode: 'host', NetworkMode: 'host' }, []],
  ])('%j', (hostConfig, options) => {
    expect(labelOptions(hostConfig, of)).toEqual(options);
  });

  it('cannot be the labels of two containers', () => {
    expect(() => labelOptions({ IpcMode: 'container:a', PidMode: 'container:b' }, of)).toThrow(
      "--ipc and --pid containers SELinux labels aren't the same",
    );
  });
});

describe('levels', () => {
  const numbers = (...given: number[]) => {
    const rest = [...given];
    return (): number => rest.shift() ?? 0;
  };

  it('are two categories that differ, the lower first', () => {
    expect(freeLevel(new Set(), numbers(7, 7, 9, 3))).toBe('s0:c3,c9');
  });

  it('are of one container, and never that of the unconfined', () => {
    expect(freeLevel(new Set(['s0:c3,c9']), numbers(3, 9, 1023, 1022, 9, 4))).toBe('s0:c4,c9');
  });

  it('are found when few are left, and end', () => {
    const all = new Set<string>();
    for (let one = 0; one < 1024; one += 1)
      for (let other = one + 1; other < 1024; other += 1) all.add(`s0:c${one},c${other}`);
    all.delete('s0:c5,c700');
    expect(freeLevel(all, () => 1)).toBe('s0:c5,c700');
    all.add('s0:c5,c700');
    expect(() => freeLevel(all, () => 1)).toThrow('no SELinux level is left');
  });
});
