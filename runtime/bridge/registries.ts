import { DockerConfig, registryOf } from '../common/docker-config.ts';
import type { SearchResult } from '../contract/images.ts';
import type { RegistryListing, RegistryLogin } from '../contract/registries.ts';
import { BridgeError } from '../rpc/error.ts';
import { toBridgeError, type DockerClient } from './docker-client.ts';
import { transferError } from './images.ts';

/** More than this many nobody looks through. */
const SEARCH_RESULTS = 25;

/** The contract's `registries.*` and `images.search`: logins are shared with the docker command, in its file or the helper it names. */
export class RegistryService {
  readonly #docker: DockerClient;
  readonly #config: DockerConfig;

  constructor(docker: DockerClient, config = new DockerConfig()) {
    this.#docker = docker;
    this.#config = config;
  }

  async list(): Promise<RegistryLogin[]> {
    return [...(await this.#config.logins())];
  }

  async login(
    input: { registry: string; username: string; password: string },
    signal: AbortSignal,
  ): Promise<Record<string, never>> {
    const { registry, username, password } = input;
    const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
    const answer = await this.#docker
      .json<{ IdentityToken?: string } | undefined>('POST', '/auth', {
        body: { username, password, serveraddress },
        signal,
      })
      .catch((error: unknown) => {
        if (error instanceof BridgeError && error.code === 'unauthorized') {
          throw new BridgeError('unauthorized', 'The registry does not accept this name and password.', {
            hint: 'Where two factors are on, an access token takes the place of the password.',
          });
        }
        throw error instanceof BridgeError && error.code === 'internal'
          ? transferError(error.detail ?? error.message)
          : error;
      });
    const identitytoken = answer?.IdentityToken ?? '';
    await this.#config.store(registry, {
      serveraddress,
      username,
      ...(identitytoken === '' ? { password } : { identitytoken }),
    });
    return {};
  }

  /** What a registry finds by words; Docker Hub's is the only one that most people ever meet. */
  async search(term: string, signal: AbortSignal): Promise<SearchResult[]> {
    const headers = { 'X-Registry-Auth': await this.#config.registryAuthHeader(registryOf(term)) };
    const found = await this.#docker
      .json<{ name: string; description: string; star_count: number; is_official: boolean }[]>(
        'GET',
        '/images/search',
        { query: { term, limit: SEARCH_RESULTS }, headers, signal },
      )
      .catch((error: unknown) => {
        const { code, detail, message } = toBridgeError(error, signal);
        throw code === 'cancelled' ? error : transferError(detail ?? message);
      });
    return found.map(({ name, description, star_count: stars, is_official: official }) => ({
      name,
      description,
      stars,
      official,
    }));
  }

  tags(repository: string, next: string, signal: AbortSignal): Promise<RegistryListing> {
    return this.#list('tags', { repository, next }, registryOf(repository), signal);
  }

  repositories(registry: string, next: string, signal: AbortSignal): Promise<RegistryListing> {
    return this.#list('repositories', { registry, next }, registry, signal);
  }

  /** Our own engine's `/berth/registry`, with the credentials that a pull would have. */
  async #list(
    what: 'tags' | 'repositories',
    query: Record<string, string>,
    registry: string,
    signal: AbortSignal,
  ): Promise<RegistryListing> {
    try {
      const { Names, Next } = await this.#docker.json<{ Names: string[]; Next: string }>(
        'GET',
        `/berth/registry/${what}`,
        { query, headers: { 'X-Registry-Auth': await this.#config.registryAuthHeader(registry) }, signal },
      );
      return { names: Names, next: Next };
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      const detail = error.detail ?? error.message;
      if (error.status === 404 && /page not found/i.test(detail))
        throw new BridgeError('unsupported', 'This engine cannot list what a registry has.');
      if (what === 'repositories' && [401, 403, 404].includes(error.status ?? 0))
        throw new BridgeError('unsupported', 'This registry does not tell which repositories it has.', {
          detail,
          hint: 'Type the name of one to see its tags.',
        });
      if (error.status === 404)
        throw new BridgeError('not-found', 'The registry has no such repository.', { detail, hint: 'Check the name.' });
      throw error.code === 'internal' || error.code === 'unauthorized' ? transferError(detail) : error;
    }
  }

  async logout(registry: string): Promise<Record<string, never>> {
    await this.#config.erase(registry);
    return {};
  }
}
