import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { connectionTo, dockerContexts, readCertificates, socketConnection } from '../common/docker-address.ts';
import type { DockerConnection } from '../common/docker-address.ts';
import { DockerApi } from '../common/docker-api.ts';
import { dockerConfigDirectory } from '../common/docker-config.ts';
import type { EngineEndpoint } from '../contract/system.ts';
import { BridgeError } from '../rpc/error.ts';
import { toBridgeError, type DockerClient } from './docker-client.ts';

const OWN = 'local';
/** How long another engine may take to answer before it counts as away, in milliseconds. */
const ANSWER_MS = 20_000;

const storedSchema = z.array(z.object({ name: z.string(), address: z.string(), certificates: z.optional(z.string()) }));
type Stored = z.infer<typeof storedSchema>;

/** Where the engines that were added in the app are remembered. */
export function endpointsFile(environment: NodeJS.ProcessEnv = process.env): string {
  const set = environment['XDG_CONFIG_HOME'] ?? '';
  return join(set === '' ? join(environment['HOME'] ?? homedir(), '.config') : set, 'berth/engines.json');
}

/** Which engine the bridge talks to: the app's own, one of docker's contexts, or one that was added here. */
export class EndpointService {
  readonly #docker: DockerClient;
  readonly #ownSocket: string;
  readonly #file: string;
  #current = OWN;

  constructor(docker: DockerClient, ownSocket: string, file = endpointsFile()) {
    this.#docker = docker;
    this.#ownSocket = ownSocket;
    this.#file = file;
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
    const [stored, contexts] = await Promise.all([this.#stored(), dockerContexts(dockerConfigDirectory())]);
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
    const connection = await this.#connection(name);
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
    await this.#store([
      ...(await this.#stored()),
      { name, address, ...(certificates === undefined ? {} : { certificates }) },
    ]);
    return { name };
  }

  async remove(name: string): Promise<{ name: string }> {
    if (name === this.#current)
      throw new BridgeError('in-use', 'This engine is shown right now; choose another first.');
    await this.#store((await this.#stored()).filter((one) => one.name !== name));
    return { name };
  }

  async #connection(name: string): Promise<DockerConnection> {
    if (name === OWN) return socketConnection(this.#ownSocket);
    const stored = (await this.#stored()).find((one) => one.name === name);
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

  async #stored(): Promise<Stored> {
    const text = await readFile(this.#file, 'utf8').catch(() => '[]');
    try {
      const parsed = z.safeParse(storedSchema, JSON.parse(text));
      return parsed.success ? parsed.data : [];
    } catch {
      return [];
    }
  }

  async #store(endpoints: Stored): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    const draft = `${this.#file}.${String(process.pid)}`;
    await writeFile(draft, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, this.#file);
  }
}
