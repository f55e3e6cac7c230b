import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../testing/needs.ts';
import { bind, Fixture } from './testing/fixture.ts';

const READ =
  'import os, sys; print(os.getxattr(sys.argv[1], "security.selinux", follow_symlinks=False).decode().rstrip("\\0"))';
const MAKE_PIPE = 'import os, sys; os.mkfifo(sys.argv[1])';
const canRead = spawnSync('python3', ['--version']).status === 0;
/** Elsewhere root may give any text for a label; where SELinux is, only its policy's. */
const isFree = !existsSync('/sys/fs/selinux/enforce') && process.getuid?.() === 0;
const LABEL = 'u:object_r:container_file_t:s0';

describe(`labels of files${needs('root, python3 and no SELinux', isFree && canRead)}`, () => {
  let fixture: Fixture;
  let root: string;
  const at = (name: string): string => join(root, name);
  const labelOf = (name: string): string =>
    execFileSync('python3', ['-c', READ, at(name)], { stdio: 'pipe' })
      .toString()
      .trim();
  const relabel = (path: string, label: string, changes = {}): Promise<void> =>
    fixture.launcher.storage.relabel([{ step: bind(path, '/d', changes), label }]);

  beforeAll(async () => {
    fixture = await Fixture.open();
    root = join(fixture.directory, 'files');
    mkdirSync(join(root, 'tree/below'), { recursive: true });
    writeFileSync(at('tree/below/file'), '');
    writeFileSync(at('outside'), '');
    symlinkSync('../outside', at('tree/link'));
    symlinkSync('tree', at('alias'));
    if (canRead) execFileSync('python3', ['-c', MAKE_PIPE, at('tree/pipe')]);
  });
  afterAll(async () => {
    await fixture.close();
  });

  it.runIf(isFree && canRead)('go to everything below, to links and pipes themselves, and no further', async () => {
    await relabel(at('tree'), LABEL);
    for (const name of ['tree', 'tree/below', 'tree/below/file', 'tree/link', 'tree/pipe'])
      expect(labelOf(name)).toBe(LABEL);
    expect(() => labelOf('outside')).toThrow();
  });

  it.runIf(isFree && canRead)('leave alone what has them, and change what has others', async () => {
    await relabel(at('tree'), LABEL);
    const before = lstatSync(at('tree/below/file'), { bigint: true }).ctimeNs;
    await relabel(at('tree'), LABEL);
    expect(lstatSync(at('tree/below/file'), { bigint: true }).ctimeNs).toBe(before);
    await relabel(at('tree'), `${LABEL}:c1,c2`);
    expect(labelOf('tree/below/file')).toBe(`${LABEL}:c1,c2`);
  });

  it.runIf(isFree && canRead)('go to a file, and to a part', async () => {
    await relabel(at('outside'), LABEL);
    expect(labelOf('outside')).toBe(LABEL);
    await relabel(root, `${LABEL}:c3`, { data: 'tree/below' });
    expect(labelOf('tree/below')).toBe(`${LABEL}:c3`);
    expect(labelOf('tree')).not.toBe(`${LABEL}:c3`);
  });

  it('follow no link where none may be, and need something to go to', async () => {
    await expect(relabel(at('alias'), LABEL, { sourceWithoutLinks: true })).rejects.toMatchObject({
      kind: 'bad-mount',
    });
    await expect(relabel(at('missing'), LABEL)).rejects.toMatchObject({ kind: 'bad-mount' });
  });
});
