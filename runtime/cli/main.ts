import { DockerApi } from '../common/docker-api.ts';
import { DockerConfig, dockerConfigDirectory } from '../common/docker-config.ts';
import type { CliContext, Command } from './command.ts';
import { explain } from './explain.ts';
import { OWN_VERSION } from './own-version.ts';
import { StartError } from './start-error.ts';
import { CliError } from './cli-error.ts';
import { completions, completionScript } from './completion.ts';
import { parseComposeFlags, type ComposeFlags } from './compose/globals.ts';
import { ArityError, FlagError, UsageError } from './flags/flags.ts';
import { engineAddress, parseGlobals } from './globals.ts';
import { commandHelp, groupHelp, overview } from './help.ts';
import type { ManifestRegistry } from './manifests/registry.ts';
import { requestHeaders } from './docker-settings.ts';
import { findCommand, GROUPS } from './tree.ts';
import { visible } from './output/visible.ts';

/** The newest version of Docker's API whose fields are shown. */
const API_VERSION = '1.51';

/** Docker's exit code of a command line with a wrong flag. */
const FLAG_FAILURE = 125;

/** What a command runs in: the process's own, unless another is given. */
export interface CliSurroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * Runs one command of the `berth` CLI: `given` are its words, `ownSocket` is where this user's engine listens,
 * `registryOf` leads to registries with the logins of a configuration. Returns the
 * exit code: that of the process for run, exec and attach, else 0, or 1 (125 for run) with a sentence on standard error.
 */
export async function runCli(
  given: readonly string[],
  ownSocket: string,
  registryOf: (config: DockerConfig) => Promise<ManifestRegistry>,
  surroundings?: CliSurroundings,
): Promise<number> {
  const { environment, stdin, stdout, stderr } = surroundings ?? {
    environment: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  };
  let api: DockerApi | null = null;
  try {
    const globals = parseGlobals(given, environment);
    const version = globals.environment['DOCKER_API_VERSION']?.replace(/^v/, '') || API_VERSION;
    const headers = await requestHeaders(globals.environment);
    api = new DockerApi(await engineAddress(globals, ownSocket), version, headers);
    const context: CliContext = {
      api,
      newestVersion: API_VERSION,
      registry: () => registryOf(new DockerConfig(dockerConfigDirectory(globals.environment), globals.environment)),
      environment: globals.environment,
      stdin,
      stdout,
      stderr,
    };
    return await runWords(globals.words, context);
  } catch (error) {
    if (!(error instanceof CliError) && !(error instanceof FlagError)) throw error;
    stderr.write(`${error.message}\n`);
    return error instanceof CliError ? error.exitCode : FLAG_FAILURE;
  } finally {
    api?.close(); // An idle connection through ssh would keep this process.
  }
}

async function runWords(given: readonly string[], plain: CliContext): Promise<number> {
  const split = splitCompose(given);
  if (typeof split === 'string') {
    plain.stderr.write(`${split}\n`);
    return FLAG_FAILURE;
  }
  const { words } = split;
  const context: CliContext = split.compose === undefined ? plain : { ...plain, compose: split.compose };
  const [first = ''] = words;
  if (first === '__complete') {
    context.stdout.write((await completions(context, words.slice(1))).map((one) => `${one}\n`).join(''));
    return 0;
  }
  if (first === 'completion') return printScript(context, words[1] ?? '');
  if (first === '--version') {
    context.stdout.write(`Berth version ${OWN_VERSION}\n`);
    return 0;
  }
  const asksHelp = ['', 'help', '--help', '-h'].includes(first);
  const asked = asksHelp ? words.slice(1) : words;
  const found = findCommand(asked);
  if (found === null) return explainWords(context, asked, asksHelp);
  const { chosen, rest, name } = found;
  if (asksHelp || wantsHelp(chosen, rest)) {
    context.stdout.write(commandHelp(chosen, name));
    return 0;
  }
  return invoke(chosen, name, context, rest);
}

/** Takes out what stands between `compose` and its command; a sentence when it cannot be read. */
function splitCompose(words: readonly string[]): { words: readonly string[]; compose?: ComposeFlags } | string {
  if (words[0] !== 'compose' || ['--help', '-h'].includes(words[1] ?? '')) return { words };
  try {
    const { flags, rest } = parseComposeFlags(words.slice(1));
    return { words: ['compose', ...(flags.version ? ['version'] : rest)], compose: flags };
  } catch (error) {
    if (error instanceof FlagError) return error.message;
    throw error;
  }
}

/** `berth completion SHELL`. */
function printScript({ stdout, stderr }: CliContext, shell: string): number {
  const script = completionScript(shell);
  if (script !== null) stdout.write(script);
  else
    stderr.write(`Usage:  berth completion bash|zsh|fish\n\nPrint a script that completes berth's words in a shell\n`);
  return script === null ? 1 : 0;
}

/** `--help` anywhere before the arguments; `-h` where it has no other meaning. */
function wantsHelp(chosen: Command, words: readonly string[]): boolean {
  if (words.includes('--') ? words.indexOf('--help') > words.indexOf('--') : false) return false;
  const isShort = words[0] === '-h' && !Object.values(chosen.specs).some(({ short }) => short === 'h');
  return isShort || (chosen.stopsAtArgument ? words[0] === '--help' : words.includes('--help'));
}

/** For words that are no command: help on a group or on everything, or that there is no such command. */
function explainWords(
  { stdout, stderr, environment }: CliContext,
  words: readonly string[],
  asksHelp: boolean,
): number {
  const [first = '', second = ''] = words;
  if (first === '') {
    stdout.write(overview(environment));
    return 0;
  }
  if (Object.hasOwn(GROUPS, first) && (asksHelp || second === '' || ['--help', '-h'].includes(second))) {
    stdout.write(groupHelp(first));
    return 0;
  }
  const label = Object.hasOwn(GROUPS, first) ? `${first} ${second}` : first;
  stderr.write(`berth: '${label}' is not a berth command.\nSee 'berth --help'\n`);
  return 1;
}

async function invoke(chosen: Command, name: string, context: CliContext, words: readonly string[]): Promise<number> {
  try {
    return await chosen.invoke(context, words);
  } catch (error) {
    if (error instanceof UsageError) {
      context.stderr.write(
        `${error.message}\n\nUsage:  berth ${name} ${chosen.usage}\n\nRun 'berth ${name} --help' for more information\n`,
      );
      if (error instanceof ArityError) return 1;
      return error instanceof FlagError ? FLAG_FAILURE : chosen.failureCode;
    }
    context.stderr.write(visible(`${explain(error, context.api.address)}\n`, context.stderr));
    if (error instanceof CliError) return error.exitCode;
    return error instanceof StartError ? error.exitCode : chosen.failureCode;
  }
}
