import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { contentSecurityPolicy } from '../common/content-security-policy.ts';
import { AccessControl, isLoopback, proofIn, type NewSession } from './access.ts';
import { browserArguments, chooseLaunchTarget } from './launch-target.ts';

describe('AccessControl', () => {
  it('exchanges a token once', () => {
    const access = new AccessControl(4000);
    const token = access.issueToken();
    const exchange = (one: string): NewSession | null => access.exchange(one, () => null);
    const { cookie = '', proof = '' } = exchange(token) ?? {};
    expect(cookie).toMatch(/^berth-4000=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(exchange(token)).toBeNull();
    expect(exchange('')).toBeNull();
    const sent = `a=b; ${cookie.split(';')[0] ?? ''}`;
    expect(access.hasSession({ cookie: sent }, proof)).toBe(true);
    expect(access.hasSession({ cookie: 'berth-4000=' }, proof)).toBe(false);
    expect(access.hasSession({}, proof)).toBe(false);
    // The cookie alone goes to every port of this machine.
    expect(access.hasSession({ cookie: sent }, '')).toBe(false);
    const other = access.exchange(access.issueToken(), () => null);
    expect(access.hasSession({ cookie: sent }, other?.proof ?? '')).toBe(false);
  });

  it('takes the proof from a header, or from what a WebSocket asks for', () => {
    expect(proofIn({ 'x-berth-proof': 'p' })).toBe('p');
    expect(proofIn({ 'sec-websocket-protocol': 'berth, p' })).toBe('p');
    expect(proofIn({ 'sec-websocket-protocol': 'other, p' })).toBe('');
    expect(proofIn({})).toBe('');
  });

  it('lets nobody use a token that they have read in the command line of another user’s browser', () => {
    const access = new AccessControl(4000);
    const token = access.issueToken(1000);
    expect(access.exchange(token, () => 1001)).toBeNull();
    expect(access.exchange(token, () => null)).toBeNull();
    expect(access.exchange(token, () => 1000)).not.toBeNull();
  });

  it.each([
    [{ host: '127.0.0.1:4000' }, true],
    [{ host: 'localhost:4000', origin: 'http://localhost:4000' }, true],
    [{ host: 'evil.example:4000' }, false],
    [{ host: '127.0.0.1:4001' }, false],
    [{ host: '127.0.0.1:4000', origin: 'http://evil.example' }, false],
    [{ host: '127.0.0.1:4000', origin: 'null' }, false],
    [{}, false],
  ])('knows %o', (headers, ours) => {
    expect(new AccessControl(4000).isOurs(headers)).toBe(ours);
  });
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['127.0.0.1.example', false],
    ['192.168.0.1', false],
    ['', false],
  ])('%s: %s', (address, loopback) => {
    expect(isLoopback(address)).toBe(loopback);
  });
});

describe('contentSecurityPolicy', () => {
  it('allows no inline script but the one of the page itself, no foreign source, no strings as HTML', () => {
    const policy = contentSecurityPolicy('N');
    expect(policy).toContain("default-src 'none'");
    const page = readFileSync(new URL('../../renderer/index.html', import.meta.url), 'utf8');
    const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map((match) => match[1] ?? '');
    const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(hashes).toHaveLength(1);
    expect(policy).toContain(`script-src 'self' ${hashes.join(' ')};`);
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
  });
});

describe('chooseLaunchTarget', () => {
  const choose = (env: Record<string, string>, ...programs: string[]) =>
    chooseLaunchTarget({ root: '/r', env, isExecutable: (path) => Promise.resolve(programs.includes(path)) });
  const electron = '/r/node_modules/electron/dist/electron';

  it('wants Electron, then a browser, then the bare address', async () => {
    const env = { DISPLAY: ':0', PATH: '/usr/bin' };
    expect(await choose(env, electron, '/usr/bin/chromium')).toEqual({ kind: 'electron', program: electron });
    expect(await choose(env, '/usr/bin/google-chrome')).toEqual({ kind: 'browser', program: '/usr/bin/google-chrome' });
    expect(await choose(env)).toEqual({ kind: 'address' });
  });

  it('opens no window without a display', async () => {
    expect(await choose({ PATH: '/usr/bin' }, electron, '/usr/bin/chromium')).toEqual({ kind: 'address' });
  });

  it('takes the Electron that the environment names', async () => {
    const env = { WAYLAND_DISPLAY: 'w', ELECTRON_OVERRIDE_DIST_PATH: '/e' };
    expect(await choose(env, electron, '/e/electron')).toEqual({ kind: 'electron', program: '/e/electron' });
  });

  it('gives up the browser’s sandbox only as root', () => {
    expect(browserArguments('u', '/p', false)).not.toContain('--no-sandbox');
    expect(browserArguments('u', '/p', true)).toContain('--no-sandbox');
  });
});
