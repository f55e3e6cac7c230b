import { Readable } from 'node:stream';
import tar from 'tar-stream';
import type { DockerApi } from '../../common/docker-api.ts';
import { DockerConfig, dockerConfigDirectory } from '../../common/docker-config.ts';

/** Where docker's clients in a container look for the engine, unless told otherwise. */
const SOCKET = '/var/run/docker.sock';

/** Where a container's clients find the logins of who made it. */
const CONFIGURATION = '/run/secrets/docker';

/** What a container is given so that clients in it can use the engine as who made it. */
export interface ApiSocket {
  readonly mount: object;
  /** `DOCKER_CONFIG` where there are logins to hand over. */
  readonly variables: readonly string[];
  /** Puts the logins into the container that was made. */
  readonly deliver: (id: string) => Promise<void>;
}

/**
 * The parts of `--use-api-socket`. `variables` are those of the container: with a `DOCKER_CONFIG` of its own it gets no
 * logins. An engine on a socket of this machine is mounted from there, any other from where its own clients find it.
 */
export async function apiSocket(
  api: DockerApi,
  environment: NodeJS.ProcessEnv,
  variables: readonly string[],
): Promise<ApiSocket> {
  const { target } = api.connection;
  const source = 'socketPath' in target ? target.socketPath : SOCKET;
  const hasOwn = variables.some((one) => one.startsWith('DOCKER_CONFIG='));
  const auths = hasOwn ? {} : await logins(environment);
  const isEmpty = Object.keys(auths).length === 0;
  return {
    mount: { Type: 'bind', Source: source, Target: SOCKET, BindOptions: {} },
    variables: isEmpty ? [] : [`DOCKER_CONFIG=${CONFIGURATION}`],
    deliver: async (id) => {
      if (isEmpty) return;
      const pack = tar.pack();
      pack.entry({ name: `${CONFIGURATION.slice(1)}/config.json`, mode: 0o600 }, JSON.stringify({ auths }));
      pack.finalize();
      await api.open('PUT', `/containers/${id}/archive`, { query: { path: '/' }, stream: Readable.from(pack) });
    },
  };
}

/** Logins with their secrets, as a configuration has them that needs no helper. */
async function logins(environment: NodeJS.ProcessEnv): Promise<Record<string, object>> {
  const config = new DockerConfig(dockerConfigDirectory(environment), environment);
  const found: Record<string, object> = {};
  for (const { registry } of await config.logins()) {
    const credentials = await config.credentialsFor(registry);
    if (credentials === null) continue;
    const { username = '', password = '', identitytoken = '', serveraddress } = credentials;
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    found[serveraddress] = identitytoken === '' ? { auth } : { identitytoken };
  }
  return found;
}
