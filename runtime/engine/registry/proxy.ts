import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { contains, parseAddress, parseSubnet } from '../network/address.ts';
import { EngineError } from '../errors.ts';
import { isSocks } from './socks.ts';

/** The proxies that registries and other servers are reached through: addresses as they were written; empty for none. */
export interface ProxySettings {
  readonly http: string;
  readonly https: string;
  /** Hosts that are reached without them, with commas between. */
  readonly no: string;
}

export const NO_PROXIES: ProxySettings = { http: '', https: '', no: '' };

/** `proxies` of the configuration file, by dockerd's names. */
export interface ConfiguredProxies {
  readonly 'http-proxy': string;
  readonly 'https-proxy': string;
  readonly 'no-proxy': string;
}

/**
 * What the configuration says; where it says nothing, what the environment says, as dockerd has it. ALL_PROXY is heard
 * when it is one of SOCKS, as dockerd's before 23 did.
 */
export function proxySettings(configured: ConfiguredProxies, environment: NodeJS.ProcessEnv): ProxySettings {
  const told = (own: string, name: string): string =>
    [own, environment[name], environment[name.toLowerCase()]].find((value) => value !== undefined && value !== '') ??
    '';
  const all = told('', 'ALL_PROXY');
  const socks = isSocksAddress(all) ? all : '';
  return {
    http: told(configured['http-proxy'], 'HTTP_PROXY') || socks,
    https: told(configured['https-proxy'], 'HTTPS_PROXY') || socks,
    no: told(configured['no-proxy'], 'NO_PROXY'),
  };
}

/** What programs that are run for the engine are to know of its proxies, in both cases: some read one only. */
export function proxyVariables({ http, https, no }: ProxySettings): Record<string, string> {
  const all = { http_proxy: http, https_proxy: https, no_proxy: no };
  const set = Object.entries(all).filter(([, value]) => value !== '');
  return Object.fromEntries(set.flatMap(([name, value]) => [name, name.toUpperCase()].map((key) => [key, value])));
}

function isSocksAddress(text: string): boolean {
  return URL.canParse(text) && isSocks(new URL(text));
}

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:']);

/** The address of a proxy; without a scheme it is one that speaks http. null for what is none. */
export function parseProxy(text: string): URL | null {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  return url !== null && SCHEMES.has(url.protocol) && url.hostname !== '' ? url : null;
}

/** The proxy that a server is reached through; null for none. Throws `invalid` when what is set is no proxy. */
export function proxyFor(url: URL, settings: ProxySettings): URL | null {
  const isTls = url.protocol === 'https:';
  const text = isTls ? settings.https : settings.http;
  if (text === '' || !needsProxy(url, settings.no)) return null;
  const proxy = parseProxy(text);
  // The text is not told: it may hold a password.
  if (proxy === null)
    throw new EngineError(
      'invalid',
      `${url.host} cannot be reached: the proxy that is set for ${isTls ? 'https' : 'http'} is not an address that begins with http://, https:// or socks5://`,
    );
  return proxy;
}

/**
 * Whether the rules of NO_PROXY leave a server to a proxy, as Go's `httpproxy` reads them: a name stands for itself and all
 * below it, one that begins with a dot or `*.` for those below only; addresses and subnets stand for addresses that were
 * asked for as such; each may have a port. This machine itself is never asked for through a proxy.
 */
export function needsProxy(url: URL, rules: string): boolean {
  const host = bare(url.hostname.toLowerCase());
  const port = url.port !== '' ? url.port : url.protocol === 'https:' ? '443' : '80';
  if (host === 'localhost' || isLoopbackAddress(host)) return false;
  return !rules.split(',').some((rule) => matches(rule.trim().toLowerCase(), host, port));
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  const address = parseAddress(host);
  const subnet = rule.includes('/') ? parseSubnet(rule) : null;
  if (subnet !== null) return address !== null && contains(subnet, address);
  const { name, only } = parts(rule);
  if (name === '' || (only !== '' && only !== port)) return false;
  // Both as the URL of a server has them, which writes an address in one way only.
  if (isIP(name) !== 0) return address !== null && hostOf(name) === host;
  const domain = domainToASCII(name.startsWith('*.') ? name.slice(1) : name) || name;
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

/** A rule's host, and the port it is for; '' for any. */
function parts(rule: string): { readonly name: string; readonly only: string } {
  const [, bracketed, only] = /^\[([^\]]*)\](?::(\d*))?$/.exec(rule) ?? [];
  if (bracketed !== undefined) return { name: bracketed, only: only ?? '' };
  const [name = '', second, third] = rule.split(':');
  return second === undefined || third !== undefined ? { name: rule, only: '' } : { name, only: second };
}

function hostOf(address: string): string {
  return isIP(address) === 6 ? bare(new URL(`http://[${address}]`).hostname) : address;
}

function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function isLoopbackAddress(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A proxy as it may be shown: with neither name nor password, as dockerd hides both. */
export function maskedProxy(text: string): string {
  return text.replace(
    /^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i,
    (_all, scheme: string | undefined) => `${scheme ?? ''}xxxxx:xxxxx@`,
  );
}
