import { expect, it } from 'vitest';
import { checkDockerfile } from './check.ts';
import { nearest } from './source.ts';

it('tells what keeps a file from being built, and where', () => {
  expect(checkDockerfile('FROM a\n\nCOPPY x /\n')).toEqual({
    problem: { message: 'unknown instruction: COPPY (did you mean COPY?)', span: { start: 3, end: 3 } },
    warnings: [],
    stages: [],
  });
  expect(checkDockerfile('').problem?.message).toBe('file with no instructions');
});

it('tells of stages, and of what should be otherwise', () => {
  const { problem, warnings, stages } = checkDockerfile('FROM a AS Base\nFROM base\nMAINTAINER me\n');
  expect(problem).toBeNull();
  expect(stages).toEqual([
    { as: 'base', image: 'a', line: 1 },
    { as: '', image: 'base', line: 2 },
  ]);
  expect(warnings.map(({ rule, span }) => [rule, span.start])).toEqual([
    ['StageNameCasing', 1],
    ['MaintainerDeprecated', 3],
  ]);
});

it('compares no names of many thousand characters letter by letter', () => {
  const name = 'a'.repeat(100_000);
  expect(nearest(`${name}b`, [name])).toBeNull();
  expect(nearest('abdc', ['abcd', name])).toBe('abcd');
});
