import type { Readable } from 'node:stream';
import type { Credentials } from '../registry/credentials.ts';
import { checkCredentials, inspectRemote, listTags, type RemoteImage } from '../registry/inspect.ts';
import { download } from '../registry/http.ts';
import { repositoriesPage, tagsPage, type ListingPage } from '../registry/listing.ts';
import { searchRegistry, type Search, type SearchResult } from '../registry/search.ts';
import { RegistrySession, type RegistryOptions } from '../registry/session.ts';
import type { Reference } from './reference.ts';

/** What registries can be asked about images without pulling any. */
export class RemoteImages {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** All tags of a repository. */
  tags(reference: Reference, credentials: Credentials, signal: AbortSignal): Promise<string[]> {
    return listTags(this.#session(reference, credentials, signal));
  }

  /** A page of the tags of a repository; `next` is that of the page before. */
  tagsPage(reference: Reference, next: string, credentials: Credentials, signal: AbortSignal): Promise<ListingPage> {
    return tagsPage(this.#session(reference, credentials, signal), next);
  }

  /** A page of the repositories of a registry, as far as it tells. */
  repositoriesPage(domain: string, next: string, credentials: Credentials, signal: AbortSignal): Promise<ListingPage> {
    return repositoriesPage(new RegistrySession(domain, '', 'pull', credentials, this.#options, signal), next);
  }

  /** Digest and platforms of an image in its registry. */
  inspect(reference: Reference, credentials: Credentials, signal: AbortSignal): Promise<RemoteImage> {
    return inspectRemote(this.#session(reference, credentials, signal), reference);
  }

  /** Asks a registry whether it takes credentials. Throws `unauthorized`. */
  checkCredentials(serverAddress: string, credentials: Credentials, signal: AbortSignal): Promise<void> {
    return checkCredentials(serverAddress, credentials, this.#options, signal);
  }

  /** Searches the registry that the term names, by default Docker Hub. Throws `invalid`, or what the registry says. */
  search(search: Search, credentials: Credentials, signal: AbortSignal): Promise<SearchResult[]> {
    return searchRegistry(search, credentials, this.#options, signal);
  }

  /** The body of an address that anyone may read. Throws `internal` when the server refuses. */
  download(url: URL, signal: AbortSignal): Promise<Readable> {
    return download(url, this.#options.proxies, signal);
  }

  #session({ domain, path }: Reference, credentials: Credentials, signal: AbortSignal): RegistrySession {
    return new RegistrySession(domain, path, 'pull', credentials, this.#options, signal);
  }
}
