import { request as httpRequest } from 'node:http';
import { WebSocket } from 'ws';
import { expect, test } from '../fixtures/test.ts';

/** A request with any headers, which a browser would not let one send. */
function send(
  origin: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      `${origin}${path}`,
      { method: options.method ?? 'GET', headers: options.headers ?? {} },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      },
    );
    call.on('error', reject);
    call.end(options.body);
  });
}

function socketStatus(origin: string, headers: Record<string, string>, proof: string): Promise<number> {
  return new Promise((resolve) => {
    const protocols = proof === '' ? [] : ['berth', proof];
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, protocols, { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      socket.terminate();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', () => {});
  });
}

test('strangers get nothing', async ({ app, page }) => {
  const { origin, url } = app;
  const token = url.slice(url.indexOf('=') + 1);
  // Another name for this machine (DNS rebinding), another site, a tool without a session.
  expect((await send(origin, '/', { headers: { Host: 'evil.example' } })).status).toBe(403);
  expect((await send(origin, '/', { headers: { Origin: 'http://evil.example' } })).status).toBe(403);
  expect((await send(origin, '/session', { method: 'POST', headers: { Origin: origin }, body: 'wrong' })).status).toBe(
    401,
  );
  // The page has used the token up.
  expect((await send(origin, '/session', { method: 'POST', headers: { Origin: origin }, body: token })).status).toBe(
    401,
  );
  expect(
    (
      await send(origin, '/session', {
        method: 'POST',
        headers: { Origin: origin, 'Sec-Fetch-Site': 'cross-site' },
        body: token,
      })
    ).status,
  ).toBe(403);
  expect((await send(origin, '/../package.json')).status).toBe(404);
  expect((await send(origin, '/%2e%2e/%2e%2e/package.json')).status).toBe(404);
  expect((await send(origin, '/%00')).status).toBe(404);

  const proof = await page.evaluate(() => localStorage.getItem('berth.proof') ?? '');
  expect(await socketStatus(origin, { Origin: origin }, proof)).toBe(403);
  const [cookie] = await page.context().cookies();
  const session = `${cookie?.name ?? ''}=${cookie?.value ?? ''}`;
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  expect(await socketStatus(origin, { Cookie: session }, proof)).toBe(403);
  expect(await socketStatus(origin, { Cookie: session, Origin: 'http://evil.example' }, proof)).toBe(403);
  expect(await socketStatus(origin, { Cookie: session, Origin: origin, Host: 'evil.example' }, proof)).toBe(403);
  // A container's page that was opened in this browser has seen the cookie.
  expect(await socketStatus(origin, { Cookie: session, Origin: origin }, '')).toBe(403);
  expect(await socketStatus(origin, { Cookie: session, Origin: origin }, proof)).toBe(101);
});

test('the page keeps to its policy, and inline script is blocked', async ({ app, page }) => {
  const { headers } = await send(app.origin, '/');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['cross-origin-opener-policy']).toBe('same-origin');
  expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  expect(new URL(page.url()).hash).toBe('#/containers');
  const blocked = await page.evaluate(async () => {
    const other = await fetch('./').then((answer) => answer.headers.get('content-security-policy') ?? '');
    return other.includes("trusted-types 'none'");
  });
  expect(blocked).toBe(true);
});

test('a browser that is not signed in is told how to', async ({ app, browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(app.origin);
  await expect(page.getByRole('alert')).toContainText('This page is not signed in.');
  await context.close();
});
