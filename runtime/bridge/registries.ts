import { DockerConfig } from '../common/docker-config.ts';
import type { RegistryLogin } from '../contract/registries.ts';
import { BridgeError } from '../rpc/error.ts';
import type { DockerClient } from './docker-client.ts';
import { transferError } from './images.ts';

/** The contract's `registries.*`: logins are shared with the docker command, in its file or the helper it names. */
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

  async logout(registry: string): Promise<Record<string, never>> {
    await this.#config.erase(registry);
    return {};
  }
}
