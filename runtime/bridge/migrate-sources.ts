import { realpath } from 'node:fs/promises';
import { socketConnection, type DockerConnection } from '../common/docker-address.ts';
import { DockerApi } from '../common/docker-api.ts';
import type { MigrationSource } from '../contract/migrate.ts';
import type { EndpointService } from './endpoints.ts';

/** How long a socket of this machine may take to answer, in milliseconds. */
const ANSWER_MS = 2000;
const UNIX = 'unix://';

/** Where engines of this machine listen by their own choice. */
export function usualSockets(environment: NodeJS.ProcessEnv = process.env): string[] {
  const own = environment['XDG_RUNTIME_DIR'] ?? '';
  return [
    '/var/run/docker.sock',
    '/run/podman/podman.sock',
    ...(own === '' ? [] : [`${own}/docker.sock`, `${own}/podman/podman.sock`]),
  ];
}

/** The engines that things can be brought over from, whichever is shown. */
export class MigrationSources {
  readonly #endpoints: EndpointService;
  readonly #sockets: readonly string[];

  constructor(endpoints: EndpointService, sockets: readonly string[] = usualSockets()) {
    this.#endpoints = endpoints;
    this.#sockets = sockets;
  }

  async list(): Promise<MigrationSource[]> {
    const listed = await this.#endpoints.list();
    const known = new Set(await Promise.all(listed.map(({ address }) => whereIs(address))));
    const found = await Promise.all(
      this.#sockets.map(async (path) => ({ address: `${UNIX}${path}`, isThere: await answers(path) })),
    );
    const others: MigrationSource[] = [];
    for (const { address, isThere } of found) {
      const place = await whereIs(address);
      if (!isThere || known.has(place)) continue;
      known.add(place);
      others.push({ name: address, address, isListed: false });
    }
    return [
      ...listed.filter(({ current }) => !current).map(({ name, address }) => ({ name, address, isListed: true })),
      ...others,
    ];
  }

  /** The way to one of them. Rejects with `not-found` for what is not in the list. */
  async connection(name: string): Promise<DockerConnection> {
    const path = name.startsWith(UNIX) ? name.slice(UNIX.length) : '';
    return this.#sockets.includes(path) ? socketConnection(path) : this.#endpoints.connection(name);
  }
}

/** An address that is the same for all links to one socket. */
async function whereIs(address: string): Promise<string> {
  if (!address.startsWith(UNIX)) return address;
  const path = address.slice(UNIX.length);
  return `${UNIX}${await realpath(path).catch(() => path)}`;
}

async function answers(path: string): Promise<boolean> {
  const api = new DockerApi(path);
  try {
    (await api.open('GET', '/_ping', { signal: AbortSignal.timeout(ANSWER_MS) })).resume();
    return true;
  } catch {
    // Nobody there, or nobody that this person may speak to.
    return false;
  } finally {
    api.close();
  }
}
