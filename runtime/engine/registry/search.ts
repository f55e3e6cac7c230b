import * as z from 'zod';
import { EngineError } from '../errors.ts';
import type { Credentials } from './credentials.ts';
import { readBody } from './http.ts';
import { RegistrySession, type RegistryOptions } from './session.ts';

/** What `GET /images/search` asks for. */
export interface Search {
  /** Words, after the host of a registry and a slash when it is not Docker Hub that is searched. */
  readonly term: string;
  /** 1 to 100; 0 for Docker's 25. */
  readonly limit: number;
  readonly filters: ReadonlyMap<string, readonly string[]>;
}

/** One image that was found, as the API has it. */
export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  readonly is_automated: boolean;
}

/** 100 results with their descriptions are some 50 kB. */
const ANSWER_MAX = 1024 * 1024;
const DEFAULT_LIMIT = 25;
const LIMIT_MAX = 100;

const answer = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      description: z.string().nullish(),
      star_count: z.number().nullish(),
      is_official: z.boolean().nullish(),
    }),
  ),
});

/** Searches with the v1 search of a registry, which Docker Hub has and few others do. */
export async function searchRegistry(
  { term, limit, filters }: Search,
  credentials: Credentials,
  options: RegistryOptions,
  signal: AbortSignal,
): Promise<SearchResult[]> {
  const count = limit === 0 ? DEFAULT_LIMIT : limit;
  if (count < 1 || count > LIMIT_MAX)
    throw new EngineError('invalid', `limit ${count} is outside the range of [1, ${LIMIT_MAX}]`);
  const keeps = resultFilter(filters);
  const { host, words } = splitTerm(term);
  const session = new RegistrySession(host, '', 'pull', credentials, options, signal);
  const target = `/v1/search?q=${encodeURIComponent(words)}&n=${count}`;
  const response = await session.request({ method: 'GET', target });
  if (response.status !== 200) {
    response.body.resume();
    throw new EngineError('internal', `Unexpected status code ${response.status}`);
  }
  const parsed = answer.safeParse(parseJson(await readBody(response, ANSWER_MAX)));
  if (!parsed.success) throw new EngineError('internal', `${host} did not answer the search with a list of images`);
  return parsed.data.results.map(toResult).filter(keeps);
}

/** A first part with a dot or a port, or `localhost`, is a registry, as in names of images. */
function splitTerm(term: string): { host: string; words: string } {
  if (term.includes('://'))
    throw new EngineError('invalid', 'invalid repository name: repository name should not have a scheme');
  const slash = term.indexOf('/');
  const first = term.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === 'localhost';
  if (!isHost || first === 'docker.io')
    return { host: 'index.docker.io', words: isHost ? term.slice(slash + 1) : term };
  return { host: first, words: term.slice(slash + 1) };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

function toResult(found: z.infer<typeof answer>['results'][number]): SearchResult {
  return {
    name: found.name,
    description: found.description ?? '',
    star_count: found.star_count ?? 0,
    is_official: found.is_official ?? false,
    is_automated: false, // Docker Hub has none any more, and Docker says so of every image.
  };
}

function resultFilter(filters: ReadonlyMap<string, readonly string[]>): (result: SearchResult) => boolean {
  for (const name of filters.keys())
    if (!['is-automated', 'is-official', 'stars'].includes(name))
      throw new EngineError('invalid', `invalid filter '${name}'`);
  const isOfficial = booleanValue(filters, 'is-official');
  const isAutomated = booleanValue(filters, 'is-automated');
  const stars = (filters.get('stars') ?? []).map((text) => {
    if (!/^\d+$/.test(text)) throw new EngineError('invalid', `invalid filter 'stars=[${text}]'`);
    return Number(text);
  });
  return (result) =>
    (isOfficial ?? result.is_official) === result.is_official &&
    isAutomated !== true &&
    stars.every((least) => result.star_count >= least);
}

function booleanValue(filters: ReadonlyMap<string, readonly string[]>, name: string): boolean | null {
  const values = filters.get(name);
  if (values === undefined) return null;
  if (values.every((value) => value === 'true' || value === '1')) return true;
  if (values.every((value) => value === 'false' || value === '0')) return false;
  throw new EngineError('invalid', `invalid filter '${name}=[${values.join(' ')}]'`);
}
