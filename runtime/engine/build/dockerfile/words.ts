import { BareMistake, SyntaxMistake } from './source.ts';

/** A JSON list of strings, or null when the text is something else. */
export function jsonStrings(text: string): string[] | null {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[')) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    return null; // As Docker: then it is taken for words.
  }
  if (!Array.isArray(parsed)) return null;
  if (parsed.every((one) => typeof one === 'string')) return parsed;
  throw new SyntaxMistake('when using JSON array syntax, arrays must be comprised of strings only');
}

/** Splits at white space, without regard to quotes. */
export function plainWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Splits at white space outside quotes; quotes and escapes stay in the words. */
export function splitWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let isInWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote === '' && /\s/.test(character)) {
      if (isInWord) words.push(word);
      word = '';
      isInWord = false;
      continue;
    }
    isInWord = true;
    word += character;
    if (quote !== "'" && character === escape && at + 1 < text.length) {
      at += 1;
      word += text.charAt(at);
    } else if (quote === character) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
  }
  if (isInWord) words.push(word);
  return words;
}

/** A name with its value as written, quotes and all. */
export interface Pair {
  readonly key: string;
  readonly value: string;
  /** The old form, `NAME value with spaces`. */
  readonly legacy: boolean;
}

/** `KEY=VALUE ...`, or the old form `KEY VALUE`. Throws SyntaxMistake. */
export function pairsOf(name: string, text: string, escape: string): Pair[] {
  const words = splitWords(text, escape);
  const [first] = words;
  if (first === undefined) throw new SyntaxMistake(`${name} requires at least one argument`);
  if (!first.includes('=')) {
    const [, key = '', value] = /^(\S+)\s+([^]+)$/.exec(text.trim()) ?? [];
    if (value === undefined) throw new BareMistake(`${name} must have two arguments`);
    return [{ key, value, legacy: true }];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0)
      throw new BareMistake(`Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`);
    if (equals === 0) throw new SyntaxMistake(`${name} names can not be blank`);
    return { key: word.slice(0, equals), value: word.slice(equals + 1), legacy: false };
  });
}
