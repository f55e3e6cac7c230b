import { ComposeError } from '../../../compose/errors.ts';
import type { CliContext } from '../../command.ts';
import { commit, exportFiles } from '../../commands/content.ts';
import { copy } from '../../commands/copy.ts';
import { stats } from '../../commands/stats.ts';
import { attach } from '../../commands/streams.ts';
import type { ComposeFlags } from '../globals.ts';
import { assertServices, openKnownProject, type ComposeSession } from '../session.ts';
import { containersOf } from '../../../compose/operations/lifecycle.ts';
import { oneContainer } from './lists.ts';

/** `compose cp`: SERVICE:PATH on one side. */
export async function runCopy(
  cli: CliContext,
  globals: ComposeFlags,
  flags: {
    readonly index: string | undefined;
    readonly archive: boolean;
    readonly 'follow-link': boolean;
    readonly all: boolean;
  },
  [source = '', target = '']: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  const options = [...(flags.archive ? ['--archive'] : []), ...(flags['follow-link'] ? ['--follow-link'] : [])];
  const [service, path = ''] = split(target) ?? [];
  // What comes from standard input can be read once only.
  if (service !== undefined && flags.index === undefined && source !== '-') {
    assertServices(session, [service]);
    const containers = await containersOf(session.context, session.project, [service], { oneOffs: flags.all });
    if (containers.length === 0) throw new ComposeError(`no container found for service "${service}"`);
    const codes: number[] = [];
    for (const { id } of containers) codes.push(await copy.invoke(cli, [...options, source, `${id}:${path}`]));
    return codes.find((code) => code !== 0) ?? 0;
  }
  return copy.invoke(cli, [
    ...options,
    await placeOf(session, source, flags.index),
    await placeOf(session, target, flags.index),
  ]);
}

/** `SERVICE` and `PATH`; null for a path here. */
function split(text: string): [string, string] | null {
  const at = text.indexOf(':');
  return at <= 0 || text.startsWith('/') || text.startsWith('.') ? null : [text.slice(0, at), text.slice(at + 1)];
}

async function placeOf(session: ComposeSession, text: string, index: string | undefined): Promise<string> {
  const place = split(text);
  if (place === null) return text;
  const [service, path] = place;
  assertServices(session, [service]);
  return `${(await oneContainer(session.context, session.project, service, index)).id}:${path}`;
}

/** `compose export`. */
export async function runExport(
  cli: CliContext,
  globals: ComposeFlags,
  flags: { readonly index: string | undefined; readonly output: string | undefined },
  [service = '']: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, [service]);
  const { id } = await oneContainer(session.context, session.project, service, flags.index);
  return exportFiles.invoke(cli, [...(flags.output === undefined ? [] : ['--output', flags.output]), id]);
}

/** `compose commit`. */
export async function runCommit(
  cli: CliContext,
  globals: ComposeFlags,
  flags: {
    readonly index: string | undefined;
    readonly author: string | undefined;
    readonly change: readonly string[];
    readonly message: string | undefined;
    readonly pause: boolean;
  },
  [service = '', ...reference]: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, [service]);
  const { id } = await oneContainer(session.context, session.project, service, flags.index);
  return commit.invoke(cli, [
    ...(flags.author === undefined ? [] : ['--author', flags.author]),
    ...flags.change.flatMap((one) => ['--change', one]),
    ...(flags.message === undefined ? [] : ['--message', flags.message]),
    `--pause=${String(flags.pause)}`,
    id,
    ...reference,
  ]);
}

/** `compose stats`. */
export async function runStats(
  cli: CliContext,
  globals: ComposeFlags,
  flags: {
    readonly all: boolean;
    readonly format: string | undefined;
    readonly 'no-stream': boolean;
    readonly 'no-trunc': boolean;
  },
  services: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, services);
  const containers = (await containersOf(session.context, session.project, services)).filter(
    ({ state }) => flags.all || state === 'running',
  );
  if (containers.length === 0) throw new ComposeError('no container of this project runs');
  return stats.invoke(cli, [
    ...(flags.format === undefined ? [] : ['--format', flags.format]),
    ...(flags['no-stream'] ? ['--no-stream'] : []),
    ...(flags['no-trunc'] ? ['--no-trunc'] : []),
    ...containers.map(({ name }) => name),
  ]);
}

/** `compose attach`. */
export async function runAttach(
  cli: CliContext,
  globals: ComposeFlags,
  flags: {
    readonly index: string | undefined;
    readonly 'detach-keys': string | undefined;
    readonly 'no-stdin': boolean;
    readonly 'sig-proxy': boolean;
  },
  [service = '']: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, [service]);
  const { id } = await oneContainer(session.context, session.project, service, flags.index);
  return attach.invoke(cli, [
    ...(flags['detach-keys'] === undefined ? [] : ['--detach-keys', flags['detach-keys']]),
    ...(flags['no-stdin'] ? ['--no-stdin'] : []),
    `--sig-proxy=${String(flags['sig-proxy'])}`,
    id,
  ]);
}
