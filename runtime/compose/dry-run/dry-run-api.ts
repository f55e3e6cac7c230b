import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PassThrough, Readable } from 'node:stream';
import { DockerApi, DockerApiError, type DockerApiRequest } from '../../common/docker-api.ts';
import { DryRunWorld } from './world.ts';

/** What is answered in an engine's place; `undefined` for an answer without a body. */
interface Answer {
  readonly value: unknown;
}

/**
 * An engine that is asked for what there is, and told of no change (`compose --dry-run`): what would have been changed
 * is remembered, so that what comes next sees it.
 */
export class DryRunApi extends DockerApi {
  readonly #world = new DryRunWorld();

  constructor(inner: DockerApi) {
    super(inner.connection, inner.version);
  }

  override async json<T>(method: string, path: string, options: DockerApiRequest = {}): Promise<T> {
    const answer = await this.#answer(method, path, options);
    return (answer === null ? await super.json<T>(method, path, options) : answer.value) as T;
  }

  /** Changes that answer with lines of progress answer with none. */
  override async open(method: string, path: string, options: DockerApiRequest = {}): Promise<IncomingMessage> {
    if (method === 'GET' || method === 'HEAD') return super.open(method, path, options);
    await this.#answer(method, path, options);
    return Readable.from([]) as IncomingMessage;
  }

  override hijack(): Promise<{ stream: Duplex }> {
    const stream = new PassThrough();
    stream.end();
    return Promise.resolve({ stream });
  }

  /** null: the engine itself is to be asked. */
  async #answer(method: string, path: string, options: DockerApiRequest): Promise<Answer | null> {
    options.stream?.destroy();
    if (method === 'GET') return this.#look(path, options);
    const [, kind = '', id = '', verb = ''] = path.split('/');
    if (path === '/containers/create') return { value: { Id: this.#world.create(options) } };
    this.#change(method, [kind, id, verb], options.query ?? {});
    if (verb === 'wait') return { value: { StatusCode: 0 } };
    return { value: verb === 'exec' || id === 'secrets' ? { Id: DRY_RUN_ID, Token: DRY_RUN_ID } : undefined };
  }

  async #look(path: string, options: DockerApiRequest): Promise<Answer | null> {
    if (path === '/containers/json')
      return { value: this.#world.listed(await super.json('GET', path, options), options.query ?? {}) };
    const [, kind = '', id = ''] = path.split('/');
    if (kind === 'containers')
      return {
        value: this.#world.inspected(id) ?? this.#world.changed(id, await super.json<object>('GET', path, options)),
      };
    if (kind === 'exec') return { value: { ExitCode: 0, Running: false } };
    if (kind !== 'images') return null;
    try {
      return { value: await super.json('GET', path, options) };
    } catch (error) {
      const name = path.replace(/^\/images\/|\/json$/g, '');
      if (!(error instanceof DockerApiError && error.status === 404 && this.#world.hasImage(name))) throw error;
      return { value: { Id: `sha256:${DRY_RUN_ID}` } };
    }
  }

  #change(
    method: string,
    [kind, id, verb]: readonly [string, string, string],
    query: NonNullable<DockerApiRequest['query']>,
  ): void {
    const text = (name: string): string => String(query[name] ?? '');
    if (kind === 'containers' && method === 'DELETE') this.#world.remove(id);
    else if (kind === 'containers') this.#world.act(id, verb, text('name'));
    else if (kind === 'build') for (const name of [query['t'] ?? []].flat()) this.#world.addImage(String(name));
    else if (kind === 'images') this.#world.addImage(`${text('fromImage')}:${text('tag')}`);
  }
}

/** Stands for whatever an engine would have made up. */
const DRY_RUN_ID = randomBytes(32).toString('hex');
