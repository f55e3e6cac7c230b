import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** True for an address that only this machine can reach. */
export function isLoopback(address: string): boolean {
  if (address === 'localhost' || address === '::1') return true;
  return isIP(address) === 4 && address.startsWith('127.');
}

/** What a browser that is signed in has. */
export interface NewSession {
  /** The value of a Set-Cookie header. */
  readonly cookie: string;
  /**
   * For the page alone. A browser sends the cookie to every port of this machine: a container's page that was opened in it,
   * or another user's, learns it. What the page keeps for itself is kept by port.
   */
  readonly proof: string;
}

/** The header and the protocol of a WebSocket that carry the proof; behind the protocol's name it is one itself. */
const PROOF_HEADER = 'x-berth-proof';
export const SOCKET_PROTOCOL = 'berth';

/** The proof that a request carries, '' for none. */
export function proofIn(headers: IncomingHttpHeaders): string {
  const told = headers[PROOF_HEADER];
  if (typeof told === 'string') return told;
  const [name, proof = ''] = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  return name === SOCKET_PROTOCOL ? proof : '';
}

/**
 * Who may use the loopback server. A one-time token, handed over in the fragment of an address (which no browser
 * sends anywhere), is exchanged for a session cookie; Host and Origin must be ours, which a page of another site
 * cannot forge even when its name resolves to this machine.
 */
export class AccessControl {
  readonly #cookieName: string;
  readonly #origins: ReadonlySet<string>;
  readonly #hosts: ReadonlySet<string>;
  /** Tokens, with the user that may exchange each; null: whoever has it. */
  readonly #tokens = new Map<string, number | null>();
  /** Proofs by cookie. */
  readonly #sessions = new Map<string, string>();

  constructor(port: number) {
    // Cookies are shared by all ports of a host; the port in the name keeps two apps apart.
    this.#cookieName = `berth-${String(port)}`;
    this.#hosts = new Set(['127.0.0.1', 'localhost'].map((host) => `${host}:${String(port)}`));
    this.#origins = new Set([...this.#hosts].map((host) => `http://${host}`));
  }

  /**
   * A new token, good for one exchange. With `user` only by a process of that user: the command line of a browser, where
   * the token stands, can be read by everybody on this machine.
   */
  issueToken(user: number | null = null): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, user);
    return token;
  }

  /**
   * Exchanges a token for a session; null when the token is not, or no longer, good. `senderOf` tells which user sends it,
   * if that can be known.
   */
  exchange(token: string, senderOf: () => number | null): NewSession | null {
    const known = [...this.#tokens].find(([one]) => equal(one, token));
    if (known === undefined) return null;
    const [issued, user] = known;
    if (user !== null && senderOf() !== user) return null;
    this.#tokens.delete(issued);
    const session = randomBytes(32).toString('base64url');
    const proof = randomBytes(32).toString('base64url');
    this.#sessions.set(session, proof);
    return { cookie: `${this.#cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`, proof };
  }

  /** Whether the request was addressed to us by our own name and, if a page sent it, by a page of ours. */
  isOurs(headers: IncomingHttpHeaders): boolean {
    if (headers.host === undefined || !this.#hosts.has(headers.host)) return false;
    return headers.origin === undefined || this.#origins.has(headers.origin);
  }

  /** Whether it is a page of ours that asks, not a tool without an Origin. */
  hasOrigin(headers: IncomingHttpHeaders): boolean {
    return headers.origin !== undefined && this.#origins.has(headers.origin);
  }

  /** Whether the cookie of a session came, and its proof. */
  hasSession(headers: IncomingHttpHeaders, proof: string): boolean {
    const cookies = (headers.cookie ?? '').split(';').map((one) => one.trim());
    const mine = cookies.find((one) => one.startsWith(`${this.#cookieName}=`));
    if (mine === undefined) return false;
    const value = mine.slice(this.#cookieName.length + 1);
    return [...this.#sessions].some(([session, own]) => equal(session, value) && equal(own, proof));
  }
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
