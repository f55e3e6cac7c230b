/** Colours of services' names, in turns. */
const COLOURS = ['36', '33', '32', '35', '34', '96', '93', '92', '95', '94'];

/** Before what is said of files that are watched, where else a container's name stands; as docker compose has it. */
export const WATCH_PREFIX = '  \u29bf ';

/** Prints lines of several containers, each behind its name. */
export class LogPrinter {
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;
  readonly #prefix: boolean;
  readonly #colour: boolean;
  readonly #colours = new Map<string, string>();
  #width = 0;

  constructor(
    streams: { readonly stdout: NodeJS.WriteStream; readonly stderr: NodeJS.WriteStream },
    { prefix, colour }: { readonly prefix: boolean; readonly colour: boolean },
  ) {
    this.#stdout = streams.stdout;
    this.#stderr = streams.stderr;
    this.#prefix = prefix;
    this.#colour = colour && streams.stdout.isTTY;
  }

  /** Makes room for a name, so that names stand in a column. */
  add(name: string): void {
    this.#width = Math.max(this.#width, name.length);
    if (!this.#colours.has(name)) this.#colours.set(name, COLOURS[this.#colours.size % COLOURS.length] ?? '36');
  }

  print(name: string, text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    const sink = stream === 'stderr' ? this.#stderr : this.#stdout;
    sink.write(`${this.#label(name)}${text}\n`);
  }

  /** Says something of a container that it did not say itself. */
  tell(name: string, text: string): void {
    this.#stdout.write(`${this.#coloured(name, name)} ${text}\n`);
  }

  #label(name: string): string {
    return this.#prefix ? this.#coloured(name, `${name.padEnd(this.#width)}  | `) : '';
  }

  #coloured(name: string, text: string): string {
    return this.#colour ? `\u001b[${this.#colours.get(name) ?? '36'}m${text}\u001b[0m` : text;
  }
}

/** A container's name without its project's: `web-1`. */
export function shortName(project: string, name: string): string {
  return name.startsWith(`${project}-`) ? name.slice(project.length + 1) : name;
}
