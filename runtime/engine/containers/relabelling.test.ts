import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LaunchPlan, MountStep } from '../launcher/types.ts';
import { bind } from '../launcher/testing/fixture.ts';
import { relabelling } from './relabelling.ts';
import type { UserMount } from './user-mount.ts';

const OWN_LABEL = 'u:object_r:container_file_t:s0:c1,c2';
const SHARED_LABEL = 'u:object_r:container_file_t:s0';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relabel-'));
  mkdirSync(join(directory, 'engine/volumes/v/_data'), { recursive: true });
  mkdirSync(join(directory, 'files'));
  symlinkSync('files', join(directory, 'link'));
  symlinkSync('/etc', join(directory, 'etc'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function mount(type: UserMount['type'], source: string, mode: string): UserMount {
  return {
    ...{ type, source, mode, destination: '/d', readonly: false, recursive: true, propagation: 'rprivate' },
    ...{ options: [], createSource: false },
  };
}

function relabelled(mount_: UserMount, step: MountStep, mountLabel = OWN_LABEL): [string, string, boolean][] {
  const plan = {
    process: { mountLabel },
    mounts: [step, bind('/other', '/other')],
    root: { upper: '/upper' },
  } as unknown as LaunchPlan;
  const binds = relabelling({
    ...{ plan, mounts: [mount_], files: [], isCopy: false },
    volumePath: (name) => join(directory, 'engine/volumes', name, '_data'),
    own: [join(directory, 'engine')],
  });
  return binds.map(({ step: { source, sourceWithoutLinks }, label }) => [source, label, sourceWithoutLinks === true]);
}

describe('what is labelled of a container', () => {
  const of = (name: string): string => join(directory, name);

  it.each<[string, string, string | null]>([
    ['', 'files', null],
    ['ro', 'files', null],
    ['z', 'files', SHARED_LABEL],
    ['Z', 'files', OWN_LABEL],
    ['ro,Z', 'files', OWN_LABEL],
    ['z', 'link', SHARED_LABEL],
  ])('a bind with the mode "%s" of %s', (mode, name, label) => {
    const found = relabelled(mount('bind', of(name), mode), bind(of(name), '/d'));
    expect(found).toEqual(label === null ? [] : [[of('files'), label, true]]);
  });

  it.each<[string, string]>([
    ['', SHARED_LABEL],
    ['ro', SHARED_LABEL],
    ['z', SHARED_LABEL],
    ['Z', OWN_LABEL],
  ])('a volume with the mode "%s"', (mode, label) => {
    const path = of('engine/volumes/v/_data');
    expect(relabelled(mount('volume', 'v', mode), bind(path, '/d'))).toEqual([[path, label, false]]);
  });

  it('a volume that is a directory of the host only where that is asked for', () => {
    expect(relabelled(mount('volume', 'v', ''), bind(of('files'), '/d'))).toEqual([]);
    expect(relabelled(mount('volume', 'v', 'z'), bind(of('files'), '/d'))).toEqual([[of('files'), SHARED_LABEL, true]]);
    expect(() => relabelled(mount('volume', 'v', 'z'), bind('/etc', '/d'))).toThrow('not allowed');
  });

  it('nothing of one without labels', () => {
    expect(relabelled(mount('bind', of('files'), 'Z'), bind(of('files'), '/d'), '')).toEqual([]);
  });

  it('nothing of the system, nor what holds the engine, by any name', () => {
    const refused = (path: string): void => {
      expect(() => relabelled(mount('bind', path, 'z'), bind(path, '/d'))).toThrow(
        `SELinux relabeling of ${path} is not allowed`,
      );
    };
    for (const path of ['/', '/etc', '/usr', '/home', '/var/lib', '/tmp', directory, of('engine')]) refused(path);
    refused(of('etc'));
    refused('/proc/self/root');
  });

  it('the files that the engine writes, and a root that is a copy', () => {
    const plan = { process: { mountLabel: OWN_LABEL }, mounts: [], root: { upper: '/u' } } as unknown as LaunchPlan;
    const input = { plan, mounts: [], volumePath: () => '', own: [] };
    const binds = relabelling({ ...input, files: ['/hosts'], isCopy: true });
    expect(binds.map(({ step, label }) => [step.source, label])).toEqual([
      ['/hosts', SHARED_LABEL],
      ['/u', OWN_LABEL],
    ]);
  });
});
