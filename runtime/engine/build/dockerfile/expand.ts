import { ShellPattern } from './shell-pattern.ts';
import { SyntaxMistake } from './source.ts';

/** Values of variables; undefined for one that is not set. */
export type Variables = (name: string) => string | undefined;

export interface ExpandOptions {
  /** The escape character of the Dockerfile: `\` or `` ` ``. */
  readonly escape: string;
  /** Leave quotes and escapes as they are. */
  readonly raw?: boolean;
  /** Leave variables that are not set as they are. */
  readonly keepUnset?: boolean;
  /** Told of each variable that is not set. */
  readonly onUnset?: (name: string) => void;
}

/**
 * Expands variables in a word and takes its quotes off, as a Dockerfile's instructions other than RUN have it: `$v`,
 * `${v}`, with `:-` `-` `:+` `+` `:?` `?`, and the pattern forms `#` `##` `%` `%%` `/` `//`. Throws SyntaxMistake.
 */
export function expandWord(word: string, variables: Variables, options: ExpandOptions): string {
  return new Expansion(word, variables, options).whole();
}

class Expansion {
  readonly #text: string;
  readonly #variables: Variables;
  readonly #options: ExpandOptions;
  #at = 0;

  constructor(text: string, variables: Variables, options: ExpandOptions) {
    this.#text = text;
    this.#variables = variables;
    this.#options = options;
  }

  whole(): string {
    return limited(this.#until(null, this.#options.raw === true));
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  /** Up to an unquoted `stop`, which is taken, or to the end. `raw`: escapes stay. */
  #until(stop: string | null, raw: boolean): string {
    let result = '';
    for (;;) {
      const character = this.#peek();
      if (character === undefined) {
        if (stop !== null) throw new SyntaxMistake(`unexpected end of statement while looking for matching ${stop}`);
        return result;
      }
      if (character === stop) {
        this.#at += 1;
        return result;
      }
      if (character === "'") result += this.#single();
      else if (character === '"') result += this.#double();
      else if (character === '$') result = limited(result + this.#dollar());
      else if (character === this.#options.escape) result += this.#escaped(raw);
      else {
        result += character;
        this.#at += 1;
      }
    }
  }

  #escaped(raw: boolean): string {
    const next = this.#text[this.#at + 1];
    this.#at += 2;
    // One at the very end stands for nothing.
    if (next === undefined) return raw ? this.#options.escape : '';
    return raw ? this.#options.escape + next : next;
  }

  #single(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw new SyntaxMistake('unexpected end of statement while looking for matching single-quote');
    const inside = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return this.#options.raw === true ? `'${inside}'` : inside;
  }

  #double(): string {
    const { escape, raw = false } = this.#options;
    this.#at += 1;
    let result = raw ? '"' : '';
    for (;;) {
      const character = this.#peek();
      if (character === undefined)
        throw new SyntaxMistake('unexpected end of statement while looking for matching double-quote');
      if (character === '"') {
        this.#at += 1;
        return raw ? `${result}"` : result;
      }
      if (character === '$') {
        result = limited(result + this.#dollar());
        continue;
      }
      const next = this.#text[this.#at + 1];
      const escapes = character === escape && (next === '"' || next === '$' || next === escape);
      if (escapes) {
        result += raw ? character + next : next;
        this.#at += 2;
      } else {
        result += character;
        this.#at += 1;
      }
    }
  }

  #dollar(): string {
    const start = this.#at;
    this.#at += 1;
    if (this.#peek() !== '{') {
      const name = this.#name();
      return name === '' ? '$' : this.#value(name, '$' + name);
    }
    this.#at += 1;
    if (this.#peek() === undefined) throw new SyntaxMistake("syntax error: missing '}'");
    if (['{', '}', ':'].includes(this.#peek() ?? '')) throw new SyntaxMistake('syntax error: bad substitution');
    const name = this.#name();
    const operator = this.#peek();
    if (operator === undefined) throw new SyntaxMistake("syntax error: missing '}'");
    this.#at += 1;
    if (operator === '}') return this.#value(name, `\${${name}}`);
    const isUnset = this.#variables(name) === undefined;
    if (isUnset) this.#options.onUnset?.(name);
    const modified = this.#modified(name, operator);
    return isUnset && this.#keepsUnset ? this.#text.slice(start, this.#at) : modified;
  }

  /** What stands behind the operator of `${name...}` has its say. */
  #modified(name: string, operator: string): string {
    if (operator === ':') {
      const second = this.#peek() ?? '';
      this.#at += 1;
      if (!'+-?'.includes(second) || second === '')
        throw new SyntaxMistake(`unsupported modifier (${operator}${second}) in substitution`);
      return this.#conditional(name, second, true);
    }
    if ('+-?'.includes(operator)) return this.#conditional(name, operator, false);
    if (operator === '#' || operator === '%') return this.#strip(name, operator);
    if (operator === '/') return this.#replace(name);
    throw new SyntaxMistake(`unsupported modifier (${operator}) in substitution`);
  }

  get #keepsUnset(): boolean {
    return this.#options.raw === true || this.#options.keepUnset === true;
  }

  #name(): string {
    const rest = this.#text.slice(this.#at);
    const found = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(rest)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #value(name: string, asWritten: string): string {
    const value = this.#variables(name);
    if (value !== undefined) return value;
    this.#options.onUnset?.(name);
    return this.#keepsUnset ? asWritten : '';
  }

  #conditional(name: string, operator: string, emptyCounts: boolean): string {
    const word = this.#until('}', false);
    const value = this.#variables(name);
    const isThere = value !== undefined && !(emptyCounts && value === '');
    if (operator === '+') return isThere ? word : '';
    if (isThere) return value;
    if (operator === '-') return word;
    const what = value === undefined ? 'unset' : 'empty';
    const why = word === '' ? `is not allowed to be ${what}` : word;
    throw new SyntaxMistake(`${name}: ${why}`);
  }

  #strip(name: string, operator: string): string {
    const isGreedy = this.#peek() === operator;
    if (isGreedy) this.#at += 1;
    const pattern = this.#until('}', true);
    const value = this.#variables(name) ?? '';
    const shell = new ShellPattern(pattern, this.#options.escape);
    if (operator === '#') {
      const end = shell.prefix(value, isGreedy);
      return end === null ? value : value.slice(end);
    }
    const start = shell.suffix(value, isGreedy);
    return start === null ? value : value.slice(0, start);
  }

  #replace(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#at += 1;
    const pattern = this.#until('/', true);
    const replacement = this.#until('}', true);
    const value = this.#variables(name) ?? '';
    const shell = new ShellPattern(pattern, this.#options.escape);
    let result = '';
    let at = 0;
    for (let from = 0; from <= value.length;) {
      const found = shell.find(value, from);
      if (found === null) break;
      result = limited(`${result}${value.slice(at, found.start)}${replacement}`);
      at = found.end;
      if (!all) break;
      // Nothing found is found again in the same place.
      from = found.end === found.start ? found.end + 1 : found.end;
    }
    return result + value.slice(at);
  }
}

/** Characters of one word: the kernel gives no process a variable or an argument of more than 128 KiB. */
const WORD_MAX = 1024 * 1024;

/** A few lines, each of which has the one before ten times, would fill all memory. */
function limited(word: string): string {
  if (word.length > WORD_MAX) throw new SyntaxMistake(`a word of more than ${WORD_MAX} characters`);
  return word;
}
