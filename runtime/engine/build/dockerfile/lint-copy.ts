import { posix } from 'node:path';
import { Patterns } from '../../../common/path-patterns.ts';
import type { CopyInstruction } from './instructions.ts';
import type { Warn } from './lint.ts';

/** Patterns that leave nothing of a context. */
const EVERYTHING: readonly string[] = ['*', '**', '**/*'];

/** Finds COPYs of what `.dockerignore` keeps away. With exceptions in it nobody can tell without looking at the files. */
export class IgnoredCopies {
  readonly #ignored: readonly string[];
  readonly #patterns: Patterns;

  constructor(ignored: readonly string[]) {
    this.#ignored = ignored;
    this.#patterns = new Patterns(ignored);
  }

  lint({ kind, from, sources, span }: CopyInstruction, warn: Warn): void {
    if (from !== '' || this.#patterns.isEmpty || this.#patterns.hasExceptions) return;
    const verb = kind === 'ADD' ? 'Add' : 'Copy';
    for (const source of sources) {
      if (source.includes('$') || /^[a-z]+:\/\/|^git@/i.test(source)) continue;
      const path = posix.normalize(source).replace(/^\/+/, '').replace(/\/$/, '');
      const isRoot = path === '' || path === '.';
      const isIgnored = isRoot
        ? this.#ignored.some((pattern) => EVERYTHING.includes(pattern))
        : this.#patterns.matches(path);
      if (isIgnored)
        warn(
          'CopyIgnoredFile',
          `Attempting to ${verb} file ${JSON.stringify(isRoot ? source : path)} that is excluded by .dockerignore`,
          span,
        );
    }
  }
}
