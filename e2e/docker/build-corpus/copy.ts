import { NEWER, type BuildCase } from './build-case.ts';
import type { ContextFiles } from '../../fixtures/build-context.ts';

const TREE: ContextFiles = {
  'a.txt': 'a',
  'b.txt': 'b',
  'c.md': 'c',
  'dir/one': '1',
  'dir/two.txt': '2',
  'dir/sub/three.txt': '3',
  'dir/sub/deep/four.md': '4',
  'other/five.txt': '5',
  script: { content: '#!/bin/sh\necho run\n', mode: 0o755 },
  link: { type: 'symlink', linkname: 'a.txt' },
  'dir/up': { type: 'symlink', linkname: '../a.txt' },
  dirlink: { type: 'symlink', linkname: 'dir' },
  'odd name/x y': 'odd',
  'secret.key': { content: 'k', mode: 0o600 },
};
const STRICT: ContextFiles = { 'strict/': { type: 'directory', mode: 0o2750 }, 'strict/one': '1' };
const copy = (name: string, lines: string, has: BuildCase['has'], extra: Partial<BuildCase> = {}): BuildCase => ({
  name,
  dockerfile: `FROM base\n${lines}`,
  context: TREE,
  ...(has === undefined ? {} : { has }),
  ...extra,
});

