import { STATUS_CODES } from 'node:http';
import { EngineError } from '../errors.ts';
import { parseManifest, type Descriptor } from '../images/manifest.ts';
import type { Platform } from '../images/platform.ts';
import { parseImageDocument } from '../images/config.ts';
import type { Reference } from '../images/reference.ts';
import { fetchManifest, fetchSmallBlob } from './content.ts';
import type { Credentials } from './credentials.ts';
import { tagsPage } from './listing.ts';
import { RegistrySession, refusal, type RegistryOptions } from './session.ts';

/** What `GET /distribution/{name}/json` answers. */
export interface RemoteImage {
  readonly Descriptor: Descriptor;
  readonly Platforms: readonly Platform[];
}

/** Pages that are asked for; a repository with more tags is not pulled whole. */
const TAGS_PAGES_MAX = 100;

/** Digest and platforms of an image in its registry. */
export async function inspectRemote(session: RegistrySession, reference: Reference): Promise<RemoteImage> {
  const fetched = await fetchManifest(session, reference.digest ?? reference.tag ?? 'latest');
  const parsed = parseManifest(fetched.bytes, fetched.contentType);
  const descriptor = { mediaType: parsed.mediaType, digest: fetched.digest, size: fetched.bytes.length };
  if (parsed.kind === 'index')
    return { Descriptor: descriptor, Platforms: parsed.manifests.map(({ platform }) => platform) };
  const { os, architecture, variant } = parseImageDocument(
    await fetchSmallBlob(session, parsed.config.digest, parsed.config.size),
  );
  return { Descriptor: descriptor, Platforms: [{ os, architecture, variant }] };
}

/** All tags of a repository (distribution-spec, "Listing tags"). */
export async function listTags(session: RegistrySession): Promise<string[]> {
  const tags: string[] = [];
  let next = '';
  for (let count = 0; count < TAGS_PAGES_MAX && (count === 0 || next !== ''); count += 1) {
    const page = await tagsPage(session, next);
    tags.push(...page.names);
    ({ next } = page);
  }
  return tags;
}

/** The registry that `docker login` means: a host, or an address whose host counts. '' is Docker Hub. */
export function loginHost(serverAddress: string): string {
  if (serverAddress === '' || serverAddress.includes('index.docker.io')) return 'docker.io';
  const host = serverAddress.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  if (!/^[A-Za-z0-9.:[\]-]+$/.test(host)) throw new EngineError('invalid', 'the registry address is malformed');
  return host;
}

/** Asks the registry whether it takes the credentials. Throws `unauthorized`. */
export async function checkCredentials(
  serverAddress: string,
  credentials: Credentials,
  options: RegistryOptions,
  signal: AbortSignal,
): Promise<void> {
  const session = new RegistrySession(loginHost(serverAddress), '', 'pull', credentials, options, signal);
  const response = await session.request({ method: 'GET', target: '/v2/' });
  if (response.status === 200) {
    response.body.resume();
    return;
  }
  if (response.status === 401) {
    response.body.resume();
    // Docker's words, by which tools know it.
    const status = `${response.status} ${STATUS_CODES[response.status] ?? ''}`;
    throw new EngineError('unauthorized', `login attempt to ${response.url.href} failed with status: ${status}`);
  }
  throw await refusal(response, 'login attempt failed');
}
