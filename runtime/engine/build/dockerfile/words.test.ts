import { describe, expect, it } from 'vitest';
import { parseRunDevice } from './run-devices.ts';
import { readFlags } from './flags.ts';
import { jsonStrings, pairsOf, splitWords } from './words.ts';

describe('words', () => {
  it.each([
    ['a b\tc', ['a', 'b', 'c']],
    ['  a  ', ['a']],
    ['', []],
    ['"a b" c', ['"a b"', 'c']],
    ["'a b'c d", ["'a b'c", 'd']],
    ['a\\ b c', ['a\\ b', 'c']],
    ['"a\\" b" c', ['"a\\" b"', 'c']],
    ["'a\\' b", ["'a\\'", 'b']],
    ['"it\'s one" two', ['"it\'s one"', 'two']],
    ['a="b c"d e', ['a="b c"d', 'e']],
    ['"open till the end', ['"open till the end']],
    ['a\\', ['a\\']],
  ])('%j', (text, words) => {
    expect(splitWords(text, '\\')).toEqual(words);
  });

  it('splits by the escape of the directive', () => {
    expect(splitWords('c:\\a b` c', '`')).toEqual(['c:\\a', 'b` c']);
  });

  it.each([
    ['["a", "b c"]', ['a', 'b c']],
    [' [ ] ', []],
    ['["\\u0061\\n"]', ['a\n']],
    ["['a']", null],
    ['["a"', null],
    ['["a"] b', null],
    ['a', null],
  ])('JSON form %j', (text, words) => {
    expect(jsonStrings(text)).toEqual(words);
  });

  it.each(['[1]', '["a", null]', '[["a"]]'])('refuses a list of other things than strings: %s', (text) => {
    expect(() => jsonStrings(text)).toThrow('arrays must be comprised of strings only');
  });
});

describe('names with values', () => {
  const pairs = (text: string): string[] =>
    pairsOf('ENV', text, '\\').map(({ key, value, legacy }) => `${key}|${value}${legacy ? '|old' : ''}`);

  it.each([
    ['a=b', ['a|b']],
    ['a=b c=d', ['a|b', 'c|d']],
    ['a= b=c', ['a|', 'b|c']],
    ['a="b c" d', null],
    ['a="b c" d=\'e f\'', ['a|"b c"', "d|'e f'"]],
    ['a=b\\ c', ['a|b\\ c']],
    ['a=b=c', ['a|b=c']],
    ['"a b"=c', ['"a b"|c']],
    ['a b c', ['a|b c|old']],
    ['a   b=c', ['a|b=c|old']],
    ['a "b"  c', ['a|"b"  c|old']],
    ['a', null],
    ['=a', null],
  ])('%j', (text, found) => {
    if (found === null) expect(() => pairs(text)).toThrow();
    else expect(pairs(text)).toEqual(found);
  });
});

describe('flags of instructions', () => {
  it('reads texts, switches and lists', () => {
    const copy = readFlags('COPY', ['--from=a=b', '--link', '--parents=false', '--exclude=x', '--exclude=y']);
    expect([copy.text('from'), copy.text('chown')]).toEqual(['a=b', '']);
    expect([copy.switched('link'), copy.switched('parents')]).toEqual([true, false]);
    expect(readFlags('COPY', ['--link=TRUE']).switched('link')).toBe(true);
    expect([copy.list('exclude'), readFlags('RUN', []).list('mount')]).toEqual([['x', 'y'], []]);
    expect(readFlags('COPY', []).switched('link')).toBeNull();
  });

  it.each([
    ['COPY', '--form=a', 'unknown flag: --form (did you mean from?)'],
    ['USER', '--x', 'unknown flag: --x'],
    ['ADD', '--from=a', 'unknown flag: --from'],
    ['COPY', '--from', 'missing a value on flag: --from'],
    ['COPY', '--link=', 'missing a value on flag: --link'],
    ['COPY', '--link=maybe', 'expecting boolean value for flag link, not: maybe'],
    ['COPY', '--from=a --from=b', 'duplicate flag specified: --from'],
    ['ADD', '--link --link=false', 'duplicate flag specified: --link'],
    ['HEALTHCHECK', '--retrys=3', 'unknown flag: --retrys (did you mean retries?)'],
    ['HEALTHCHECK', '--retries', 'missing a value on flag: --retries'],
  ])('%s %s', (instruction, flags, message) => {
    expect(() => readFlags(instruction, flags.split(' '))).toThrow(message);
  });
});

describe('devices of RUN', () => {
  it.each([
    ['a.b/c=d', { name: 'a.b/c=d', required: false }],
    ['class,required', { name: 'class', required: true }],
    ['required=false,name=a.b/c', { name: 'a.b/c', required: false }],
  ])('%s', (text, device) => {
    expect(parseRunDevice(text)).toEqual(device);
  });

  it.each(['', 'required', 'a,b', 'a,name=b', 'a,required=maybe'])('refuses %j', (text) => {
    expect(() => parseRunDevice(text)).toThrow();
  });
});
