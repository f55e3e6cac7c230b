/**
 * Hash of the one script that stands in the page itself: it loads the page again when a file of it was lost on the way,
 * which no file can do. A test compares it with `renderer/index.html`.
 */
export const START_SCRIPT_HASH = 'sha256-pBwwe8JWYgJtHseqNWZSyykwly4h237KSLhTieVA6Vw=';

/**
 * Security headers of the page, the same for the Electron protocol and for the loopback server.
 *
 * `style-src-attr` allows inline because the terminal's renderer writes style attributes for true-colour cells; style
 * elements need the nonce, scripts may only be files of ours and that one, and no script may make HTML from strings.
 */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' '${START_SCRIPT_HASH}'`,
    `style-src-elem 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** Every header that a response of ours carries. */
export function securityHeaders(nonce: string): Record<string, string> {
  return {
    'Content-Security-Policy': contentSecurityPolicy(nonce),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=()',
  };
}

/** What stands in the built page where the nonce goes. */
export const NONCE_PLACEHOLDER = '__BERTH_NONCE__';
