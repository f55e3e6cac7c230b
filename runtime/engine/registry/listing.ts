import { EngineError } from '../errors.ts';
import { parseDocument } from '../images/manifest.ts';
import { readBody } from './http.ts';
import { refusal, type RegistrySession } from './session.ts';

/** One page of what a registry lists. */
export interface ListingPage {
  readonly names: readonly string[];
  /** What asks for the page after this one; '' when it is the last. */
  readonly next: string;
}

/** Bytes of one page. */
const PAGE_MAX = 4 * 1024 * 1024;
/** Names that are asked for at once; registries give what they think right. */
const PAGE_NAMES = 1000;
/** Longest word on where to go on that is passed back to a registry. */
const NEXT_MAX = 4096;

/** A page of the tags of the session's repository (distribution-spec, "Listing tags"). `next` is that of the page before. */
export function tagsPage(session: RegistrySession, next: string): Promise<ListingPage> {
  return page(session, `/v2/${session.repository}/tags/list`, 'tags', next);
}

/** A page of the repositories of a registry. Many do not tell: they refuse, or know no such address. */
export function repositoriesPage(session: RegistrySession, next: string): Promise<ListingPage> {
  session.askForCatalog();
  return page(session, '/v2/_catalog', 'repositories', next);
}

async function page(
  session: RegistrySession,
  path: string,
  field: 'tags' | 'repositories',
  next: string,
): Promise<ListingPage> {
  if (next.length > NEXT_MAX || /[#\s]/.test(next))
    throw new EngineError('invalid', 'the page of the list is malformed');
  // The registry says where to go on, but always on its own list: only the query is taken.
  const query = next === '' ? `n=${PAGE_NAMES}` : next;
  const response = await session.request({ method: 'GET', target: `${path}?${query}` });
  if (response.status !== 200) throw await refusal(response, field);
  const document = parseDocument(await readBody(response, PAGE_MAX), `the list of ${field}`);
  const names = document[field];
  return {
    names: Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [],
    next: nextQuery(String(response.headers['link'] ?? ''), response.url),
  };
}

/** The query of the next page in a Link header (RFC 8288); '' when there is none. */
export function nextQuery(header: string, url: URL): string {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(header)?.[1];
  return target === undefined || !URL.canParse(target, url.href) ? '' : new URL(target, url).search.slice(1);
}
