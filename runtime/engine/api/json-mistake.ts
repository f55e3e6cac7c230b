/** What a parser of this runtime says, and what dockerd's says of the same: tools look for the latter. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^Expected property name/, 'looking for beginning of object key string'],
  [/^Expected double-quoted property name/, 'looking for beginning of object key string'],
  [/^Expected ':'/, 'after object key'],
  [/^Expected ',' or '}'/, 'after object key:value pair'],
  [/^Expected ',' or ']'/, 'after array element'],
  [/^Bad control character/, 'in string literal'],
  [/^Bad escaped character/, 'in string escape code'],
  [/^Unexpected token/, 'looking for beginning of value'],
];

/** Why a text is not JSON, in dockerd's words. `message` is that of `JSON.parse`. */
export function jsonMistake(text: string, message: string): string {
  if (/^Unexpected non-whitespace character after JSON/.test(message)) return 'unexpected content after JSON';
  const [, position = ''] = /at position (\d+)/.exec(message) ?? [];
  const [, token = ''] = /^Unexpected token '(.)'/su.exec(message) ?? [];
  const place = PLACES.find(([words]) => words.test(message))?.[1];
  const character = token === '' && position !== '' ? text.charAt(Number(position)) : token;
  const isEnd = /^(?:Unexpected end|Unterminated)/.test(message) || (position !== '' && character === '');
  if (isEnd) return 'invalid JSON: unexpected EOF';
  if (place === undefined || character === '') return `invalid JSON: ${message}`;
  return `invalid JSON: invalid character ${quoted(character)} ${place}`;
}

/** A character as Go's encoding/json quotes it. */
function quoted(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}
