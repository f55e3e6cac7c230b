import { isIP } from 'node:net';
import { readOrEmpty } from '../store/files.ts';

/** Name servers used when the host has none that a container could reach. */
const FALLBACK_SERVERS = ['8.8.8.8', '8.8.4.4'];

/** systemd-resolved keeps the real servers here while /etc/resolv.conf names its loopback stub. */
const SYSTEMD_RESOLVED = '/run/systemd/resolve/resolv.conf';

/** What `--dns`, `--dns-search` and `--dns-option` ask for. */
export interface ResolverOptions {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Whose servers a container asks: the host's as the host does, those it can reach, or the launcher's resolver. */
export type ResolverKind = 'host' | 'plain' | 'embedded';

/** Where the launcher's resolver listens in a container's network namespace, as Docker's does. */
const EMBEDDED_SERVER = '127.0.0.11';

/**
 * Text of a container's /etc/resolv.conf: the host's, without servers on loopback addresses (those are the host's own,
 * unreachable from another network namespace), overridden by what was asked for.
 */
export function resolverFile(hostText: string, asked: ResolverOptions, kind: ResolverKind): string {
  const lines = hostText.split('\n').map((line) => line.trim());
  const values = (keyword: string): string[] =>
    lines.filter((line) => line.startsWith(`${keyword} `)).flatMap((line) => line.split(/\s+/).slice(1));
  const reachable = values('nameserver').filter((server) => kind === 'host' || !isLoopback(server));
  const outside = asked.servers.length > 0 ? asked.servers : reachable.length > 0 ? reachable : FALLBACK_SERVERS;
  const servers = kind === 'embedded' ? [EMBEDDED_SERVER] : outside;
  const search = asked.search.length > 0 ? asked.search : [...values('search'), ...values('domain')];
  const given = asked.options.length > 0 ? asked.options : values('options');
  // Names without a dot are asked for as they are: they are the neighbours'.
  const needsNdots = kind === 'embedded' && !given.some((option) => option.startsWith('ndots:'));
  const options = needsNdots ? [...given, 'ndots:0'] : given;
  return [
    ...servers.map((server) => `nameserver ${server}`),
    // A lone dot means: no search domains at all.
    ...(search.length > 0 && search[0] !== '.' ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
}

function isLoopback(server: string): boolean {
  return isIP(server) === 0 || server.startsWith('127.') || server === '::1';
}

/**
 * The host's resolver configuration, through systemd-resolved's file when the stub is in use. At once: through the
 * thread pool a small file takes four turns of it, in every start.
 */
export function hostResolverText(): string {
  const text = readOrEmpty('/etc/resolv.conf');
  const usesStub = /^nameserver\s+127\.0\.0\.53\s*$/m.test(text);
  return usesStub ? readOrEmpty(SYSTEMD_RESOLVED) || text : text;
}

/** The host's own /etc/hosts; '' where there is none. */
export function hostNamesText(): string {
  return readOrEmpty('/etc/hosts');
}

const IPV6_NAMES = [
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::\tip6-localnet',
  'ff00::\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** Text of a container's /etc/hosts, with IPv6's names unless it has none of that. `own` are its addresses with its names, `extra` are `--add-host` entries. */
export function hostsFile(
  own: readonly { readonly address: string; readonly names: readonly string[] }[],
  extra: readonly { readonly address: string; readonly name: string }[],
  withoutIpv6 = false,
): string {
  return [
    '127.0.0.1\tlocalhost',
    ...(withoutIpv6 ? [] : IPV6_NAMES),
    ...extra.map(({ address, name }) => `${address}\t${name}`),
    ...own.map(({ address, names }) => `${address}\t${names.join(' ')}`),
    '',
  ].join('\n');
}
