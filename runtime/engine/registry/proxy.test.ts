import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { TestProxy } from '../testing/proxy.ts';
import { readBody, send } from './http.ts';
import { maskedProxy, needsProxy, NO_PROXIES, parseProxy, proxyFor, proxySettings, proxyVariables } from './proxy.ts';

it.each([
  ['https://a.example', '', true],
  ['https://a.example', 'example', false],
  ['https://a.example', '.example', false],
  ['https://a.example', '*.example', false],
  ['https://example', 'EXAMPLE', false],
  ['https://example', '.example', true],
  ['https://example', '*.example', true],
  ['https://notexample', 'example', true],
  ['https://a.example', 'b.example, a.example:443', false],
  ['https://a.example', 'a.example:5000', true],
  ['https://a.example:5000', 'a.example:5000', false],
  ['http://a.example', 'a.example:80', false],
  ['https://a.example', 'x,*', false],
  ['https://bücher.example', 'bücher.example', false],
  ['https://10.1.2.3', '10.1.2.3', false],
  ['https://10.1.2.3', '10.1.2.3:5000', true],
  ['https://10.1.2.3:5000', '10.0.0.0/8', false],
  ['https://11.1.2.3', '10.0.0.0/8', true],
  ['https://[fd00::1]', 'fd00:0::1', false],
  ['https://[fd00::1]:5000', '[fd00::1]:5000', false],
  ['https://[fd00::1]', 'fd00::/8', false],
  ['https://localhost:5000', '', false],
  ['http://127.3.0.1', '', false],
  ['http://[::1]:5000', '', false],
])('%s with %j: through a proxy %s', (url, rules, expected) => {
  expect(needsProxy(new URL(url), rules)).toBe(expected);
});

it('takes what the configuration says, then the environment, and hides who goes through', () => {
  const configured = { 'http-proxy': '', 'https-proxy': 'http://own:3128', 'no-proxy': '' };
  const settings = proxySettings(configured, { HTTP_PROXY: '', http_proxy: 'http://low', HTTPS_PROXY: 'http://env' });
  expect(settings).toEqual({ http: 'http://low', https: 'http://own:3128', no: '' });
  expect(proxyVariables(settings)).toEqual({
    http_proxy: 'http://low',
    HTTP_PROXY: 'http://low',
    https_proxy: 'http://own:3128',
    HTTPS_PROXY: 'http://own:3128',
  });
  expect(proxyFor(new URL('https://a'), settings)?.href).toBe('http://own:3128/');
  const written = ['proxy:3128', 'socks5://p:1', 'socks5h://p', 'socks4://p', 'http://', 'https://p'];
  expect(written.map((text) => parseProxy(text)?.href ?? null)).toEqual([
    'http://proxy:3128/',
    'socks5://p:1',
    'socks5h://p',
    null,
    null,
    'https://p/',
  ]);
  expect(() => proxyFor(new URL('https://a'), { ...settings, https: 'ftp://me:secret@p' })).toThrow(
    /^a cannot be reached: the proxy that is set for https is not an address/,
  );
  expect(['http://me:secret@p:1/', 'me@p:1', 'http://p/@', ''].map(maskedProxy)).toEqual([
    'http://xxxxx:xxxxx@p:1/',
    'xxxxx:xxxxx@p:1',
    'http://p/@',
    '',
  ]);
});

it('hears ALL_PROXY where it is one of SOCKS and no other is named', () => {
  const configured = { 'http-proxy': '', 'https-proxy': 'http://own', 'no-proxy': '' };
  const all = (address: string): object => proxySettings(configured, { all_proxy: address });
  expect(all('socks5://p:1080')).toEqual({ http: 'socks5://p:1080', https: 'http://own', no: '' });
  expect(all('http://p')).toEqual({ http: '', https: 'http://own', no: '' });
});

it('says what a proxy of SOCKS refuses, and never with what password', async () => {
  const proxy = await TestProxy.start('127.0.0.1:1');
  const ask = (address: string): Promise<unknown> =>
    send({
      method: 'GET',
      url: new URL('http://closed.test/'),
      headers: {},
      signal: AbortSignal.timeout(10_000),
      stallTime: 5000,
      insecure: false,
      proxies: { ...NO_PROXIES, http: address },
    });
  try {
    const wrong = await ask(proxy.socksAddress.replace('secret', 'guess')).catch((error: unknown) => error);
    expect(wrong).toMatchObject({
      isFinal: true,
      message: expect.stringMatching(
        /^cannot reach http:\/\/closed\.test through the proxy 127\.0\.0\.1:\d+: Socks5 Authentication failed$/,
      ) as string,
    });
    expect(inspect(wrong, { depth: 10 })).not.toContain('guess');
    await expect(ask('socks5://127.0.0.1:1')).rejects.toMatchObject({
      isFinal: true,
      message: expect.stringContaining('through the proxy 127.0.0.1:1: connect ECONNREFUSED') as string,
    });
  } finally {
    proxy.stop();
  }
});

it('says what a proxy refuses, and never with what password', async () => {
  const asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  const proxy = createServer(({ url = '', headers }, response) => {
    asked.push({ url, headers });
    if (url.startsWith('http://open.test')) response.end('through');
    else response.writeHead(407).end();
  });
  proxy.on('connect', ({ url = '', headers }, socket) => {
    asked.push({ url, headers });
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  try {
    const place = `127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
    const address = `http://m%40e:secret@${place}`;
    const ask = (url: string, proxies = { ...NO_PROXIES, http: address, https: address }) =>
      send({
        method: 'GET',
        url: new URL(url),
        headers: {},
        signal: AbortSignal.timeout(10_000),
        stallTime: 5000,
        insecure: false,
        proxies,
      });
    expect((await readBody(await ask('http://open.test:5000/a?b=c'), 100)).toString()).toBe('through');
    expect(asked[0]).toMatchObject({
      url: 'http://open.test:5000/a?b=c',
      headers: { host: 'open.test:5000', 'proxy-authorization': `Basic ${btoa('m@e:secret')}` },
    });
    const refused = { isFinal: true, message: `the proxy ${place} asks for a name and a password it takes` };
    await expect(ask('http://closed.test/')).rejects.toMatchObject(refused);
    await expect(ask('https://closed.test/')).rejects.toMatchObject(refused);
    expect(asked.at(-1)?.url).toBe('closed.test:443');
    const gone = 'http://me:secret@127.0.0.1:1';
    await expect(ask('https://closed.test/', { ...NO_PROXIES, https: gone })).rejects.toMatchObject({
      isFinal: true,
      message: expect.stringMatching(
        /^cannot reach https:\/\/closed\.test through the proxy 127\.0\.0\.1:1: connect ECONNREFUSED/,
      ) as string,
    });
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
