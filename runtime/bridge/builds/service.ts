import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { DockerConfig } from '../../common/docker-config.ts';
import type {
  BuildDetails,
  BuildSettings,
  BuildsNews,
  BuildSummary,
  BuildUpdate,
  DockerfileCheck,
  DockerfileContent,
} from '../../contract/builds.ts';
import type { ByteProgress } from '../../contract/volumes.ts';
import { BridgeError } from '../../rpc/error.ts';
import type { ServerChannel } from '../../rpc/server.ts';
import { toBridgeError, type DockerClient } from '../docker-client.ts';
import { jsonLines } from '../json-lines.ts';
import { counted, receive } from '../transfer.ts';
import { readDockerfile, saveDockerfile } from './dockerfile.ts';
import {
  detailsOf,
  outputOf,
  stepOf,
  summaryOf,
  warningAt,
  type EngineCheck,
  type EngineNews,
  type EngineRecord,
  type EngineUpdate,
} from './engine-types.ts';
import { OwnBuild } from './own-build.ts';
import { openSource, runBuild, titleOf } from './run-build.ts';
import { recentOf, SettingsFile } from './settings-file.ts';

/** Builds that were started here and have ended, kept for engines that keep none. */
const ENDED_MAX = 50;

interface Place {
  readonly directory: string;
  readonly file: string;
}

/**
 * The contract's `builds.*`. Any engine builds, by `POST /build`; ours also tells of builds that were and that others
 * started, by `/berth/builds`. Of other engines' only those are known that were started here.
 */
export class BuildService {
  readonly #docker: DockerClient;
  readonly #config = new DockerConfig();
  readonly #file: SettingsFile;
  readonly #own = new Map<string, OwnBuild>();
  readonly #listeners = new Set<(news: BuildsNews) => void>();

  constructor(docker: DockerClient, file = new SettingsFile()) {
    this.#docker = docker;
    this.#file = file;
  }

