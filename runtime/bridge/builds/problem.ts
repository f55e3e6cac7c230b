import type { BuildProblem } from '../../contract/builds.ts';

/** `Dockerfile:3`, a rule, the lines around it with those meant marked, a rule: as BuildKit shows where something is. */
const EXCERPT = /(?:^|\n)([^\n]+):(\d+)(?:-(\d+))?\n-{20}\n([^]*?)\n?-{20}\s*$/;
const ROW = /^\s*(\d+) \|(?: (>>>| {3})(?: (.*))?)?$/;

/** Takes an engine's error apart; null when there is none. */
export function problemOf(error: string): BuildProblem | null {
  if (error === '') return null;
  const found = EXCERPT.exec(error);
  if (found === null) return { message: error, file: '', start: 0, end: 0, excerpt: [] };
  const [, file = '', start = '', end = start, rows = ''] = found;
  return {
    message: error
      .slice(0, found.index)
      .trim()
      .replace(/^dockerfile parse error on line \d+: /, ''),
    file,
    start: Number(start),
    end: Number(end),
    excerpt: rows.split('\n').flatMap((row) => {
      const [all, line = '', mark = '', text = ''] = ROW.exec(row) ?? [];
      return all === undefined ? [] : [{ line: Number(line), text, meant: mark === '>>>' }];
    }),
  };
}

/** The first line of an error. */
export function summarized(error: string): string {
  return (problemOf(error)?.message ?? '').split('\n')[0] ?? '';
}
