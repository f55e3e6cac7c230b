import { create } from 'zustand';
import type { BuildSettings, BuildsNews, BuildSummary } from '../../runtime/contract/builds.ts';
import type { WorkRequestOf } from '../../runtime/contract/works.ts';
import type { ClientStream } from '../../runtime/rpc/client.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { builds as texts } from '../strings/builds.ts';
import { call, open } from './connection.ts';
import { drop } from './drop.ts';
import { useEngine } from './engine.ts';
import { images } from './images.ts';
import { runBuildTask } from './tasks.ts';
import { begunHere, joinWork, startWork, type JoinedWork } from './works.ts';

interface BuildsState {
  readonly rows: readonly BuildSummary[];
  readonly status: 'loading' | 'ready' | 'error';
  readonly error: BridgeError | null;
  /** False where the engine remembers no builds: then only those started here are listed. */
  readonly kept: boolean;
}

/** All builds, the latest first. */
export const useBuildsState = create<BuildsState>(() => ({ rows: [], status: 'loading', error: null, kept: true }));

let stream: ClientStream | null = null;
let started = false;

/** The list with a change made to it. */
export function changed(rows: readonly BuildSummary[], news: Exclude<BuildsNews, { kind: 'all' }>): BuildSummary[] {
  const ref = news.kind === 'gone' ? news.ref : news.build.ref;
  const others = rows.filter((one) => one.ref !== ref);
  return news.kind === 'gone' ? others : sorted([news.build, ...others]);
}

function sorted(rows: readonly BuildSummary[]): BuildSummary[] {
  return [...rows].sort((a, b) => b.createdAt - a.createdAt);
}

function take(news: BuildsNews): void {
  if (news.kind === 'all') {
    useBuildsState.setState({ rows: sorted(news.builds), status: 'ready', error: null, kept: news.kept });
    return;
  }
  useBuildsState.setState(({ rows }) => ({ rows: changed(rows, news) }));
}

/** Follows the engine's builds anew. */
export function followBuilds(): void {
  stream?.cancel();
  const opened = open('builds.follow', {}, { onItem: take });
  stream = opened;
  drop(
    opened.closed.catch((thrown: unknown) => {
      const error = BridgeError.from(thrown);
      // The engine's banner tells when it is away; the next time that it is found, this is opened again.
      if (stream !== opened || error.code === 'cancelled') return;
      useBuildsState.setState(({ status }) => ({ status: status === 'ready' ? 'ready' : 'error', error }));
    }),
  );
}

/** Follows the engine's builds from now on; does nothing the second time. */
export function startBuilds(): void {
  if (started) return;
  started = true;
  useEngine.subscribe((now, before) => {
    if (now.generation !== before.generation) followBuilds();
  });
  if (useEngine.getState().generation > 0) followBuilds();
}

/** Address of a build. */
export function buildPath(ref: string): string {
  return `/builds/${ref}`;
}

/** What a build is called by the first of its names, without the tag that says nothing. */
export function buildName({ title }: Pick<BuildSummary, 'title'>): string {
  return title
    .split(',')
    .map((name) => name.replace(/^docker\.io\/(?:library\/)?/, '').replace(/:latest$/, ''))
    .join(', ');
}

/**
 * Starts a build, as a task that tells when it has ended; it goes on when the page is left. With `text` instead of what
 * is in the Dockerfile. Resolves to its ref; rejects with BridgeError when there is nothing to build.
 */
export async function startBuild(settings: BuildSettings, text?: string): Promise<string> {
  startBuilds();
  const request = { settings, ...(text === undefined ? {} : { text }) };
  const { ref } = await call('builds.start', request);
  const joined = begunHere();
  startWork({ kind: 'build', ref, ...request }, () => {}, joined.id);
  showBuild(ref, settings, text, joined);
  return ref;
}

/** Shows a build that was started in the app. */
export function joinBuild(request: WorkRequestOf<'build'>, joined: JoinedWork): void {
  startBuilds();
  joinWork(request, joined, () => {});
  showBuild(request.ref, request.settings, request.text, joined);
}

function showBuild(ref: string, settings: BuildSettings, text: string | undefined, joined: JoinedWork): void {
  const { tags, directory } = settings;
  const name = buildName({ title: tags.join(',') || (directory.split('/').findLast((part) => part !== '') ?? '') });
  runBuildTask({
    title: texts.working(name),
    done: texts.done(name),
    path: buildPath(ref),
    joined,
    cancel: () => {
      drop(call('builds.cancel', { ref }));
    },
    retry: () => {
      drop(startBuild(settings, text));
    },
    follow: (report) => watchSummary(ref, report),
  });
}

/** Tells how far a build is, until it has ended. */
async function watchSummary(ref: string, report: (done: number, total: number) => void): Promise<BuildSummary> {
  const ended = await new Promise<BuildSummary>((resolve) => {
    const look = ({ rows }: BuildsState): void => {
      const build = rows.find((one) => one.ref === ref);
      if (build === undefined) return;
      report(build.completed, build.total);
      if (build.status === 'running') return;
      forget();
      resolve(build);
    };
    const forget = useBuildsState.subscribe(look);
    look(useBuildsState.getState());
  });
  drop(images.refetch());
  return ended;
}

/** Starts anew what a build of this app was started with. Rejects with `unsupported` for one that was started elsewhere. */
export async function buildAgain(ref: string): Promise<string> {
  const { settings } = await call('builds.inspect', { ref });
  if (settings === null) throw new BridgeError('unsupported', texts.elsewhere);
  return startBuild(settings);
}

/** With what the next build is to be done, while it is decided: from the dialog to the editor and back. */
export const useBuildDraft = create<{ readonly settings: BuildSettings | null }>(() => ({ settings: null }));

/** Settings of a build that nothing was said about. */
export const NO_SETTINGS: BuildSettings = {
  directory: '',
  file: '',
  target: '',
  args: [],
  tags: [],
  platform: '',
  noCache: false,
  pull: false,
};