  /** Starts a build. Rejects with BridgeError when there is nothing that could be sent. */
  async start(settings: BuildSettings, text: string | undefined): Promise<{ ref: string }> {
    const source = await openSource(settings, text);
    const ref = randomBytes(13).toString('hex').slice(0, 25);
    const build = new OwnBuild(ref, titleOf(settings));
    this.#own.set(ref, build);
    this.#trim();
    this.#tell({ kind: 'build', build: build.summary });
    await this.#file.add(ref, settings, text !== undefined);
    runBuild(this.#docker, this.#config, build, settings, source)
      .then(
        () => {
          build.end('');
        },
        (thrown: unknown) => {
          const error = toBridgeError(thrown, build.controller.signal);
          build.end(error.detail ?? error.message);
        },
      )
      .finally(() => {
        source.archive?.destroy();
        this.#tell({ kind: 'build', build: build.summary });
      });
    return { ref };
  }

  /** All builds, and what becomes of them, until the page cancels. Rejects when the engine goes away. */
  async follow(channel: ServerChannel<BuildsNews>): Promise<void> {
    const { signal } = channel;
    const response = await this.#offered('/berth/builds/events', signal);
    const known = new Set<string>();
    const sender = new NewsSender(channel);
    const forget = this.#listen((news) => {
      // What the engine tells is better than what can be read from its answer.
      if (news.kind !== 'build' || !known.has(news.build.ref)) sender.send(news);
    });
    try {
      if (response === null) {
        sender.send({ kind: 'all', builds: this.#summaries(known), kept: false });
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        return;
      }
      for await (const line of jsonLines(response)) {
        const { builds, build, deleted } = line as EngineNews;
        for (const one of [...(builds ?? []), ...(build === undefined ? [] : [build])]) known.add(one.ref);
        if (builds !== undefined) {
          const all = [...builds.map(summaryOf), ...this.#summaries(known)];
          sender.send({ kind: 'all', builds: all, kept: true });
        }
        if (build !== undefined) sender.send({ kind: 'build', build: summaryOf(build) });
        if (deleted !== undefined) sender.send({ kind: 'gone', ref: deleted });
      }
    } catch (error) {
      throw toBridgeError(error, signal);
    } finally {
      forget();
      response?.destroy();
    }
    throw toBridgeError(Object.assign(new Error('the stream of builds ended'), { code: 'ECONNRESET' }), signal);
  }

  async inspect(ref: string, signal: AbortSignal): Promise<BuildDetails> {
    const [record, stored] = await Promise.all([this.#record(ref, signal), this.#file.find(ref)]);
    const known = { settings: stored?.settings ?? null, edited: stored?.edited ?? false };
    if (record !== null) return { ...detailsOf(record), ...known };
    const { summary, whole, problem } = this.#find(ref);
    return { ...summary, steps: whole.steps, problem, notes: [], attributes: {}, ...known };
  }

  /** What has happened in a build and happens, until it has ended. */
  async watch(ref: string, channel: ServerChannel<BuildUpdate>): Promise<void> {
    const response = await this.#offered(`/berth/builds/${ref}/events`, channel.signal);
    if (response === null) return watchOwn(this.#find(ref), channel);
    try {
      for await (const line of jsonLines(response)) {
        const { vertexes, logs } = line as EngineUpdate;
        await channel.item({ steps: vertexes.map(stepOf), output: logs.map(outputOf) });
      }
    } catch (error) {
      throw toBridgeError(error, channel.signal);
    } finally {
      response.destroy();
    }
  }

  /** Resolves when a build that was started here has ended; it is cancelled by `cancel` alone. */
  async ended(ref: string, signal: AbortSignal): Promise<void> {
    const build = this.#own.get(ref);
    if (build?.isRunning !== true) return;
    await new Promise<void>((resolve) => {
      const forget = build.subscribe(() => {
        if (build.isRunning) return;
        forget();
        resolve();
      });
      signal.addEventListener('abort', () => {
        forget();
        resolve();
      });
    });
  }

  async cancel(ref: string, signal: AbortSignal): Promise<Record<string, never>> {
    const own = this.#own.get(ref);
    try {
      await this.#docker.json('POST', `/berth/builds/${ref}/cancel`, { signal });
    } catch (error) {
      if (own?.isRunning !== true || !isNotOffered(error)) throw error;
      own.cancel();
    }
    return {};
  }

  async remove(ref: string, signal: AbortSignal): Promise<Record<string, never>> {
    const own = this.#own.get(ref);
    if (own?.isRunning === true) throw new BridgeError('conflict', 'The build is running: cancel it first.');
    this.#own.delete(ref);
    try {
      await this.#docker.json('DELETE', `/berth/builds/${ref}`, { signal });
    } catch (error) {
      if (own === undefined || !isNotOffered(error)) throw error;
      this.#tell({ kind: 'gone', ref });
    }
    return {};
  }

  /** Gives the engine an archive of builds that ended elsewhere. Rejects with `unsupported` where it takes none. */
  async import(channel: ServerChannel<{ readonly bytes: number; readonly refs: readonly string[] }>): Promise<void> {
    const { signal } = channel;
    let bytes = 0;
    const progress = counted({
      ...channel,
      item: (now: ByteProgress) => {
        ({ bytes } = now);
        return channel.item({ bytes, refs: [] });
      },
    });
    const upload = receive(channel);
    upload.on('error', (error) => progress.destroy(error));
    try {
      const response = await this.#docker.open('POST', '/berth/builds', { stream: upload.pipe(progress), signal });
      const builds = (await json(response)) as readonly BuildSummary[];
      await channel.item({ bytes, refs: builds.map(({ ref }) => ref) });
    } catch (error) {
      if (!isNotOffered(error)) throw toBridgeError(error, signal);
      throw new BridgeError('unsupported', 'This engine does not take builds over.');
    }
  }

  async recent(): Promise<BuildSettings[]> {
    return recentOf(await this.#file.all());
  }

  dockerfile(place: Place): Promise<DockerfileContent> {
    return readDockerfile(place);
  }

  async saveDockerfile({ text, ...place }: Place & { readonly text: string }): Promise<Record<string, never>> {
    await saveDockerfile(place, text);
    return {};
  }

  /** Throws `unsupported` where the engine does not offer it. */
  async check(text: string, signal: AbortSignal): Promise<DockerfileCheck> {
    try {
      const path = '/berth/dockerfile/check';
      const found = await this.#docker.json<EngineCheck>('POST', path, { body: { Text: text }, signal });
      return {
        problem: found.problem === null ? null : warningAt('', found.problem),
        warnings: found.warnings.map((one) => warningAt(one.rule, one)),
      };
    } catch (error) {
      if (!isNotOffered(error)) throw error;
      throw new BridgeError('unsupported', 'This engine does not check Dockerfiles.');
    }
  }

  /** Ends what goes on. */
  dispose(): void {
    for (const build of this.#own.values()) build.cancel();
  }

  /** null where the engine does not have it, or does not know the build. */
  async #offered(path: string, signal: AbortSignal): Promise<IncomingMessage | null> {
    try {
      return await this.#docker.open('GET', path, { signal });
    } catch (error) {
      if (isNotOffered(error)) return null;
      throw error;
    }
  }

  async #record(ref: string, signal: AbortSignal): Promise<EngineRecord | null> {
    try {
      return await this.#docker.json<EngineRecord>('GET', `/berth/builds/${ref}`, { signal });
    } catch (error) {
      if (isNotOffered(error)) return null;
      throw error;
    }
  }

  #find(ref: string): OwnBuild {
    const own = this.#own.get(ref);
    if (own === undefined) throw new BridgeError('not-found', 'There is no such build.');
    return own;
  }

  #summaries(known: ReadonlySet<string>): BuildSummary[] {
    return [...this.#own.values()].filter(({ ref }) => !known.has(ref)).map(({ summary }) => summary);
  }

  #listen(listener: (news: BuildsNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(news: BuildsNews): void {
    for (const listener of this.#listeners) listener(news);
  }

  #trim(): void {
    for (const [ref, build] of this.#own) {
      if (this.#own.size <= ENDED_MAX) return;
      if (!build.isRunning) this.#own.delete(ref);
    }
  }
}

/** Any engine but ours answers so for a path that only ours has; ours for a build that it does not know. */
function isNotOffered(error: unknown): boolean {
  return error instanceof BridgeError && (error.status === 404 || error.status === 405 || error.status === 501);
}

/** Sends in order, one after the other. */
class NewsSender {
  readonly #channel: ServerChannel<BuildsNews>;
  #sending = Promise.resolve();

  constructor(channel: ServerChannel<BuildsNews>) {
    this.#channel = channel;
  }

  send(news: BuildsNews): void {
    // A page that went away is told by the signal.
    this.#sending = this.#sending.then(() => this.#channel.item(news)).catch(() => undefined);
  }
}

async function watchOwn(build: OwnBuild, channel: ServerChannel<BuildUpdate>): Promise<void> {
  await channel.item(build.whole);
  if (!build.isRunning) return;
  let sending = Promise.resolve();
  const { promise: ended, resolve } = Promise.withResolvers<null>();
  const forget = build.subscribe((update) => {
    sending = sending.then(() => channel.item(update)).catch(() => undefined);
    if (!build.isRunning) resolve(null);
  });
  channel.signal.addEventListener('abort', () => {
    resolve(null);
  });
  await ended;
  forget();
  await sending;
}
