import { expect, it } from 'vitest';
import { jsonMistake } from './json-mistake.ts';

it.each([
  ['{invalid json', "invalid character 'i' looking for beginning of object key string"],
  ['{} trailing', 'unexpected content after JSON'],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a": 1 "b"}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  ['{"a": ?}', "invalid character '?' looking for beginning of value"],
  ["'x'", String.raw`invalid character '\'' looking for beginning of value`],
  ['{"a": ', 'unexpected EOF'],
  ['{', 'unexpected EOF'],
  ['"open', 'unexpected EOF'],
])('says of %j: %s', (text, words) => {
  let message = '';
  try {
    JSON.parse(text);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(jsonMistake(text, message)).toBe(/after JSON/.test(words) ? words : `invalid JSON: ${words}`);
});
