import { expect, it } from 'vitest';
import { problemOf, summarized } from './problem.ts';

const ERROR = `dockerfile parse error on line 3: unknown instruction: COPPY (did you mean COPY?)
Dockerfile:3-4
--------------------
   1 |     FROM a
   2 |
   3 | >>> COPPY a \\
   4 | >>>   b
   5 |     # a | b
--------------------`;

it('finds file, lines and excerpt', () => {
  expect(problemOf(ERROR)).toEqual({
    message: 'unknown instruction: COPPY (did you mean COPY?)',
    file: 'Dockerfile',
    start: 3,
    end: 4,
    excerpt: [
      { line: 1, text: 'FROM a', meant: false },
      { line: 2, text: '', meant: false },
      { line: 3, text: 'COPPY a \\', meant: true },
      { line: 4, text: '  b', meant: true },
      { line: 5, text: '# a | b', meant: false },
    ],
  });
  expect(problemOf(ERROR.replace('3-4', '3'))).toMatchObject({ start: 3, end: 3 });
});

it('takes any other error as it is', () => {
  expect(problemOf('')).toBeNull();
  expect(problemOf('pull access denied\nfor x')).toMatchObject({ message: 'pull access denied\nfor x', excerpt: [] });
  expect(summarized('pull access denied\nfor x')).toBe('pull access denied');
});
