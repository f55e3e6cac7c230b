import type { Whereabouts } from '../../compose/load/surroundings.ts';
import { parseFlags, type FlagSpecs, type FlagValues } from '../flags/flags.ts';

/** Flags between `compose` and its command. */
export const COMPOSE_FLAGS = {
  file: { kind: 'list', short: 'f', help: 'Compose configuration files' },
  'project-name': { kind: 'string', short: 'p', help: 'Project name' },
  'project-directory': { kind: 'string', help: 'Alternate working directory' },
  'env-file': { kind: 'list', help: 'Alternate environment files' },
  profile: { kind: 'list', help: 'Profiles to enable' },
  progress: { kind: 'string', help: 'Kind of progress output (auto, tty, plain, quiet)' },
  parallel: { kind: 'string', value: 'int', help: 'Taken for compatibility: the engine sets its own pace' },
  'all-resources': { kind: 'boolean', help: 'Include all resources, even those not used by services' },
  'dry-run': { kind: 'boolean', help: 'Show what would be done, and do nothing' },
  compatibility: { kind: 'boolean', help: 'Name containers and images as Compose 1 does, with underscores' },
  ansi: { kind: 'string', help: 'When to print ANSI control characters (never, always, auto)' },
  workdir: { kind: 'string', help: 'Older name of --project-directory', hidden: true },
  'no-ansi': { kind: 'boolean', help: 'Older name of --ansi never', hidden: true },
  'insecure-registry': { kind: 'list', help: 'Taken for compatibility', hidden: true },
  version: { kind: 'boolean', short: 'v', help: 'Show the version', hidden: true },
  verbose: { kind: 'boolean', help: 'Show more output', hidden: true },
} as const satisfies FlagSpecs;

export type ComposeFlags = FlagValues<typeof COMPOSE_FLAGS>;

/** Splits `[FLAGS] COMMAND ...`. Throws FlagError. */
export function parseComposeFlags(words: readonly string[]): { flags: ComposeFlags; rest: readonly string[] } {
  const { flags, args } = parseFlags(COMPOSE_FLAGS, words, true);
  return { flags, rest: args };
}

/** Where the flags say that a project is. */
export function whereabouts(environment: Whereabouts['environment'], flags: ComposeFlags): Whereabouts {
  return {
    files: flags.file,
    projectDirectory: flags['project-directory'] ?? flags.workdir,
    envFiles: flags['env-file'],
    workingDirectory: process.cwd(),
    environment,
  };
}
