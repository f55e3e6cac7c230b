import { posix } from 'node:path';
import { createHash } from 'node:crypto';
import { ExplainedError } from '../explained-error.ts';
import { entryDigest, type FileTree, type TreeEntry } from './file-tree.ts';
import { globMatcher, hasWildcard, type Matcher, Patterns } from '../../../common/path-patterns.ts';

/** What one source of COPY or ADD stands for. */
export interface Selection {
  readonly tree: FileTree;
  /** A directory, whose contents are copied; a file, which is copied under its name; or paths with their parents. */
  readonly kind: 'directory' | 'file' | 'parents';
  /** Last part of the path as it was written. */
  readonly name: string;
  /** Paths below the destination; '' is the directory or the file itself. */
  readonly members: readonly { readonly entry: TreeEntry; readonly path: string }[];
  /** What stands for `.git` in keys: git packs the same things in many ways. */
  readonly commit?: string;
}

/** Finds what a source means in a tree. Throws `not-found` for a path without a pattern that is not there. */
export function select(tree: FileTree, source: string, exclude: Patterns): Selection[] {
  const clean = cleanSource(source);
  if (!hasWildcard(clean)) {
    const plain = clean.replaceAll(/\\(.)/g, '$1');
    return [selectOne(tree, plain, exclude)].filter((one) => one !== null);
  }
  const matcher = globMatcher(clean);
  return [...matching(tree, clean, matcher)].flatMap((path) => selectOne(tree, path, exclude) ?? []);
}

/** Paths that a pattern matches, in order; what lies in a directory that matches is not looked at. */
function* matching(tree: FileTree, pattern: string, matcher: Matcher): Generator<string, void, undefined> {
  const depth = pattern.split('/').length;
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => hasWildcard(part));
  const start = tree.resolve(parts.slice(0, first).join('/'));
  if (start === null) return;
  const prefix = parts.slice(0, first).join('/');
  function* visit(real: string, written: string, level: number): Generator<string, void, undefined> {
    for (const name of tree.names(real)) {
      const path = written === '' ? name : `${written}/${name}`;
      if (level === depth) {
        if (matcher.test(path)) yield path;
      } else yield* visit(real === '' ? name : `${real}/${name}`, path, level + 1);
    }
  }
  yield* visit(start, prefix, first + 1);
}

function selectOne(tree: FileTree, path: string, exclude: Patterns): Selection | null {
  const real = tree.resolve(path);
  const top = real === null ? undefined : tree.get(real);
  if (real === null || top === undefined) throw new MissingSource(path);
  const name = posix.basename(path);
  if (top.type !== 'directory') {
    if (exclude.matches(name)) return null;
    return { tree, kind: 'file', name, members: [{ entry: top, path: '' }] };
  }
  return { tree, kind: 'directory', name, members: below(tree, real, exclude) };
}

function below(tree: FileTree, top: string, exclude: Patterns): Selection['members'] {
  const members = [...tree.walk(top)].map((entry) => ({
    entry,
    path: entry.path === top ? '' : entry.path.slice(top === '' ? 0 : top.length + 1),
  }));
  if (exclude.isEmpty) return members;
  return withParents(members, ({ path }) => path === '' || !exclude.matches(path));
}

/** Those that are kept, and the directories that hold them. */
function withParents(
  members: Selection['members'],
  keeps: (member: Selection['members'][number]) => boolean,
): Selection['members'] {
  const needed = new Set<string>();
  for (const member of members) {
    if (!keeps(member)) continue;
    for (let path = member.path; path !== '' && !needed.has(path); path = path.includes('/') ? posix.dirname(path) : '')
      needed.add(path);
    if (member.path === '') needed.add('');
  }
  return members.filter(({ path }) => needed.has(path));
}

/** `COPY --parents`: everything that matches, with the directories on the way to it below the `/./` of the source. */
export function selectWithParents(tree: FileTree, source: string, exclude: Patterns): Selection[] {
  const pivot = source.indexOf('/./');
  const base = pivot < 0 ? '' : cleanSource(source.slice(0, pivot));
  const pattern = cleanSource(pivot < 0 ? source : source.slice(pivot + 3));
  const top = tree.resolve(base);
  const isLiteral = !hasWildcard(base) && !hasWildcard(pattern);
  if (top === null) {
    if (isLiteral) throw new MissingSource(base);
    return [];
  }
  // All of it, and a name that begins with what makes an exception elsewhere.
  const include = new Patterns([pattern === '' ? '**' : pattern.replace(/^!/, String.raw`\!`)]);
  const members = below(tree, top, new Patterns([])).filter(({ path }) => path !== '');
  const kept = withParents(members, ({ path }) => include.matches(path) && !exclude.matches(path));
  if (kept.length === 0 && isLiteral) throw new MissingSource(posix.join(base, pattern));
  return kept.length === 0 ? [] : [{ tree, kind: 'parents', name: '', members: kept }];
}

/** What the content of selections is, without regard to times and to where the sources lay. */
export function selectionDigest(selections: readonly Selection[]): string {
  const hash = createHash('sha256');
  for (const { kind, name, members: all, commit } of selections) {
    const members = commit === undefined ? all : all.filter(({ path }) => !/^\.git(?:\/|$)/.test(path));
    hash.update(`${kind}\0${kind === 'file' ? name : ''}\0${members.length}\0${commit ?? ''}`);
    for (const { entry, path } of members) hash.update(`${path}\0${entryDigest(entry)}\0`);
  }
  return hash.digest('hex');
}

/** Without leading slash, `.` and what climbs out. */
function cleanSource(source: string): string {
  return posix.resolve('/', source).slice(1);
}

/** What is to be copied is not there. */
export class MissingSource extends ExplainedError {
  constructor(path: string) {
    super(
      'invalid',
      `file not found in build context or excluded by .dockerignore: stat ${path}: file does not exist`,
      `failed to compute cache key: failed to calculate checksum: ${JSON.stringify(`/${path}`)}: not found`,
    );
  }
}
