/** Stands for any one character. */
const ANY = Symbol('?');
type Part = readonly (string | typeof ANY)[];

/** Where something was found in a text: from its first character to behind its last. */
export interface Found {
  readonly start: number;
  readonly end: number;
}

/**
 * A shell pattern of `*`, `?` and escapes. What stands between its stars is looked for in turn, so that no pattern of a
 * Dockerfile takes longer than its length times the text's: a regular expression would try every place for every star.
 */
export class ShellPattern {
  /** What stands before, between and behind the stars. */
  readonly #parts: readonly Part[];

  constructor(pattern: string, escape: string) {
    const parts: (string | typeof ANY)[][] = [[]];
    for (let at = 0; at < pattern.length; at += 1) {
      const character = pattern.charAt(at);
      if (character === '*') parts.push([]);
      else if (character === '?') parts.at(-1)?.push(ANY);
      else if (character !== escape) parts.at(-1)?.push(character);
      else if (at + 1 < pattern.length) {
        at += 1;
        parts.at(-1)?.push(pattern.charAt(at));
      }
    }
    this.#parts = parts;
  }

  /** The end of the shortest or longest beginning of a text that the pattern means, or null. */
  prefix(text: string, longest: boolean): number | null {
    return prefixOf(this.#parts, text, longest);
  }

  /** The start of the shortest or longest end of a text that the pattern means, or null. */
  suffix(text: string, longest: boolean): number | null {
    const mirrored = this.#parts.map((part) => part.toReversed()).reverse();
    const end = prefixOf(mirrored, text.split('').reverse().join(''), longest);
    return end === null ? null : text.length - end;
  }

  /** The leftmost, and there the longest, part of a text from `from` on that the pattern means, or null. */
  find(text: string, from: number): Found | null {
    const [first = [], ...rest] = this.#parts;
    // If what follows is not behind the first place, it is not behind a later one.
    const start = placeOf(first, text, from);
    const end = start === null ? null : endOf(rest, text, start + first.length, true);
    return start === null || end === null ? null : { start, end };
  }
}

function prefixOf([first = [], ...rest]: readonly Part[], text: string, longest: boolean): number | null {
  return standsAt(first, text, 0) ? endOf(rest, text, first.length, longest) : null;
}

/** Where the parts behind the first star end at the earliest or latest, each somewhere behind the one before. */
function endOf(parts: readonly Part[], text: string, from: number, latest: boolean): number | null {
  let at = from;
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const place = isLast && latest ? lastPlaceOf(part, text, at) : placeOf(part, text, at);
    if (place === null) return null;
    at = place + part.length;
  }
  return at;
}

function placeOf(part: Part, text: string, from: number): number | null {
  for (let at = from; at + part.length <= text.length; at += 1) if (standsAt(part, text, at)) return at;
  return null;
}

function lastPlaceOf(part: Part, text: string, from: number): number | null {
  for (let at = text.length - part.length; at >= from; at -= 1) if (standsAt(part, text, at)) return at;
  return null;
}

function standsAt(part: Part, text: string, at: number): boolean {
  return at + part.length <= text.length && part.every((one, index) => one === ANY || one === text[at + index]);
}
