import { EngineError } from '../errors.ts';

/** Credentials for one registry, as API clients send them (AuthConfig of the Docker Engine API). */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** OAuth2 refresh token, used instead of the password. */
  readonly identityToken: string;
  /** Ready bearer token, used as it is. */
  readonly registryToken: string;
}

export const ANONYMOUS: Credentials = { username: '', password: '', identityToken: '', registryToken: '' };

/** Longest header that is looked at; tokens of cloud registries reach some kilobytes. */
const HEADER_MAX = 64 * 1024;

/** Reads an AuthConfig object. Throws `invalid`. */
export function parseAuthConfig(value: unknown): Credentials & { readonly serverAddress: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EngineError('invalid', 'the registry credentials are not a JSON object');
  const fields = new Map<string, unknown>(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
  const text = (key: string): string => {
    const field = fields.get(key);
    return typeof field === 'string' ? field : '';
  };
  let username = text('username');
  let password = text('password');
  if (username === '' && text('auth') !== '') {
    const pair = Buffer.from(text('auth'), 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon < 0) throw new EngineError('invalid', 'the registry credentials have a malformed "auth"');
    username = pair.slice(0, colon);
    password = pair.slice(colon + 1).replace(/\0+$/, '');
  }
  return {
    username,
    password,
    identityToken: text('identitytoken'),
    registryToken: text('registrytoken'),
    serverAddress: text('serveraddress'),
  };
}

/** Reads the `X-Registry-Auth` header: base64url (or base64) of an AuthConfig. Absent or empty is anonymous. */
export function parseRegistryAuth(header: string | undefined): Credentials {
  if (header === undefined || header === '') return ANONYMOUS;
  if (header.length > HEADER_MAX) throw new EngineError('invalid', 'the X-Registry-Auth header is too long');
  const text = Buffer.from(header.replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString('utf8');
  if (text.trim() === '') return ANONYMOUS;
  try {
    return parseAuthConfig(JSON.parse(text));
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError('invalid', 'the X-Registry-Auth header is not base64 of a JSON object', { cause: error });
  }
}

/** One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1). */
export interface Challenge {
  /** Lower-case. */
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parses a WWW-Authenticate header with any number of challenges; what cannot be read is left out. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const token = /\s*,?\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y;
  for (;;) {
    const found = token.exec(header);
    if (found === null) return challenges;
    const [, name = '', quoted, plain] = found;
    const value = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1');
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
}
