/** A command line as the docker CLI reads one (GNU style, short flags combined, values joined or apart). */
export interface FlagSpec {
  /** One letter, without the dash. */
  readonly short?: string;
  /** boolean: no value; string and number: the last wins; list: every one counts. */
  readonly kind: 'boolean' | 'string' | 'list';
  readonly help: string;
  /** Name of the value in help. */
  readonly value?: string;
  /** A boolean that is true unless it is set to false. */
  readonly initial?: true;
  /** A list whose values may hold several, parted by commas. */
  readonly commas?: true;
  /** Understood, but not shown: the older name of another flag. */
  readonly hidden?: true;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

/** Values by flag name, typed by the flag's kind. */
export type FlagValues<S extends FlagSpecs> = {
  readonly [N in keyof S]: S[N]['kind'] extends 'boolean'
    ? boolean
    : S[N]['kind'] extends 'list'
      ? readonly string[]
      : string | undefined;
};

/** The command line is off; the sentence says how. Exit code 125 for run, create and exec, else 1. */
export class UsageError extends Error {}

/** A flag is unknown or has a value that cannot be read: exit code 125 for every command, as docker's. */
export class FlagError extends UsageError {}

/** Too few or too many arguments: exit code 1 for every command. */
export class ArityError extends UsageError {}

export interface ParsedFlags<S extends FlagSpecs> {
  readonly flags: FlagValues<S>;
  readonly args: readonly string[];
}

/**
 * Parses `words`. With `stopAtArgument` everything from the first argument on is left alone, as for `run IMAGE COMMAND
 * --flags-of-the-command`. Throws FlagError.
 */
export function parseFlags<S extends FlagSpecs>(
  specs: S,
  words: readonly string[],
  stopAtArgument: boolean,
): ParsedFlags<S> {
  const values = new Map<string, boolean | string | string[]>();
  const args: string[] = [];
  const queue = [...words];
  const assign = (name: string, label: string, inline: string | undefined): void => {
    const spec = specs[name];
    if (spec === undefined) throw new FlagError(`unknown flag: ${label}`);
    if (spec.kind === 'boolean') {
      const value = inline === undefined ? true : BOOLEANS[inline];
      if (value === undefined)
        throw new FlagError(
          `invalid argument "${inline ?? ''}" for "${flagLabel(name, spec)}" flag: strconv.ParseBool: parsing "${inline ?? ''}": invalid syntax`,
        );
      values.set(name, value);
      return;
    }
    const value = inline ?? queue.shift();
    if (value === undefined) throw new FlagError(`flag needs an argument: ${label}`);
    if (spec.value === 'filter' && !/^.+=/.test(value))
      throw new FlagError(
        `invalid argument "${value}" for "${flagLabel(name, spec)}" flag: bad format of filter (expected name=value)`,
      );
    const several = spec.commas === true ? value.split(',') : [value];
    if (spec.kind === 'list') values.set(name, [...((values.get(name) as string[] | undefined) ?? []), ...several]);
    else values.set(name, value);
  };
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') {
      args.push(...queue);
      break;
    }
    if (word.startsWith('--')) {
      const at = word.indexOf('=');
      const name = at < 0 ? word.slice(2) : word.slice(2, at);
      assign(name, `--${name}`, at < 0 ? undefined : word.slice(at + 1));
    } else if (word.startsWith('-') && word !== '-') {
      assignShort(specs, word.slice(1), assign);
    } else {
      args.push(word);
      if (stopAtArgument) {
        args.push(...queue);
        break;
      }
    }
  }
  const flags = Object.fromEntries(
    Object.entries(specs).map(([name, { kind, initial }]) => [
      name,
      values.get(name) ?? (kind === 'boolean' ? initial === true : kind === 'list' ? [] : undefined),
    ]),
  );
  return { flags: flags as FlagValues<S>, args };
}

/** What Go reads as a boolean. */
/** The words that a boolean flag takes, as Go's strconv.ParseBool. */
export const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false])),
};

/** A flag as messages name it: `-a, --all`. */
export function flagLabel(name: string, spec: FlagSpec | undefined): string {
  return spec?.short === undefined ? `--${name}` : `-${spec.short}, --${name}`;
}

/** `-it`, `-p80:80`, `-p=80:80`, `-n 3`. */
function assignShort(
  specs: FlagSpecs,
  letters: string,
  assign: (name: string, label: string, inline?: string) => void,
): void {
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters.charAt(at);
    const found = Object.entries(specs).find(([, spec]) => spec.short === letter);
    if (found === undefined) throw new FlagError(`unknown shorthand flag: '${letter}' in -${letters}`);
    const [name, spec] = found;
    const rest = letters.slice(at + 1);
    if (spec.kind === 'boolean' && !rest.startsWith('=')) {
      assign(name, `-${letter}`);
      continue;
    }
    assign(name, `-${letter}`, rest === '' ? undefined : rest.replace(/^=/, ''));
    return;
  }
}
