import * as z from 'zod/mini';
import { connectionTo, dockerContexts, readCertificates, socketConnection } from '../common/docker-address.ts';
import type { DockerConnection } from '../common/docker-address.ts';
import { DockerApi } from '../common/docker-api.ts';
import { dockerConfigDirectory } from '../common/docker-config.ts';
import type { EngineEndpoint } from '../contract/system.ts';
import { BridgeError } from '../rpc/error.ts';
import { toBridgeError, type DockerClient } from './docker-client.ts';
import { configFile, StoredList } from './stored-list.ts';

const OWN = 'local';
/** How long another engine may take to answer before it counts as away, in milliseconds. */
const ANSWER_MS = 20_000;

/** An engine that was added in the app. */
const storedSchema = z.object({ name: z.string(), address: z.string(), certificates: z.optional(z.string()) });
type Stored = z.infer<typeof storedSchema>;

/** Which engine the bridge talks to: the app's own, one of docker's contexts, or one that was added here. */
export class EndpointService {
  readonly #docker: DockerClient;
  readonly #ownSocket: string;
  readonly #added: StoredList<Stored>;
  #current = OWN;

  constructor(docker: DockerClient, ownSocket: string, file = configFile('engines.json')) {
    this.#docker = docker;
    this.#ownSocket = ownSocket;
    this.#added = new StoredList(file, storedSchema);
  }

  /** Name of the engine that is shown. */
  get current(): string {
    return this.#current;
  }

  /** Whether it is the app's own engine that is shown. */
  get isOwn(): boolean {
    return this.#current === OWN;
  }

  async list(): Promise<EngineEndpoint[]> {
    const [stored, contexts] = await Promise.all([this.#added.all(), dockerContexts(dockerConfigDirectory())]);
    const all: Omit<EngineEndpoint, 'current'>[] = [
      { name: OWN, address: `unix://${this.#ownSocket}`, source: 'own' },
      ...stored.map(({ name, address }) => ({ name, address, source: 'added' as const })),
      ...contexts.map(({ name, address }) => ({ name, address, source: 'context' as const })),
    ];
    const names = new Set<string>();
    return all
      .filter(({ name }) => !names.has(name) && names.add(name))
      .map((endpoint) => ({ ...endpoint, current: endpoint.name === this.#current }));
  }

  async use(name: string): Promise<{ name: string }> {
    const connection = await this.connection(name);
    const api = new DockerApi(connection);
    try {
      await api.json('GET', '/version', { signal: AbortSignal.timeout(ANSWER_MS) });
    } catch (error) {
      api.close();
      const cause = toBridgeError(error);
      throw new BridgeError('engine-unreachable', `No engine answers at ${connection.address}.`, {
        detail: cause.detail ?? cause.message,
        hint: 'The app goes on with the engine it had.',
      });
    }
    this.#current = name;
    this.#docker.use(api);
    return { name };
  }

  async add(input: { name: string; address: string; certificates?: string | undefined }): Promise<{ name: string }> {
    if ((await this.list()).some(({ name }) => name === input.name)) {
      throw new BridgeError('conflict', `There is an engine “${input.name}” already.`);
    }
    const { name, address, certificates } = input;
    await this.#added.change((added) => [
      ...added,
      { name, address, ...(certificates === undefined ? {} : { certificates }) },
    ]);
    return { name };
  }

  async remove(name: string): Promise<{ name: string }> {
    if (name === this.#current)
      throw new BridgeError('in-use', 'This engine is shown right now; choose another first.');
    await this.#added.change((added) => added.filter((one) => one.name !== name));
    return { name };
  }

  /** The way to an engine of the list. Rejects with `not-found` for another, with `invalid` for what is no address. */
  async connection(name: string): Promise<DockerConnection> {
    if (name === OWN) return socketConnection(this.#ownSocket);
    const stored = (await this.#added.all()).find((one) => one.name === name);
    try {
      if (stored !== undefined) {
        const certificates = stored.certificates === undefined ? null : await readCertificates(stored.certificates);
        if (stored.certificates !== undefined && certificates === null) {
          throw new Error(`there is no ca.pem, cert.pem or key.pem in ${stored.certificates}`);
        }
        return connectionTo(stored.address, certificates ?? undefined);
      }
      const context = (await dockerContexts(dockerConfigDirectory())).find((one) => one.name === name);
      if (context !== undefined) return connectionTo(context.address, context.certificates);
    } catch (error) {
      throw new BridgeError('invalid', error instanceof Error ? error.message : String(error));
    }
    throw new BridgeError('not-found', `There is no engine “${name}”.`);
  }
}
