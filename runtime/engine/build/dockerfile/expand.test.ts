import { describe, expect, it } from 'vitest';
import { expandWord } from './expand.ts';

const VALUES: Readonly<Record<string, string>> = { A: 'one', EMPTY: '', P: 'a.b.c' };
const expand = (word: string): string => expandWord(word, (name) => VALUES[name], { escape: '\\' });

describe('variables in a word', () => {
  it.each([
    ['$A', 'one'],
    ['${A}x', 'onex'],
    ['$NONE', ''],
    ['${NONE:-two}', 'two'],
    ['${EMPTY:-two}', 'two'],
    ['${EMPTY-two}', ''],
    ['${A:+set}', 'set'],
    ['${EMPTY:+set}', ''],
    ['${NONE:-${A}}', 'one'],
    ['\\$A', '$A'],
    ["'$A'", '$A'],
    ['"$A"', 'one'],
    ['${P#*.}', 'b.c'],
    ['${P##*.}', 'c'],
    ['${P%.*}', 'a.b'],
    ['${P%%.*}', 'a'],
    ['${P/./-}', 'a-b.c'],
    ['${P//./-}', 'a-b-c'],
    ['${P%?}', 'a.b.'],
    ['${P#?.*.}', 'c'],
    ['${P%%.?.*}', 'a'],
    ['${P%\\*}', 'a.b.c'],
    ['${P/.*.*/-}', 'a-'],
    ['${P//?./-}', '--c'],
    ['${P/*/x}', 'x'],
    ['${P/c*d/x}', 'a.b.c'],
    ['${EMPTY/*/x}', 'x'],
    // One in another, to any depth.
    ['${NONE:-${NONE:-${A}-$P}}x', 'one-a.b.cx'],
    ['${A:+${EMPTY:-${P#a.}}}', 'b.c'],
    ['${NONE:-"a } b"}', 'a } b'],
    ["${NONE:-'$A'}", '$A'],
    ['${NONE-\\}}', '}'],
    ['${NONE:+${A:?}}', ''],
    ['"${NONE:-"$A"}"', 'one'],
    ['${P/${A}/x}', 'a.b.c'],
    ['${P/b/${A}}', 'a.one.c'],
    ['${P#$NONE}', 'a.b.c'],
    ['$A$A$', 'oneone$'],
    ['$A.$A_', 'one.'],
    ['\\${A}', '${A}'],
    ['"\\$A"', '$A'],
    ['a\\', 'a'],
  ])('%s is %s', (word, result) => {
    expect(expand(word)).toBe(result);
  });

  it.each(['${A', '${NONE:?is needed}', '${A:!x}', '${A:-${P}', '${}', '"$A', "'$A", '${NONE:-${NONE?}}', '${{A}}'])(
    'refuses %s',
    (word) => {
      expect(() => expand(word)).toThrow();
    },
  );

  it('says whether a variable that is needed is unset or empty', () => {
    const values: Record<string, string> = { EMPTY: '' };
    const read = (word: string) => (): string => expandWord(word, (name) => values[name], { escape: '\\' });
    expect(read('${NONE:?}')).toThrow('NONE: is not allowed to be unset');
    expect(read('${EMPTY:?}')).toThrow('EMPTY: is not allowed to be empty');
    expect(read('${EMPTY?}')()).toBe('');
  });

  it('leaves what has no variables, quotes and escapes as it is', () => {
    for (let code = 32; code < 127; code += 1) {
      const text = `a${String.fromCharCode(code)}b`;
      if (!/[$'"\\]/.test(text)) expect(expand(text)).toBe(text);
    }
  });
});

describe('variables that are not set', () => {
  it.each([
    ['$A $B', '1 $B', ['B']],
    ['${B:-x} ${A:-y}', '${B:-x} 1', ['B']],
    ['${B:+x}${B#*.}', '${B:+x}${B#*.}', ['B', 'B']],
  ])('%s', (word, shown, unset) => {
    const told: string[] = [];
    const onUnset = (name: string): void => void told.push(name);
    const variables = (name: string): string | undefined => (name === 'A' ? '1' : undefined);
    expect(expandWord(word, variables, { escape: '\\', raw: true, onUnset })).toBe(shown);
    expect(told).toEqual(unset);
  });
});

describe('a word that is made to cost much', () => {
  const long = 'a'.repeat(5000);
  const stars = `${'a*'.repeat(24)}b`;
  const costly = (word: string): string => expandWord(word, () => long, { escape: '\\' });

  it.each([
    `\${L#${stars}}`,
    `\${L##${stars}}`,
    `\${L%${stars}}`,
    `\${L%%${stars}}`,
    `\${L/${stars}/x}`,
    `\${L//${stars}/x}`,
  ])('takes no longer for many stars: %s', (word) => {
    expect(costly(word)).toBe(long);
  });

  it.each(['$L'.repeat(1000), `"${'$L'.repeat(1000)}"`, '${L//a/$L}', '${N:-${L//a/$L}}'])(
    'fills no memory: %.20s',
    (word) => {
      expect(() => costly(word)).toThrow('a word of more than 1048576 characters');
    },
  );
});
