import { describe, expect, it } from 'vitest';
import type { LayerFile } from '../../../runtime/contract/images.ts';
import { instructionOf, layerFolders, openAtFirst } from './layer-model.ts';

const file = (path: string, patch: Partial<LayerFile> = {}): LayerFile => ({
  path,
  size: 10,
  mode: 0o644,
  uid: 0,
  gid: 0,
  directory: false,
  linkTarget: '',
  change: 'added',
  lostIn: null,
  ...patch,
});
const names = (folders: ReturnType<typeof layerFolders>, path: string) => {
  const folder = folders.get(path);
  return folder?.state === 'ready'
    ? folder.entries.map(({ name, kind, size }) => `${kind} ${name} ${String(size)}`)
    : [];
};

describe('instructionOf', () => {
  it.each([
    ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c make # buildkit', 'RUN make'],
    ['RUN |1 V=2 /bin/sh -c make # buildkit', 'RUN make'],
    ['COPY . /app # buildkit', 'COPY . /app'],
    ['COPY file:0a1b in /etc ', 'COPY file:0a1b in /etc'],
    ['', ''],
  ])('%s', (written, shown) => {
    expect(instructionOf(written)).toBe(shown);
  });
});

describe('layerFolders', () => {
  it('makes folders that a layer does not list, and adds up what is in them', () => {
    const folders = layerFolders(
      [file('a/b/c'), file('a/d', { size: 5 }), file('top', { change: 'deleted', size: 0 })],
      {
        query: '',
        changes: null,
      },
    );
    expect(names(folders, '/')).toEqual(['directory a 15', 'file top 0']);
    expect(names(folders, '/a')).toEqual(['directory b 10', 'file d 5']);
  });

  it('keeps what matches, with the way to it', () => {
    const files = [file('etc/passwd'), file('etc/group', { change: 'modified' }), file('bin/sh')];
    expect([...layerFolders(files, { query: 'PASS', changes: null }).keys()]).toEqual(['/', '/etc']);
    const changed = layerFolders(files, { query: '', changes: new Set(['modified']) });
    expect(names(changed, '/etc')).toEqual(['file group 10']);
  });
});

describe('openAtFirst', () => {
  it('opens a small layer whole, and of a large one only the way to the first choice', () => {
    const small = layerFolders([file('a/b/c')], { query: '', changes: null });
    expect([...openAtFirst(small)]).toEqual(['/', '/a', '/a/b']);
    const many = Array.from({ length: 200 }, (_, n) => file(`usr/lib/${String(n % 2)}/${String(n)}`));
    expect([...openAtFirst(layerFolders(many, { query: '', changes: null }))]).toEqual(['/', '/usr', '/usr/lib']);
  });
});
