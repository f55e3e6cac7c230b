import type { IncomingMessage } from 'node:http';
import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DockerApiError } from '../../common/docker-api.ts';
import { destinationHere } from '../archive/destination.ts';
import { packPath } from '../archive/pack.ts';
import { asksForDirectory, planCopy, renamed, topName, type CopyEnd } from '../archive/paths.ts';
import { unpackInto } from '../archive/unpack.ts';
import { command, type CliContext } from '../command.ts';
import { UsageError } from '../flags/flags.ts';
import { formatBytes } from '../units.ts';

interface CopyFlags {
  readonly archive: boolean;
  readonly 'follow-link': boolean;
  readonly quiet: boolean;
}

/** A path in a container. */
interface Place {
  readonly container: string;
  readonly path: string;
}

export const copy = command({
  name: 'cp',
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH',
  summary: 'Copy files between a container and here',
  specs: {
    archive: { kind: 'boolean', short: 'a', help: 'Keep owners' },
    'follow-link': { kind: 'boolean', short: 'L', help: 'Copy what a link leads to, not the link' },
    quiet: { kind: 'boolean', short: 'q', help: 'Do not tell what was copied' },
  },
  completes: 'container',
  arity: [2, 2],
  run: async (context, flags, [source = '', target = '']) => {
    if (source === '' || target === '') throw new UsageError('source and destination can not be empty');
    const from = placeOf(source);
    const to = placeOf(target);
    if (from !== null && to !== null) throw new Error('copying between containers is not supported');
    if (from !== null) return copyOut(context, from, target, flags);
    if (to !== null) return copyIn(context, source, to, flags);
    throw new Error('must specify at least one container source');
  },
});

/** `CONTAINER:PATH`; null for a path here, which begins with a slash or a dot when it has a colon. */
function placeOf(text: string): Place | null {
  if (isAbsolute(text)) return null;
  const at = text.indexOf(':');
  if (at < 0 || text.slice(0, at).startsWith('.')) return null;
  return { container: text.slice(0, at), path: text.slice(at + 1) };
}

/** Keeps a final `/` or `/.`, which resolve would drop. */
function absolute(path: string): string {
  const ending = path === '.' || path.endsWith('/.') ? '/.' : path.endsWith('/') && path !== '/' ? '/' : '';
  const clean = resolve(path);
  return clean === '/' ? clean : clean + ending;
}

interface PathStat {
  readonly name: string;
  readonly mode: number;
  readonly linkTarget: string;
}

/** Go's os.FileMode bits. */
const GO_DIRECTORY = 2 ** 31;
const GO_LINK = 2 ** 27;

function hasBit(mode: number, bit: number): boolean {
  return Math.floor(mode / bit) % 2 === 1;
}

function parseStat(header: string | string[] | undefined): PathStat {
  if (typeof header !== 'string') throw new Error('unable to get resource stat from response: it has no stat header');
  return JSON.parse(Buffer.from(header, 'base64').toString()) as PathStat;
}

async function statIn({ api }: CliContext, { container, path }: Place): Promise<PathStat> {
  const answer = await api.open('HEAD', `/containers/${container}/archive`, { query: { path } });
  answer.resume();
  return parseStat(answer.headers['x-docker-container-path-stat']);
}

function linkedPath(path: string, target: string): string {
  return isAbsolute(target) ? target : join(dirname(path), target);
}

async function copyOut(context: CliContext, from: Place, target: string, flags: CopyFlags): Promise<number> {
  let { path } = from;
  if (flags['follow-link']) {
    const link = await statIn(context, from).catch(() => null);
    if (link !== null && hasBit(link.mode, GO_LINK)) path = linkedPath(path, link.linkTarget);
  }
  const answer = await context.api.open('GET', `/containers/${from.container}/archive`, { query: { path } });
  if (target === '-') {
    await pipeline(answer, context.stdout, { end: false });
    return 0;
  }
  try {
    return await unpackAnswer(context, { ...from, path }, topName(from.path), target, flags, answer);
  } finally {
    // An answer that is not read to its end would keep this process from ending.
    answer.destroy();
  }
}

async function unpackAnswer(
  context: CliContext,
  { path }: Place,
  asked: string,
  target: string,
  flags: CopyFlags,
  answer: IncomingMessage,
): Promise<number> {
  const found = parseStat(answer.headers['x-docker-container-path-stat']);
  const place = absolute(target);
  const plan = planCopy(
    { path, exists: true, isDirectory: hasBit(found.mode, GO_DIRECTORY) },
    await destinationHere(place),
    topName(path),
  );
  // A link that was followed keeps the name it was asked by.
  const to = plan.to === plan.from && flags['follow-link'] ? asked : plan.to;
  if ((await stat(plan.directory).catch(() => null))?.isDirectory() !== true)
    throw new Error(`invalid output path: directory "${plan.directory}" does not exist`);
  const bytes = await unpackInto(answer, plan.directory, {
    rename: (entry) => renamed(entry, { from: plan.from, to }),
    owners: flags.archive,
  });
  report(context, flags, bytes, place);
  return 0;
}

async function endThere(context: CliContext, place: Place): Promise<CopyEnd> {
  let { path } = place;
  try {
    let found = await statIn(context, place);
    if (hasBit(found.mode, GO_LINK)) {
      path = linkedPath(path, found.linkTarget);
      found = await statIn(context, { container: place.container, path });
    }
    return { path, exists: true, isDirectory: hasBit(found.mode, GO_DIRECTORY) };
  } catch (error) {
    if (!(error instanceof DockerApiError) || error.status !== 404 || /no such container/i.test(error.message))
      throw error;
    return { path, exists: false, isDirectory: false };
  }
}

async function copyIn(context: CliContext, source: string, to: Place, flags: CopyFlags): Promise<number> {
  const target = await endThere(context, to);
  const put = async (directory: string, stream: NodeJS.ReadableStream): Promise<void> => {
    await context.api.json('PUT', `/containers/${to.container}/archive`, {
      query: { path: directory, noOverwriteDirNonDir: 'true', copyUIDGID: flags.archive ? 'true' : undefined },
      stream: stream as NodeJS.ReadStream,
    });
  };
  if (source === '-') {
    if (!target.isDirectory) throw new Error(`destination "${to.container}:${to.path}" must be a directory`);
    await put(target.path, context.stdin);
    return 0;
  }
  const path = absolute(source);
  const follows = flags['follow-link'] || asksForDirectory(path);
  const stats = await (follows ? stat(path) : lstat(path));
  const name = topName(path);
  const plan = planCopy({ path, exists: true, isDirectory: stats.isDirectory() }, target, name);
  const real = follows ? await realpath(path) : path;
  await put(plan.directory, packPath(real, plan.to));
  report(context, flags, stats.isDirectory() ? 0 : stats.size, `${to.container}:${to.path}`);
  return 0;
}

/** Only for eyes: docker is silent too when nobody looks. */
function report({ stderr }: CliContext, { quiet }: CopyFlags, bytes: number, place: string): void {
  if (quiet || !stderr.isTTY) return;
  stderr.write(
    bytes === 0 ? `Successfully copied to ${place}\n` : `Successfully copied ${formatBytes(bytes)} to ${place}\n`,
  );
}
