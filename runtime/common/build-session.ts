import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { dockerfileTexts, type ContextDirectory } from './build-context.ts';
import { contentMethods } from './buildkit/content-service.ts';
import { fileMethods, type OfferedDirectory } from './buildkit/file-service.ts';
import { openSession, type ClientSession } from './buildkit/session.ts';
import type { DockerApi } from './docker-api.ts';

/** What a build uses of this machine while it goes on. */
export interface SessionOffer {
  /** The context; null for one that comes in another way. */
  readonly context: ContextDirectory | null;
  /** Further directories by the name of their context. */
  readonly directories: ReadonlyMap<string, string>;
  /** Directories of OCI image layouts by the name that the engine asks for. */
  readonly stores: ReadonlyMap<string, string>;
}

/** What stands for a directory of the session as a further context. */
export function sessionDirectory(name: string): string {
  return `local:${directoryName(name)}`;
}

/** Such that no name is that of the context itself. */
function directoryName(name: string): string {
  return `named:${name}`;
}

/** Whether an engine takes a session along with `POST /build`: ours does, Docker's only for builds of BuildKit. */
export async function takesSessions(api: DockerApi): Promise<boolean> {
  const answer = await api.open('GET', '/_ping');
  answer.resume();
  return /^Berth\//.test(String(answer.headers['server']));
}

/** Opens a session that offers what a build uses. Rejects with DockerApiError. */
export async function offerSession(api: DockerApi, offer: SessionOffer): Promise<ClientSession> {
  const { context, stores } = offer;
  const directories = new Map<string, OfferedDirectory>(
    [...offer.directories].map(([name, root]) => [directoryName(name), { root }]),
  );
  if (context !== null) {
    directories.set('context', { root: context.root });
    directories.set('dockerfile', { texts: await dockerfileTexts(context) });
  }
  const roots = [context?.root ?? '', ...offer.directories.values()];
  const sharedKey = createHash('sha256')
    .update(JSON.stringify([userInfo().uid, ...roots]))
    .digest('hex');
  return openSession(api, [...fileMethods(directories), ...contentMethods(stores)], sharedKey);
}
