import { ComposeError } from '../../../compose/errors.ts';
import { scaled } from '../../../compose/model/select.ts';
import type { ComposeContext } from '../../../compose/operations/context.ts';
import { stopProject, signalProject } from '../../../compose/operations/lifecycle.ts';
import { up, type UpChoices, type UpContainer } from '../../../compose/operations/up.ts';
import { watchProject } from '../../../compose/operations/watch.ts';
import type { CliContext } from '../../command.ts';
import { agreed } from '../../confirm.ts';
import { UsageError, type FlagValues } from '../../flags/flags.ts';
import { integer } from '../../flags/values.ts';
import type { ComposeFlags } from '../globals.ts';
import { AttachedRun, type HookLine } from '../attached.ts';
import { WATCH_PREFIX } from '../log-printer.ts';
import { openProject, removesOrphans, selected, withoutOutput, type ComposeSession } from '../session.ts';
import type { CREATE_SPECS, UP_SPECS } from '../specs.ts';

type UpFlags = FlagValues<typeof UP_SPECS>;
type CreateFlags = FlagValues<typeof CREATE_SPECS>;

/** `compose up`. */
export async function runUp(
  cli: CliContext,
  globals: ComposeFlags,
  flags: UpFlags,
  services: readonly string[],
): Promise<number> {
  assertCombination(flags);
  const opened = await openProject(cli, globals, flags['quiet-pull'] && globals.progress === undefined);
  const plain = rescaled(flags['quiet-build'] ? withoutOutput(opened) : opened, flags.scale);
  const choices = {
    ...choicesOf(plain, flags, services),
    unused: globals['all-resources'],
    confirm: confirmation(cli, flags.yes),
  };
  const exitFrom = flags['exit-code-from'];
  const detached = flags.detach || flags.wait || flags['no-start'];
  const started = Date.now();
  const said: HookLine[] = [];
  let heard = (line: HookLine): void => void said.push(line);
  const hookOutput: ComposeContext['hookOutput'] = (container, text) => {
    heard({ container, text });
  };
  const session = detached ? plain : { ...plain, context: { ...plain.context, hookOutput } };
  if (detached) {
    const result = await within(session, flags['wait-timeout'], () => up(session.context, session.project, choices));
    session.progress.finish();
    return result.length >= 0 ? 0 : 1;
  }
  const onInterrupt = (): void => {
    session.abort(new Error('interrupted'));
  };
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  let containers: UpContainer[];
  try {
    containers = await up(session.context, session.project, choices);
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
  session.progress.finish();
  if (globals['dry-run']) {
    cli.stdout.write("end of 'compose up' output, interactive run is not supported in dry-run mode\n");
    return 0;
  }
  const timeout = integer('timeout', flags.timeout, undefined);
  const attached = new AttachedRun(cli, session, {
    containers,
    isShown: (service) => choices.services.has(service) && isAttached(session, flags, services, service),
    since: started,
    prefix: !flags['no-log-prefix'],
    colour: !flags['no-color'],
    timestamps: flags.timestamps,
    said,
  });
  heard = (line) => {
    attached.printHook(line);
  };
  const watching = new AbortController();
  const ending =
    (action: () => Promise<void>): (() => Promise<void>) =>
    async () => {
      watching.abort();
      await action();
    };
  const { context, project } = session;
  const watched = flags.watch ? watch(session, choices, watching.signal) : undefined;
  return attached.run(
    {
      abortOn: flags['abort-on-container-failure']
        ? 'failure'
        : flags['abort-on-container-exit'] || exitFrom !== undefined
          ? 'exit'
          : 'never',
      exitFrom,
      stop: ending(() => stopProject(context, project, [...choices.services], timeout)),
      kill: ending(() => signalProject(context, project, [...choices.services], 'kill')),
    },
    watched,
  );
}

/** Brings changes of files into containers. */
function watch({ context, project }: ComposeSession, choices: UpChoices, signal: AbortSignal): Promise<void> {
  const own = { ...context, signal: AbortSignal.any([context.signal, signal]) };
  return watchProject(own, project, {
    services: choices.services,
    say: (text) => {
      context.output?.(`${WATCH_PREFIX}${text}\n`);
    },
    rebuild: async ({ name }) => {
      await up(own, project, { ...choices, services: new Set([name]), named: [name], building: 'yes' });
    },
  });
}

/** `compose create`: everything but starting. */
export async function runCreate(
  cli: CliContext,
  globals: ComposeFlags,
  flags: CreateFlags,
  services: readonly string[],
): Promise<number> {
  const session = rescaled(await openProject(cli, globals), flags.scale);
  await up(session.context, session.project, {
    ...choicesOf(session, { ...flags, 'no-deps': false, 'always-recreate-deps': false }, services),
    unused: globals['all-resources'],
    confirm: confirmation(cli, flags.yes),
    start: false,
  });
  session.progress.finish();
  return 0;
}

/** `compose scale SERVICE=N...`. */
export async function runScale(
  cli: CliContext,
  globals: ComposeFlags,
  flags: { readonly 'no-deps': boolean },
  pairs: readonly string[],
): Promise<number> {
  const session = rescaled(await openProject(cli, globals), pairs);
  const names = pairs.map((pair) => pair.split('=')[0] ?? '');
  await up(session.context, session.project, choicesOf(session, { ...NO_FLAGS, 'no-deps': flags['no-deps'] }, names));
  session.progress.finish();
  return 0;
}

const NO_FLAGS = {
  build: false,
  'no-build': false,
  pull: undefined,
  'force-recreate': false,
  'no-recreate': false,
  'remove-orphans': false,
  'always-recreate-deps': false,
  'no-deps': false,
};

function choicesOf(
  session: ComposeSession,
  flags: typeof NO_FLAGS extends infer T
    ? { readonly [K in keyof T]: T[K] extends boolean ? boolean : string | undefined } & {
        readonly timeout?: string | undefined;
        readonly 'renew-anon-volumes'?: boolean;
        readonly 'no-start'?: boolean;
        readonly wait?: boolean;
      }
    : never,
  services: readonly string[],
): UpChoices {
  return {
    services: selected(session, services, flags['no-deps']),
    named: services,
    recreate: flags['force-recreate'] ? 'always' : flags['no-recreate'] ? 'never' : 'changed',
    recreateDependencies: flags['always-recreate-deps'] || services.length === 0,
    start: flags['no-start'] !== true,
    timeout: integer('timeout', flags.timeout, undefined),
    renewVolumes: flags['renew-anon-volumes'] === true,
    removeOrphans: removesOrphans(session, flags),
    wait: flags.wait === true,
    building: flags.build ? 'yes' : flags['no-build'] ? 'no' : 'missing',
    pull: flags.pull,
  };
}

/** Whether something may be lost: as a person says who is there to be asked, else no. */
function confirmation(cli: CliContext, yes: boolean): (question: string) => Promise<boolean> {
  return (question) => (yes || !cli.stdin.isTTY ? Promise.resolve(yes) : agreed(cli, question));
}

function assertCombination(flags: UpFlags): void {
  const clash = (a: keyof UpFlags, b: keyof UpFlags): void => {
    if (isGiven(flags[a]) && isGiven(flags[b])) throw new UsageError(`--${a} and --${b} are incompatible`);
  };
  clash('build', 'no-build');
  clash('force-recreate', 'no-recreate');
  clash('detach', 'abort-on-container-exit');
  clash('detach', 'abort-on-container-failure');
  clash('detach', 'exit-code-from');
  clash('renew-anon-volumes', 'no-recreate');
  for (const other of ['detach', 'wait', 'no-start', 'abort-on-container-exit', 'exit-code-from'] as const)
    clash('watch', other);
}

function isGiven(value: unknown): boolean {
  return value !== false && value !== undefined;
}

function rescaled(session: ComposeSession, pairs: readonly string[]): ComposeSession {
  const scales = new Map(
    pairs.map((pair): [string, number] => {
      const [name = '', count = ''] = pair.split('=');
      if (!/^\d+$/.test(count)) throw new UsageError(`invalid scale "${pair}": expected SERVICE=NUMBER`);
      return [name, Number(count)];
    }),
  );
  return { ...session, project: scaled(session.project, scales) };
}

/** Ends an operation that takes longer than some seconds. */
async function within<T>(session: ComposeSession, seconds: string | undefined, action: () => Promise<T>): Promise<T> {
  const limit = integer('wait-timeout', seconds, 0);
  if (limit === 0) return action();
  const late = new ComposeError(`application not healthy after ${limit}s`);
  const timer = setTimeout(() => {
    session.abort(late);
  }, limit * 1000);
  try {
    return await action();
  } catch (error) {
    throw session.context.signal.reason === late ? late : error;
  } finally {
    clearTimeout(timer);
  }
}

function isAttached(session: ComposeSession, flags: UpFlags, named: readonly string[], service: string): boolean {
  if (flags['no-attach'].includes(service)) return false;
  if (flags.attach.length > 0) return flags.attach.includes(service);
  if (session.project.services.get(service)?.attach === false) return false;
  return named.length === 0 || named.includes(service) || flags['attach-dependencies'];
}
