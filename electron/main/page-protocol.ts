import { randomBytes } from 'node:crypto';
import { securityHeaders } from '../../runtime/common/content-security-policy.ts';
import type { StaticFiles } from '../../runtime/common/static-files.ts';

/** Name of the scheme that serves the page. */
export const PAGE_SCHEME = 'app';

/** The path of a request for a file of the page, or null for another scheme, host or method. */
export function pagePath(method: string, address: string): string | null {
  if (method !== 'GET' || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== `${PAGE_SCHEME}:` || url.host !== '-') return null;
  return url.pathname === '' ? '/' : url.pathname;
}

/** Answers a request of the window from the built page, with the same headers as the loopback server. */
export function answerPage(files: StaticFiles, method: string, address: string): Response {
  const nonce = randomBytes(18).toString('base64url');
  const headers = securityHeaders(nonce);
  const path = pagePath(method, address);
  const file = path === null ? null : files.find(path, nonce);
  if (file === null) return new Response(null, { status: 404, headers });
  return new Response(new Uint8Array(file.body), { headers: { ...headers, 'Content-Type': file.type } });
}
