import { EngineError } from '../errors.ts';
import type { Challenge, Credentials } from './credentials.ts';
import { errorText } from './error-text.ts';
import { readBody, send, type HttpResponse } from './http.ts';
import type { ProxySettings } from './proxy.ts';

/** Bytes; tokens of real servers are a few kilobytes. */
const TOKEN_ANSWER_MAX = 1024 * 1024;

interface TokenOptions {
  readonly signal: AbortSignal;
  readonly stallTime: number;
  readonly insecure: boolean;
  readonly proxies: ProxySettings;
}

/**
 * Fetches a bearer token for `scopes` (distribution token authentication: GET with basic credentials, or the OAuth2
 * refresh grant for an identity token). Throws `unauthorized`.
 */
export async function fetchToken(
  challenge: Challenge,
  registry: URL,
  scopes: readonly string[],
  credentials: Credentials,
  options: TokenOptions,
): Promise<string> {
  const realm = challenge.parameters.get('realm') ?? '';
  if (!URL.canParse(realm))
    throw new EngineError('internal', `${registry.host} asks for a token from an invalid address`);
  const url = new URL(realm);
  // Credentials that are safe on the way to the registry must not leave on a less safe way.
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && registry.protocol === 'http:');
  if (!allowed) throw new EngineError('internal', `${registry.host} asks for credentials over plain http; refused`);
  const service = challenge.parameters.get('service') ?? '';
  const response =
    credentials.identityToken === ''
      ? await byBasic(url, service, scopes, credentials, options)
      : await byRefresh(url, service, scopes, credentials, options);
  const body = await readBody(response, TOKEN_ANSWER_MAX);
  const told = errorText(body.toString('utf8'));
  if (response.status === 401 || response.status === 403) {
    const isNamed = credentials.username !== '' || credentials.identityToken !== '';
    const why = isNamed ? 'unauthorized: incorrect username or password' : 'unauthorized: authentication required';
    throw new EngineError('unauthorized', told || why);
  }
  if (response.status !== 200)
    throw new EngineError('internal', told || `the token server ${url.host} answered ${response.status}`);
  return tokenOf(body, url);
}

function byBasic(
  url: URL,
  service: string,
  scopes: readonly string[],
  { username, password }: Credentials,
  options: TokenOptions,
): Promise<HttpResponse> {
  if (service !== '') url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers: Record<string, string> = {};
  if (username !== '') {
    url.searchParams.set('account', username);
    headers['Authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  return send({ method: 'GET', url, headers, ...options });
}

function byRefresh(
  url: URL,
  service: string,
  scopes: readonly string[],
  { identityToken }: Credentials,
  options: TokenOptions,
): Promise<HttpResponse> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: identityToken,
    client_id: 'berth',
    service,
    scope: scopes.join(' '),
  });
  return send({
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
    ...options,
  });
}

function tokenOf(body: Buffer, url: URL): string {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new EngineError('internal', `the token server ${url.host} sent no JSON`, { cause: error });
  }
  if (typeof answer === 'object' && answer !== null) {
    if ('token' in answer && typeof answer.token === 'string' && answer.token !== '') return answer.token;
    if ('access_token' in answer && typeof answer.access_token === 'string') return answer.access_token;
  }
  throw new EngineError('internal', `authorization server did not include a token in the response (${url.host})`);
}
