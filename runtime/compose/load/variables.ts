import { interpolate } from './interpolate.ts';
import { mapStrings, type Node } from './node.ts';

/** A variable that a Compose file uses (`config --variables`). */
export interface UsedVariable {
  readonly name: string;
  /** Whether there is no project without it: `${NAME:?why}`. */
  readonly required: boolean;
  /** What stands in its place when it is not set; '' for nothing. */
  readonly fallback: string;
  /** What stands in its place when it is set; '' for its value. */
  readonly alternative: string;
}

const EXPRESSION = /^([A-Za-z_][A-Za-z0-9_]*)(?::?([-?+])([^]*))?$/;

/** The variables of texts, by name, each as its first use has it; those within defaults too. */
export function usedVariables(root: Node): UsedVariable[] {
  const found = new Map<string, UsedVariable>();
  mapStrings(root, (text) => {
    for (const one of variablesIn(text)) if (!found.has(one.name)) found.set(one.name, one);
    return text;
  });
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The variables of one text, in order. Throws InterpolationError for what is no substitution. */
function variablesIn(text: string): UsedVariable[] {
  const found: UsedVariable[] = [];
  for (const [written, braced, bare] of expressions(text)) {
    const [, name = '', operator = '', word = ''] = EXPRESSION.exec(braced ?? bare ?? '') ?? [];
    if (name === '') interpolate(written, () => undefined);
    else
      found.push({
        name,
        required: operator === '?',
        fallback: operator === '-' ? word : '',
        alternative: operator === '+' ? word : '',
      });
    found.push(...variablesIn(word));
  }
  return found;
}

/** `$NAME` and `${...}` of a text, the latter with what is between the braces, whatever is nested in it. */
function* expressions(
  text: string,
): Generator<[written: string, braced: string | undefined, bare: string | undefined]> {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '$') continue;
    if (text[at + 1] === '$') {
      at += 1;
      continue;
    }
    if (text[at + 1] !== '{') {
      const bare = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text.slice(at + 1))?.[0];
      yield [text.slice(at), undefined, bare];
      continue;
    }
    let depth = 0;
    let end = at + 1;
    for (; end < text.length; end += 1) {
      if (text[end] === '{' && text[end - 1] === '$') depth += 1;
      else if (text[end] === '}') depth -= 1;
      if (depth === 0) break;
    }
    yield [text.slice(at), text.slice(at + 2, end), undefined];
    at = end;
  }
}
