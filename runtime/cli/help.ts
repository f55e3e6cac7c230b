import type { Command } from './command.ts';
import { COMPOSE_FLAGS } from './compose/globals.ts';
import type { FlagSpecs } from './flags/flags.ts';
import { GLOBAL_FLAGS } from './globals.ts';
import { COMMANDS, GROUP_SUMMARIES, GROUPS, LEGACY_COMMANDS } from './tree.ts';

/** Columns that help is wrapped to. */
const WIDTH = 100;

/** The options part of a command's help. */
function describeFlags(specs: FlagSpecs): string {
  const rows = Object.entries(specs)
    .filter(([, { hidden }]) => hidden !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]): [string, string] => {
      const value = spec.kind === 'boolean' ? '' : ` ${spec.value ?? (spec.kind === 'list' ? 'list' : 'string')}`;
      const help = spec.initial === true ? `${spec.help} (default true)` : spec.help;
      return [`  ${spec.short === undefined ? '    ' : `-${spec.short}, `}--${name}${value}`, help];
    });
  return columns(rows);
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 3;
  return rows
    .map(([left, text]) => `${left.padEnd(width)}${wrap(text, WIDTH - width).join(`\n${' '.repeat(width)}`)}\n`)
    .join('');
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/** Every way to call a command. */
function namesOf(chosen: Command): string[] {
  const grouped = Object.entries(GROUPS).flatMap(([group, verbs]) =>
    Object.entries(verbs)
      .filter(([, one]) => one === chosen)
      .map(([verb]) => `${group} ${verb}`),
  );
  return [...grouped, ...Object.keys(COMMANDS).filter((name) => COMMANDS[name] === chosen)].map(
    (name) => `berth ${name}`,
  );
}

/** `berth VERB --help`. `name` is how it was called. */
export function commandHelp(chosen: Command, name: string): string {
  const names = namesOf(chosen);
  const aliases = names.length > 1 ? `\nAliases:\n  ${names.join(', ')}\n` : '';
  const options = Object.keys(chosen.specs).length === 0 ? '' : `\nOptions:\n${describeFlags(chosen.specs)}`;
  return `Usage:  berth ${name} ${chosen.usage}\n\n${chosen.summary}\n${aliases}${options}`;
}

/** What may stand between the name of a group and its command. */
const GROUP_FLAGS: Readonly<Record<string, FlagSpecs>> = { compose: COMPOSE_FLAGS };

/** `berth GROUP --help`. */
export function groupHelp(group: string): string {
  const shown = new Map(
    Object.entries(GROUPS[group] ?? {})
      .map(([verb, one]) => [one, verb] as const)
      .toReversed(),
  );
  const rows = [...shown]
    .map(([one, verb]): [string, string] => [`  ${verb}`, one.summary])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const flags = GROUP_FLAGS[group];
  const options = flags === undefined ? '' : `Options:\n${describeFlags(flags)}\n`;
  const usage = `Usage:  berth ${group}${flags === undefined ? '' : ' [OPTIONS]'} COMMAND`;
  return `${usage}\n\n${GROUP_SUMMARIES[group] ?? ''}\n\n${options}Commands:\n${columns(rows)}\nRun 'berth ${group} COMMAND --help' for more information on a command.\n`;
}

/** `berth --help`. DOCKER_HIDE_LEGACY_COMMANDS leaves out what the groups have too. */
export function overview(environment: NodeJS.ProcessEnv): string {
  const isShort = (environment['DOCKER_HIDE_LEGACY_COMMANDS'] ?? '') !== '';
  const verbs = Object.entries(COMMANDS)
    .filter(([name]) => !isShort || !LEGACY_COMMANDS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]): [string, string] => [`  ${name}`, one.summary]);
  const groups = Object.entries(GROUP_SUMMARIES).map(([name, summary]): [string, string] => [`  ${name}`, summary]);
  return `Usage:  berth [OPTIONS] COMMAND

Containers and images on Berth's own engine

Options:
${describeFlags(GLOBAL_FLAGS)}
The engine is that of --host or --context, $BERTH_HOST, $DOCKER_HOST or $DOCKER_CONTEXT, else this user's own.

Management Commands:
${columns(groups)}
Commands:
${columns([
  ...verbs,
  ['  completion', 'Print a script for bash, zsh or fish that completes words'],
  ['  engine', 'Run the engine in the foreground'],
  ['  app', 'Open the app (--web only prints its address)'],
  ['  doctor', "Examine this machine and the engine's store, and repair what is safe"],
])}
Run 'berth COMMAND --help' for more information on a command.
`;
}
