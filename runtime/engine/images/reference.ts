import { EngineError } from '../errors.ts';
import { isDigest, type Digest } from '../store/digest.ts';

/**
 * A parsed image name, `[domain/]path[:tag][@digest]`, with Docker's defaults filled in: no domain is `docker.io`,
 * and a bare name there is in `library/`. The grammar is that of the distribution project's reference package.
 */
export interface Reference {
  /** Host with optional port, `docker.io` for Docker Hub. */
  readonly domain: string;
  /** Path of the repository in its registry, `library/alpine`. */
  readonly path: string;
  readonly tag: string | null;
  readonly digest: Digest | null;
}

const DEFAULT_DOMAIN = 'docker.io';
const OFFICIAL_PREFIX = 'library/';
const NAME_LENGTH_MAX = 255;

const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

function invalid(detail = 'invalid reference format'): EngineError {
  return new EngineError('invalid', detail);
}

/** Parses a name as users write it. Throws `invalid reference format` and its kin. */
export function parseReference(text: string): Reference {
  if (/^[0-9a-f]{64}$/.test(text))
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  let rest = text;
  let digest: Digest | null = null;
  const at = rest.indexOf('@');
  if (at >= 0) {
    const digestText = rest.slice(at + 1);
    if (!isDigest(digestText)) throw invalid();
    digest = digestText;
    rest = rest.slice(0, at);
  }
  let tag: string | null = null;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    if (!TAG.test(tag)) throw invalid();
    rest = rest.slice(0, colon);
  }
  const { domain, path } = splitDomain(rest);
  if (path.toLowerCase() !== path) throw invalid('invalid reference format: repository name must be lowercase');
  if (!DOMAIN.test(domain) || !PATH.test(path)) throw invalid();
  if (`${domain}/${path}`.length > NAME_LENGTH_MAX)
    throw invalid('invalid reference format: repository name must not be more than 255 characters');
  return { domain, path, tag, digest };
}

/** The part before the first slash is a host only if it looks like one. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  let domain = isHost ? first : DEFAULT_DOMAIN;
  let path = isHost ? name.slice(slash + 1) : name;
  if (domain === 'index.docker.io') domain = DEFAULT_DOMAIN;
  if (domain === DEFAULT_DOMAIN && !path.includes('/')) path = OFFICIAL_PREFIX + path;
  return { domain, path };
}

/** The reference with `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === null && reference.digest === null ? { ...reference, tag: 'latest' } : reference;
}

/** A reference that something new is to be known by, with a tag. Throws for what would be taken for a digest. */
export function newName(reference: Reference): Reference {
  const named = withDefaultTag(reference);
  if (named.digest !== null) throw invalid('refusing to create a tag with a digest reference');
  if (familiarRepository(named) === 'sha256')
    throw invalid('refusing to create an ambiguous tag using digest algorithm as name');
  return named;
}

/** The reference with another tag. Throws when the tag is malformed. */
export function withTag(reference: Reference, tag: string): Reference {
  if (!TAG.test(tag)) throw invalid(`invalid tag format`);
  return { ...reference, tag, digest: null };
}

/** Full repository name, `docker.io/library/alpine`. */
export function repositoryOf(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/** Repository name as people write it, `alpine`. */
export function familiarRepository(reference: Pick<Reference, 'domain' | 'path'>): string {
  if (reference.domain !== DEFAULT_DOMAIN) return `${reference.domain}/${reference.path}`;
  const rest = reference.path.slice(OFFICIAL_PREFIX.length);
  const official = reference.path.startsWith(OFFICIAL_PREFIX) && !rest.includes('/');
  return official && !isDomainLike(rest) ? rest : reference.path;
}

function isDomainLike(name: string): boolean {
  return name === 'localhost' || /^[0-9a-f]{64}$/.test(name);
}

/** The whole reference as people write it, `alpine:3.20` or `alpine@sha256:…`. */
export function familiarName(reference: Reference): string {
  const tag = reference.tag === null ? '' : `:${reference.tag}`;
  const digest = reference.digest === null ? '' : `@${reference.digest}`;
  return familiarRepository(reference) + tag + digest;
}
