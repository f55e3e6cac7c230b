import { watch, type FSWatcher } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pack, type Pack } from 'tar-stream';
import { contextPatterns } from '../../common/build-context.ts';
import { ComposeError } from '../errors.ts';
import type { Project, Service } from '../model/project.ts';
import type { ProjectContainer } from '../objects/containers.ts';
import { watchRules, workFor, type ContextIgnores, type WatchRule, type WatchWork } from '../plan/watch.ts';
import type { ComposeContext } from './context.ts';
import { runHook } from './hooks.ts';
import { containersOf } from './lifecycle.ts';

/** Changes that come within this time, in milliseconds, are one: an editor saves in several steps. */
const SETTLE_MS = 150;

export interface WatchChoices {
  readonly services: ReadonlySet<string>;
  /** Builds a service's image and makes its containers anew. */
  readonly rebuild: (service: Service) => Promise<void>;
  /** Told what happens, in docker compose's words. */
  readonly say: (text: string) => void;
}

/**
 * Watches the files of services (`develop.watch`) and brings changes into their containers, until the signal of the
 * context is aborted. A failure is told of and does not end it. Throws ComposeError when nothing is to be watched.
 */
export async function watchProject(context: ComposeContext, project: Project, choices: WatchChoices): Promise<void> {
  const rules: WatchRule[] = [];
  for (const name of choices.services) {
    const service = project.services.get(name);
    if (service?.develop?.watch === undefined) continue;
    for (const rule of watchRules(service, await contextIgnores(service)))
      if (isMounted(service, rule.rule))
        context.progress({
          object: `Service ${name}`,
          status: `path '${rule.rule.path}' also declared by a bind mount volume, this path won't be monitored!`,
          state: 'warning',
        });
      else rules.push(rule);
  }
  if (rules.length === 0)
    throw new ComposeError('none of the selected services is configured for watch, set a "develop" section');
  const changed = new Set<string>();
  let wake = (): void => undefined;
  const isOver = (): boolean => context.signal.aborted;
  const paths = [...new Set(rules.map(({ rule }) => rule.path))];
  const watchers = await Promise.all(
    paths.map((path) =>
      watchPath(path, context.signal, (one) => {
        changed.add(one);
        wake();
      }),
    ),
  );
  for (const watcher of watchers)
    watcher.on('error', (error) => {
      context.progress({ object: 'Watch', status: error.message, state: 'error' });
    });
  try {
    for (const rule of rules)
      if (rule.rule.initial_sync === true) await carryOut(context, project, initialWork(rule), choices);
    choices.say('Watch enabled');
    while (!isOver()) {
      if (changed.size === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
          context.signal.addEventListener('abort', () => {
            resolve();
          });
        });
      if (isOver()) return;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const found = [...changed];
      changed.clear();
      for (const work of workFor(rules, found)) await carryOut(context, project, work, choices);
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

/** What is mounted into the container need not be copied there. */
function isMounted({ volumes = [] }: Service, { action, path }: WatchRule['rule']): boolean {
  return (
    (action === 'sync' || action === 'sync+restart') &&
    volumes.some(({ type, source }) => type === 'bind' && (path === source || path.startsWith(`${source}/`)))
  );
}

/** What the build of a service leaves out; null for one that is not built from a directory. */
async function contextIgnores({ build }: Service): Promise<ContextIgnores | null> {
  const root = build?.context;
  const isDirectory = root !== undefined && ((await lstat(root).catch(() => null))?.isDirectory() ?? false);
  return isDirectory ? { root, patterns: await contextPatterns(root, build?.dockerfile) } : null;
}

/** Tells of what changes at a path: in a directory, or of a file, which editors put another in the place of. */
async function watchPath(path: string, signal: AbortSignal, onChange: (path: string) => void): Promise<FSWatcher> {
  const isDirectory = (await lstat(path).catch(() => null))?.isDirectory() ?? false;
  if (isDirectory)
    return watch(path, { recursive: true, signal }, (_, name) => {
      onChange(name === null || name === '' ? path : join(path, name));
    });
  return watch(dirname(path), { signal }, (_, name) => {
    if (name === basename(path)) onChange(path);
  });
}

function initialWork(rule: WatchRule): WatchWork {
  return { rule, changes: [{ path: rule.rule.path, place: rule.placeOf(rule.rule.path) ?? '' }] };
}

async function carryOut(
  context: ComposeContext,
  project: Project,
  work: WatchWork,
  choices: WatchChoices,
): Promise<void> {
  const { service: name, rule } = work.rule;
  const service = project.services.get(name);
  if (service === undefined) return;
  const { say } = choices;
  try {
    if (rule.action === 'rebuild') {
      say(`Rebuilding service(s) ["${name}"] after changes were detected...`);
      await choices.rebuild(service);
      say(`service(s) ["${name}"] successfully built`);
      return;
    }
    if (rule.action !== 'restart') say(`Syncing service "${name}" after ${work.changes.length} changes were detected`);
    const containers = (await containersOf(context, project, [name])).filter(({ state }) => state === 'running');
    for (const container of containers) {
      if (rule.action !== 'restart') await sync(context, work, container);
      if (rule.action === 'restart' || rule.action === 'sync+restart')
        await context.api.json('POST', `/containers/${container.id}/restart`);
      if (rule.action === 'sync+exec' && rule.exec !== undefined)
        await runHook(context, rule.exec, { service: name, what: 'exec', onLine: printed(context) }, container);
    }
    if (rule.action === 'restart' || rule.action === 'sync+restart') say(`service(s) ["${name}"] restarted`);
  } catch (error) {
    // The next change may well succeed: a container that was restarting, a file that was half written.
    context.progress({
      object: `Service ${name}`,
      status: error instanceof Error ? error.message : String(error),
      state: 'error',
    });
  }
}

function printed({ output }: ComposeContext): (line: string) => void {
  return (line) => output?.(`${line}\n`);
}

/** Copies what is there, and removes what is gone. */
async function sync(context: ComposeContext, { rule, changes }: WatchWork, container: ProjectContainer): Promise<void> {
  const archive = pack();
  const gone: string[] = [];
  const fill = async (): Promise<void> => {
    for (const { path, place } of changes) {
      if ((await add(archive, rule, path, place)) === null) gone.push(place);
    }
    archive.finalize();
  };
  const filled = fill();
  filled.catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  await context.api.json('PUT', `/containers/${container.id}/archive`, {
    query: { path: '/' },
    stream: Readable.from(archive),
  });
  await filled;
  if (gone.length === 0) return;
  const removal = { command: ['rm', '-rf', '--', ...gone] };
  await runHook(context, removal, { service: rule.service, what: 'removal' }, container);
}

/** Adds a file, or a directory with what the rule lets; returns how many entries, null when the path is gone. */
async function add(archive: Pack, rule: WatchRule, path: string, place: string): Promise<number | null> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return null;
  const header = { name: place.replace(/^\/+/, ''), mode: stats.mode & 0o7777, mtime: stats.mtime, uid: 0, gid: 0 };
  if (stats.isSymbolicLink()) {
    archive.entry({ ...header, type: 'symlink', linkname: await readlink(path) });
    return 1;
  }
  if (stats.isFile()) {
    archive.entry(header, await readFile(path));
    return 1;
  }
  if (!stats.isDirectory()) return 0;
  const count = await addDirectory(archive, rule, path);
  // With something in it a directory comes about by itself, even where the image has a link to one in its place.
  if (count > 0 || path === rule.rule.path) return count;
  archive.entry({ ...header, type: 'directory' });
  return 1;
}

/** The rule may be about what is in a directory, and not about the directory itself. */
async function addDirectory(archive: Pack, rule: WatchRule, path: string): Promise<number> {
  let count = 0;
  for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const child = join(path, entry.name);
    const place = rule.placeOf(child);
    if (place !== null) count += (await add(archive, rule, child, place)) ?? 0;
    else if (entry.isDirectory() && rule.enters(child)) count += await addDirectory(archive, rule, child);
  }
  return count;
}