/** COPY, by the rules of the reference. */
export const COPY: readonly BuildCase[] = [
  copy('a file to a name', 'COPY a.txt /x', { '/x': 'a' }),
  copy('a file into a directory', 'COPY a.txt /d/', { '/d/a.txt': 'a' }),
  copy('a file into a directory that is there', 'COPY a.txt /tmp', { '/tmp/a.txt': 'a' }),
  copy('a file to the root', 'COPY a.txt /', { '/a.txt': 'a' }),
  copy('a file with its mode', 'COPY script secret.key /s/', {
    '/s/script': '#!/bin/sh\necho run\n',
    '/s/secret.key': 'k',
  }),
  copy('several files', 'COPY a.txt b.txt /d/', { '/d/a.txt': 'a', '/d/b.txt': 'b' }),
  copy('several files to a name, the last of which stays', 'COPY a.txt b.txt /d', { '/d': 'b' }),
  copy('the contents of a directory', 'COPY dir /d', { '/d/one': '1', '/d/sub/three.txt': '3', '/d/dir': null }),
  copy('the contents of a directory with slashes', 'COPY dir/ /d/', { '/d/one': '1', '/d/sub/deep/four.md': '4' }),
  // What the source itself is does not count: the destination is made as any other directory.
  copy(
    'the contents of a directory to a new one',
    'COPY strict /d\nCOPY --link strict /l',
    {
      '/d': 'directory 755 0 0',
      '/d/one': '1',
      '/l': 'directory 755 0 0',
    },
    { context: STRICT, alone: NEWER },
  ),
  copy(
    'the contents of a directory of a stage',
    'RUN mkdir /s && chown app /s && chmod 2750 /s\nRUN touch /s/one\nFROM base\nCOPY --from=0 /s /d',
    {
      '/d': 'directory 755 0 0',
      '/d/one': '',
    },
    { alone: NEWER },
  ),
  copy(
    'octal modes are those of directories that are made',
    'COPY --chmod=700 a.txt /x/y/',
    {
      '/x': 'directory 700 0 0',
      '/x/y': 'directory 700 0 0',
    },
    { alone: NEWER },
  ),
  copy(
    'symbolic modes are not',
    'COPY --chmod=u=rwx,go= a.txt /x/',
    {
      '/x': 'directory 755 0 0',
      '/x/a.txt': 'a',
    },
    { alone: NEWER },
  ),
  copy('a mode that is none', 'COPY --chmod=0o755 a.txt /x', undefined, {
    fails: 'it should be octal string',
    alone: NEWER,
  }),
  copy(
    'an owner without the group it promises',
    'COPY --chown=app: a.txt /x',
    { '/x': 'file 644 1000 0' },
    { alone: NEWER },
  ),
  copy(
    'over a link that leads nowhere',
    'RUN ln -s real/file /way && ln -s way /far\nCOPY a.txt /far',
    {
      '/real/file': 'a',
      '/way': 'symlink real/file',
      '/far': 'symlink way',
    },
    { alone: NEWER },
  ),
  copy('an empty exclusion', 'COPY --exclude= dir /d/', { '/d/one': '1' }, { alone: NEWER }),
  copy('a stage by a variable', 'ARG S=x\nCOPY --from=$S /a /b', undefined, {
    fails: 'variable expansion is not supported for --from',
    alone: NEWER,
  }),
  copy('two directories into one', 'COPY dir other /d/', { '/d/one': '1', '/d/five.txt': '5' }),
  copy('everything', 'COPY . /all', { '/all/a.txt': 'a', '/all/dir/one': '1' }),
  copy('a pattern', 'COPY *.txt /d/', { '/d/a.txt': 'a', '/d/b.txt': 'b', '/d/c.md': null }),
  copy('a pattern with a question mark', 'COPY ?.txt /d/', { '/d/a.txt': 'a', '/d/b.txt': 'b' }),
  copy('a pattern with a class', 'COPY [ac].* /d/', { '/d/a.txt': 'a', '/d/c.md': 'c', '/d/b.txt': null }),
  copy('a pattern with a class that is negated', 'COPY [^a].txt /d/', { '/d/b.txt': 'b', '/d/a.txt': null }),
  copy('a pattern in a directory', 'COPY dir/*.txt dir/*/*.txt /d/', { '/d/two.txt': '2', '/d/three.txt': '3' }),
  copy('a pattern for directories', 'COPY dir/s* /d/', { '/d/three.txt': '3', '/d/deep/four.md': '4' }),
  copy('a pattern that matches nothing', 'COPY a.txt nothing* /d/', { '/d/a.txt': 'a' }),
  copy('a path that is not there', 'COPY nothing /d/', undefined, { fails: 'not found' }),
  copy('a path that climbs out', 'COPY ../../a.txt /d/', { '/d/a.txt': 'a' }),
  copy('an absolute path is of the context', 'COPY /dir/one /x', { '/x': '1' }),
  copy('names with spaces', 'COPY ["odd name/x y", "/d d/"]', { '/d d/x y': 'odd' }),
  copy('a link is followed', 'COPY link /x', { '/x': 'a' }),
  copy('a link keeps its name', 'COPY link /d/', { '/d/link': 'a' }),
  copy('a link to a directory is followed', 'COPY dirlink /d', { '/d/one': '1' }),
  copy('a path through a link', 'COPY dirlink/sub /d', { '/d/three.txt': '3' }),
  copy('links in a directory stay links', 'COPY dir /d\nCOPY a.txt /', { '/d/up': 'symlink ../a.txt' }),
  copy('links among matches are followed', 'COPY l* /d/', { '/d/link': 'a' }),
  copy('the working directory', 'WORKDIR /w\nCOPY a.txt .\nCOPY b.txt sub/\nCOPY c.md ../up', {
    '/w/a.txt': 'a',
    '/w/sub/b.txt': 'b',
    '/up': 'c',
  }),
  copy('over a file', 'COPY a.txt /x\nCOPY b.txt /x', { '/x': 'b' }),
  copy('over a directory with more', 'COPY dir /d\nCOPY other /d', { '/d/one': '1', '/d/five.txt': '5' }),
  copy('a directory over a file', 'COPY a.txt /x\nCOPY dir /x', undefined, { fails: 'cannot copy to non-directory' }),
  copy('a file below a file', 'COPY a.txt /x\nCOPY b.txt /x/y', undefined, { fails: 'not a directory' }),
  copy('through a link in the image', 'RUN mkdir /real && ln -s /real /way\nCOPY a.txt /way/\nCOPY dir /way/dir', {
    '/real/a.txt': 'a',
    '/real/dir/one': '1',
    '/way': 'symlink /real',
  }),
  copy('onto a link to a directory', 'RUN mkdir /real && ln -s real /way\nCOPY other /way', {
    '/real/five.txt': '5',
    '/way': 'symlink real',
  }),
  copy('a link that climbs out stays inside', 'RUN ln -s ../../../../tmp /way\nCOPY a.txt /way/', {
    '/tmp/a.txt': 'a',
  }),
  copy('onto a link to a file', 'RUN echo old > /real && ln -s /real /way\nCOPY a.txt /way', {
    '/real': 'a',
    '/way': 'symlink /real',
  }),
  copy('keeps the metadata of directories that are there', 'RUN mkdir -m 700 /d && chown app /d\nCOPY a.txt /d/', {
    '/d': 'directory 700 1000 0',
    '/d/a.txt': 'a',
  }),
  copy('makes directories as it should', 'COPY a.txt /n/e/w/', {
    '/n': 'directory 755 0 0',
    '/n/e/w': 'directory 755 0 0',
  }),
  copy(
    '--chown with names',
    'COPY --chown=app:extra a.txt /n/',
    { '/n': 'directory 755 1000 2000', '/n/a.txt': 'file 644 1000 2000' },
    {},
  ),
  copy('--chown with a name alone', 'COPY --chown=app a.txt /x', { '/x': 'file 644 1000 1000' }),
  copy('--chown with numbers', 'COPY --chown=12:34 dir /d', {
    '/d': 'directory 755 12 34',
    '/d/sub': 'directory 755 12 34',
  }),
  copy('--chown with a number alone', 'COPY --chown=12 a.txt /x', { '/x': 'file 644 12 12' }),
  copy('--chown with a variable', 'ARG U=app\nCOPY --chown=$U a.txt /x', { '/x': 'file 644 1000 1000' }),
  copy('--chown to nobody', 'COPY --chown=ghost a.txt /x', undefined, {
    fails: 'ghost',
    alone: 'takes a name that nobody has for root',
  }),
  copy(
    '--chmod',
    'COPY --chmod=640 a.txt /x\nCOPY --chmod=0750 dir /d',
    {
      '/x': 'file 640 0 0',
      '/d': 'directory 750 0 0',
      '/d/sub/three.txt': 'file 750 0 0',
    },
    { alone: NEWER },
  ),
  copy(
    '--chmod with letters',
    'COPY --chmod=u=rwX,g=rX,o= dir /d',
    {
      '/d/sub': 'directory 750 0 0',
      '/d/one': 'file 640 0 0',
    },
    { alone: NEWER },
  ),
  copy('--chmod there cannot be', 'COPY --chmod=999 a.txt /x', undefined, {
    fails: 'invalid chmod parameter',
    alone: NEWER,
  }),
  copy(
    '--link',
    'RUN mkdir /d && touch /d/before\nCOPY --link a.txt /d/\nCOPY --link dir /d/dir',
    {
      '/d/a.txt': 'a',
      '/d/before': '',
      '/d/dir/one': '1',
    },
    { alone: NEWER },
  ),
  copy(
    '--link does not follow links of the image',
    'RUN mkdir /real && ln -s /real /way\nCOPY --link a.txt /way/',
    {
      '/way/a.txt': 'a',
      '/real/a.txt': null,
    },
    { alone: NEWER },
  ),
  copy(
    '--parents',
    'COPY --parents dir/sub/three.txt a.txt /p/',
    { '/p/dir/sub/three.txt': '3', '/p/a.txt': 'a' },
    { alone: NEWER },
  ),
  copy(
    '--parents with a pattern',
    'COPY --parents dir/**/*.txt /p/',
    {
      '/p/dir/two.txt': '2',
      '/p/dir/sub/three.txt': '3',
      '/p/dir/one': null,
    },
    { alone: NEWER },
  ),
  copy(
    '--parents with a pivot',
    'COPY --parents dir/./sub/three.txt /p/',
    { '/p/sub/three.txt': '3', '/p/dir': null },
    { alone: NEWER },
  ),
  copy(
    '--parents of everything',
    'COPY --parents . /p/\nCOPY --parents --exclude=*.txt --exclude=dir/sub ./ /q/\nCOPY --parents dir/./ /r/',
    {
      '/p/a.txt': 'a',
      '/p/dir/sub/three.txt': '3',
      '/q/a.txt': null,
      '/q/c.md': 'c',
      '/q/dir/one': '1',
      '/q/dir/sub': null,
      '/r/one': '1',
      '/r/sub/deep/four.md': '4',
    },
    { alone: NEWER },
  ),
  copy('--parents of what is not there', 'COPY --parents dir/nothing /p/', undefined, {
    fails: 'not found',
    alone: NEWER,
  }),
  copy(
    '--exclude',
    'COPY --exclude=*.txt --exclude=sub dir /d',
    { '/d/one': '1', '/d/two.txt': null, '/d/sub': null },
    { alone: NEWER },
  ),
  copy('--exclude of matches', 'COPY --exclude=b* *.txt /d/', { '/d/a.txt': 'a', '/d/b.txt': null }, { alone: NEWER }),
  copy(
    '--exclude with an exception',
    'COPY --exclude=** --exclude=!sub/*.txt dir /d',
    {
      '/d/sub/three.txt': '3',
      '/d/one': null,
    },
    { alone: NEWER },
  ),
  copy('a quoted variable in a list', 'ENV N="odd name"\nCOPY ["$N/x y", "/d/"]', { '/d/x y': 'odd' }),
  {
    name: 'special permission bits and a pipe',
    alone: 'its client sends no pipes',
    dockerfile: 'FROM base\nCOPY . /d/',
    context: {
      set: { content: 'x', mode: 0o4755 },
      'sticky/': { type: 'directory', mode: 0o1777 },
      pipe: { type: 'fifo', mode: 0o600 },
    },
    has: { '/d/set': 'file 4755 0 0', '/d/sticky': 'directory 1777 0 0', '/d/pipe': 'fifo 600 0 0' },
  },
];
