import type { BuildCase } from './build-case.ts';
import type { ContextFiles } from '../../fixtures/build-context.ts';

const FILES: ContextFiles = {
  'a.txt': 'a',
  'b.md': 'b',
  'README.md': 'r',
  'src/x.c': 'x',
  'src/x.o': 'o',
  'src/deep/y.o': 'y',
  'src/deep/keep.o': 'k',
  'node_modules/m/index.js': 'm',
};
const ignores = (name: string, lines: string, has: BuildCase['has'], extra: Partial<BuildCase> = {}): BuildCase => ({
  name,
  dockerfile: 'FROM scratch\nCOPY . /c',
  context: { ...FILES, '.dockerignore': lines },
  ...(has === undefined ? {} : { has }),
  // A context that comes as an archive is taken as it is by that dockerd.
  alone: 'ignores only what its client sends from a directory',
  ...extra,
});

/** `.dockerignore`. */
export const IGNORE: readonly BuildCase[] = [
  ignores('a name', 'a.txt', { '/c/a.txt': null, '/c/b.md': 'b' }),
  ignores('a directory', 'node_modules', { '/c/node_modules': null, '/c/a.txt': 'a' }),
  ignores('a pattern stays in its directory', '*.o', { '/c/src/x.o': 'o' }),
  ignores('a pattern for any depth', '**/*.o', { '/c/src/x.o': null, '/c/src/deep/y.o': null, '/c/src/x.c': 'x' }),
  ignores('an exception', '*.md\n!README.md', { '/c/b.md': null, '/c/README.md': 'r' }),
  ignores('an exception below a directory', 'src\n!src/deep/keep.o', { '/c/src/x.c': null, '/c/src/deep/keep.o': 'k' }),
  ignores('the last match counts', '!README.md\n*.md', { '/c/README.md': null }),
  ignores('all but', '*\n!a.txt', { '/c/a.txt': 'a', '/c/b.md': null, '/c/src': null }),
  ignores('comments, spaces, slashes, a mark', '\uFEFF# all\n\n  /a.txt  \n./b.md\nsrc/\n#README.md', {
    '/c/a.txt': null,
    '/c/b.md': null,
    '/c/src': null,
    '/c/README.md': 'r',
  }),
  ignores('a question mark and a class', '?.txt\n[b].md', { '/c/a.txt': null, '/c/b.md': null, '/c/README.md': 'r' }),
  ignores('two stars at the end', 'src/**', { '/c/src/x.c': null }),
  ignores('an exclamation mark alone', '!', undefined, { fails: 'illegal exclusion pattern' }),
  ignores('COPY of what is ignored', 'a.txt', undefined, {
    dockerfile: 'FROM scratch\nCOPY a.txt /',
    fails: 'excluded by .dockerignore',
  }),
  ignores('the Dockerfile can be ignored', 'Dockerfile\n.dockerignore', {
    '/c/Dockerfile': null,
    '/c/.dockerignore': null,
    '/c/a.txt': 'a',
  }),
  ignores(
    'one beside its Dockerfile goes first',
    'a.txt',
    { '/c/a.txt': 'a', '/c/b.md': null },
    {
      context: { ...FILES, '.dockerignore': 'a.txt', 'Other.dockerignore': 'b.md', Other: 'FROM scratch\nCOPY . /c' },
      flags: ['-f', 'Other'],
    },
  ),
];
