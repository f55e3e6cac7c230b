import type { DockerApi } from '../common/docker-api.ts';
import type { ComposeFlags } from './compose/globals.ts';
import type { ManifestRegistry } from './manifests/registry.ts';
import { ArityError, parseFlags, type FlagSpecs, type FlagValues } from './flags/flags.ts';

/** What a command's arguments name, for completion. */
export type Completes = 'container' | 'image' | 'network' | 'volume' | 'context' | 'plugin' | 'object';

/** What a command may use of the world. */
export interface CliContext {
  readonly api: DockerApi;
  /** The newest version of the API that is spoken; `api` has the one in use. */
  readonly newestVersion: string;
  /** Registries, for what is done without an engine. Loaded when it is asked for. */
  readonly registry: () => Promise<ManifestRegistry>;
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** What stood between `compose` and its command. */
  readonly compose?: ComposeFlags;
}

/** One verb of the command line, with its flags closed over. */
export interface Command {
  readonly name: string;
  /** After the program's and the command's name: `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  readonly usage: string;
  readonly summary: string;
  readonly specs: FlagSpecs;
  readonly completes: Completes | null;
  /** Everything from the first argument on belongs to the argument. */
  readonly stopsAtArgument: boolean;
  /** Exit code of a wrong command line or an engine error: 125 for commands that pass a process's code on. */
  readonly failureCode: number;
  /** Returns the exit code. Throws UsageError, DockerApiError. */
  invoke(context: CliContext, words: readonly string[]): Promise<number>;
}

/** Makes a command; its `run` gets flags with the types its specs say. */
export function command<S extends FlagSpecs>(definition: {
  name: string;
  usage: string;
  summary: string;
  specs: S;
  /** Leave everything from the first argument on alone. */
  stopAtArgument?: boolean;
  /** Fewest and most arguments. */
  arity?: readonly [number, number];
  completes?: Completes;
  /** Looked at before the command line is: whether the engine has this at all. */
  before?: (context: CliContext, name: string) => Promise<void>;
  failureCode?: number;
  run: (context: CliContext, flags: FlagValues<S>, args: readonly string[]) => Promise<number>;
}): Command {
  const [least, most] = definition.arity ?? [0, Number.POSITIVE_INFINITY];
  return {
    name: definition.name,
    usage: definition.usage,
    summary: definition.summary,
    specs: definition.specs,
    completes: definition.completes ?? null,
    stopsAtArgument: definition.stopAtArgument ?? false,
    failureCode: definition.failureCode ?? 1,
    invoke: async (context, words) => {
      await definition.before?.(context, definition.name);
      const { flags, args } = parseFlags(definition.specs, words, definition.stopAtArgument ?? false);
      assertArity(definition.name, args.length, least, most);
      return await definition.run(context, flags, args);
    },
  };
}

function assertArity(name: string, count: number, least: number, most: number): void {
  if (count >= least && count <= most) return;
  const plural = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`;
  const wanted =
    least === most
      ? least === 0
        ? 'accepts no arguments'
        : `requires exactly ${plural(least)}`
      : count < least
        ? `requires at least ${plural(least)}`
        : `requires at most ${plural(most)}`;
  throw new ArityError(`berth: 'berth ${name}' ${wanted}`);
}
