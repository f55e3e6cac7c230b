/** A pattern that cannot be read. */
export class PatternError extends Error {}

interface Rule {
  readonly matcher: Matcher;
  readonly negated: boolean;
}

/** Patterns of `.dockerignore` and `--exclude`: the last one that matches decides. */
export class Patterns {
  readonly #rules: readonly Rule[];

  /** Throws PatternError. */
  constructor(patterns: readonly string[]) {
    this.#rules = patterns.map((pattern) => {
      const negated = pattern.startsWith('!');
      const body = negated ? pattern.slice(1) : pattern;
      if (body === '') throw new PatternError('illegal exclusion pattern: "!"');
      return { matcher: matcherOf(cleanPattern(body)), negated };
    });
  }

  /** Whether something in a directory that is meant may not be. */
  get hasExceptions(): boolean {
    return this.#rules.some(({ negated }) => negated);
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Whether a path without leading slash is meant; what is meant of a directory is meant of all in it. */
  matches(path: string): boolean {
    const prefixes: string[] = [];
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
      prefixes.push(path.slice(0, slash));
    prefixes.push(path);
    let matched = false;
    for (const { matcher, negated } of this.#rules) {
      // A rule that would change nothing need not be looked at.
      if (negated !== matched) continue;
      if (prefixes.some((prefix) => matcher.test(prefix))) matched = !negated;
    }
    return matched;
  }
}

/** The patterns of a `.dockerignore` file. */
export function dockerignorePatterns(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const negated = trimmed.startsWith('!');
    const body = negated ? trimmed.slice(1).trim() : trimmed;
    if (negated && body === '') throw new PatternError('illegal exclusion pattern: "!"');
    const clean = cleanPattern(body);
    patterns.push(negated ? `!${clean}` : clean);
  }
  return patterns;
}

/** Go's path.Clean, without the leading slash. */
function cleanPattern(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !pattern.startsWith('/')) parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}

/** A pattern that is ready to be held against paths. */
export interface Matcher {
  test(path: string): boolean;
}

/** A piece of a pattern: as a regular expression, and as what a single character is asked. */
interface Piece {
  readonly source: string;
  readonly takes: (character: string) => boolean;
  /** Any number of such characters; `directories`: none, or any number with a slash at the end. */
  readonly repeats?: 'characters' | 'directories';
}

const isAny = (): boolean => true;
const isNoSlash = (character: string): boolean => character !== '/';
const ANYTHING: Piece = { source: '.*', takes: isAny, repeats: 'characters' };
const DIRECTORIES: Piece = { source: '(?:.*/)?', takes: isAny, repeats: 'directories' };
const STAR: Piece = { source: '[^/]*', takes: isNoSlash, repeats: 'characters' };
const ONE: Piece = { source: '[^/]', takes: isNoSlash };

function matcherOf(pattern: string): Matcher {
  return compiled(piecesOf(pattern, true), pattern);
}

/** A path pattern of COPY and ADD (Go's filepath.Match): `*` and `?` stay within one part. Throws PatternError. */
export function globMatcher(pattern: string): Matcher {
  return compiled(piecesOf(pattern, false), pattern);
}

function piecesOf(pattern: string, hasDoubleStars: boolean): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (hasDoubleStars && character === '*' && pattern[at + 1] === '*') {
      at += 1;
      const isEnding = at === 1 && pattern[at + 1] !== '/' && !/[\\*?[]/.test(pattern.slice(at + 1));
      if (pattern[at + 1] === '/') at += 1;
      // Docker takes `**.log` for whatever ends so.
      pieces.push(isEnding || at + 1 >= pattern.length ? ANYTHING : DIRECTORIES);
    } else if (character === '*') pieces.push(STAR);
    else if (character === '?') pieces.push(ONE);
    else if (character === '\\') {
      at += 1;
      if (at >= pattern.length) throw badPattern(pattern);
      pieces.push(literal(pattern.charAt(at)));
    } else if (character === '[') {
      const end = classEnd(pattern, at);
      const source = classSource(pattern.slice(at + 1, end));
      const expression = expressionOf(source, pattern);
      pieces.push({ source, takes: (one) => expression.test(one) });
      at = end;
    } else pieces.push(literal(character));
  }
  return pieces;
}

/** Whether a path of COPY or ADD has a pattern in it. */
export function hasWildcard(path: string): boolean {
  return /(^|[^\\])(?:\\\\)*[*?[]/.test(path);
}

function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') throw badPattern(pattern);
  for (; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === ']') return at;
  }
  throw badPattern(pattern);
}

function classSource(inside: string): string {
  const negated = inside.startsWith('^');
  const body = (negated ? inside.slice(1) : inside).replaceAll(/\\(.)|[[\]^&]/g, (found, escaped?: string) =>
    escaped === undefined ? `\\${found}` : /[\w]/.test(escaped) ? escaped : `\\${escaped}`,
  );
  return negated ? `[^/${body}]` : `[${body}]`;
}

/** With so few parts of any length a regular expression is the fastest, and cannot take long. */
const REPEATS_MAX = 2;

/**
 * A regular expression tries every place for every star: 24 of them in a pattern, and a long name, would keep the engine
 * busy for ever. So with more of them all places are followed at once, which takes pieces times characters at most.
 */
function compiled(pieces: readonly Piece[], pattern: string): Matcher {
  if (pieces.filter(({ repeats }) => repeats !== undefined).length <= REPEATS_MAX)
    return expressionOf(`^${pieces.map(({ source }) => source).join('')}$`, pattern);
  return { test: (path) => matchesAll(pieces, path) };
}

function matchesAll(pieces: readonly Piece[], path: string): boolean {
  const end = pieces.length;
  // Places before a piece that the path so far may have led to, and those in the middle of directories.
  let before = new Uint8Array(end + 1);
  let within = new Uint8Array(end + 1);
  let nextBefore = new Uint8Array(end + 1);
  let nextWithin = new Uint8Array(end + 1);
  before[0] = 1;
  passRepeats(pieces, before);
  for (let index = 0; index < path.length; index += 1) {
    const character = path.charAt(index);
    nextBefore.fill(0);
    nextWithin.fill(0);
    for (const [at, { takes, repeats }] of pieces.entries()) {
      if (repeats === 'directories') {
        if (before[at] !== 1 && within[at] !== 1) continue;
        nextWithin[at] = 1;
        if (character === '/') nextBefore[at + 1] = 1;
      } else if (before[at] === 1 && takes(character)) nextBefore[repeats === undefined ? at + 1 : at] = 1;
    }
    passRepeats(pieces, nextBefore);
    [before, nextBefore] = [nextBefore, before];
    [within, nextWithin] = [nextWithin, within];
  }
  return before[end] === 1;
}

/** What may be there any number of times may be left out. */
function passRepeats(pieces: readonly Piece[], before: Uint8Array): void {
  for (const [at, { repeats }] of pieces.entries()) if (before[at] === 1 && repeats !== undefined) before[at + 1] = 1;
}

function expressionOf(source: string, pattern: string): RegExp {
  try {
    return new RegExp(source, 's');
  } catch (error) {
    throw new PatternError(`${JSON.stringify(pattern)}: syntax error in pattern`, { cause: error });
  }
}

function badPattern(pattern: string): PatternError {
  return new PatternError(`${JSON.stringify(pattern)}: syntax error in pattern`);
}

function literal(character: string): Piece {
  const source = character.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return { source, takes: (one) => one === character };
}
