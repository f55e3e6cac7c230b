import { expect, it } from 'vitest';
import { parseYaml } from './parse.ts';
import { usedVariables } from './variables.ts';

/** As `name`, with what it is without, with, or that it must be. */
const used = (text: string): string[] =>
  usedVariables(parseYaml(text, 'compose.yaml')[0]!).map(
    ({ name, required, fallback, alternative }) =>
      `${name}${required ? ' required' : ''}${fallback === '' ? '' : ` -${fallback}`}${alternative === '' ? '' : ` +${alternative}`}`,
  );

it.each([
  ['a: $B', ['B']],
  ['a: "${B}c$D"', ['B', 'D']],
  ['a: "${B:-c}"\nd: "${B:-e}"', ['B -c']],
  ['a: "${B-}"', ['B']],
  ['a: "${B:+c}"', ['B +c']],
  ['a: "${B:?why} ${C?}"', ['B required', 'C required']],
  ['a: "${B:-${C:-d}x}"', ['B -${C:-d}x', 'C -d']],
  ['a: [{b: $Z}, "$$NOT"]\nc: $A', ['A', 'Z']],
])('variables of %j', (text, names) => {
  expect(used(text)).toEqual(names);
});

it('refuses what is no substitution', () => {
  expect(() => used('a: "${1}"')).toThrow('invalid interpolation format');
});
