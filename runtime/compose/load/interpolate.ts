/** Values by name; undefined for what is not set. */
export type Variables = (name: string) => string | undefined;

/** A text that is no valid substitution, or a `${NAME:?message}` whose name has no value. */
export class InterpolationError extends Error {}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * Replaces `$NAME`, `${NAME}` and the forms of the Compose spec (12, "Interpolation"): `:-` and `-` (default), `:?` and
 * `?` (required), `:+` and `+` (alternative), nested in each other; `$$` is a dollar. `missing` is told of a name
 * without a value. Throws InterpolationError.
 */
export function interpolate(
  text: string,
  variables: Variables,
  missing: (name: string) => void = () => undefined,
): string {
  if (!text.includes('$')) return text;
  let result = '';
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('$', at);
    if (next < 0) return result + text.slice(at);
    result += text.slice(at, next);
    const rest = text.slice(next + 1);
    if (rest.startsWith('$')) {
      result += '$';
      at = next + 2;
      continue;
    }
    if (rest.startsWith('{')) {
      // JSON as a default has braces of its own; those of a text that is not whole count for nothing.
      const whole = closing(text, next + 1, /\{/y);
      const end = whole < 0 ? closing(text, next + 1, /(?<=\$)\{/y) : whole;
      if (end < 0) throw new InterpolationError(`invalid interpolation format: "${text}": "\${" is not closed`);
      result += substitute(text.slice(next + 2, end), variables, missing);
      at = end + 1;
      continue;
    }
    const name = NAME.exec(rest)?.[0];
    // A dollar before anything else stands for itself, as in a password or a pattern.
    result += name === undefined ? '$' : valueOf(name, variables, missing);
    at = next + 1 + (name?.length ?? 0);
  }
  return result;
}

/** The index of the brace that closes the one at `open`, or -1; `opening` are those that count. */
function closing(text: string, open: number, opening: RegExp): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    opening.lastIndex = at;
    if (opening.test(text)) depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function valueOf(name: string, variables: Variables, missing: (name: string) => void): string {
  const value = variables(name);
  if (value === undefined) missing(name);
  return value ?? '';
}

function substitute(expression: string, variables: Variables, missing: (name: string) => void): string {
  const name = NAME.exec(expression)?.[0];
  if (name === undefined) throw new InterpolationError(`invalid interpolation format: "\${${expression}}"`);
  const rest = expression.slice(name.length);
  if (rest === '') return valueOf(name, variables, missing);
  const match = /^(:?)([-?+])/.exec(rest);
  if (match === null) throw new InterpolationError(`invalid interpolation format: "\${${expression}}"`);
  const [operator, colon, kind] = match;
  const word = rest.slice(operator.length);
  const value = variables(name);
  const isSet = value !== undefined && (colon === '' || value !== '');
  switch (kind) {
    case '-':
      return isSet ? value : interpolate(word, variables, missing);
    case '+':
      return isSet ? interpolate(word, variables, missing) : '';
    default: {
      if (isSet) return value;
      const reason = interpolate(word, variables, missing);
      throw new InterpolationError(`required variable ${name} is missing a value${reason === '' ? '' : `: ${reason}`}`);
    }
  }
}
