import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import {
  hostNamesText,
  hostResolverText,
  hostsFile,
  resolverFile,
  type ResolverKind,
  type ResolverOptions,
} from '../network/resolver-file.ts';
import { isWithoutIpv6 } from './endpoint-sysctls.ts';
import type { ContainerRecord } from './types.ts';

/** Paths of what the engine keeps for one container, below `containers/<id>/` in the data root. */
export interface ContainerPaths {
  readonly directory: string;
  readonly upper: string;
  readonly work: string;
  readonly log: string;
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
}

export function containerPaths(dataRoot: string, id: string): ContainerPaths {
  const directory = join(dataRoot, 'containers', id);
  return {
    directory,
    upper: join(directory, 'upper'),
    work: join(directory, 'work'),
    log: join(directory, 'log'),
    hosts: join(directory, 'hosts'),
    hostname: join(directory, 'hostname'),
    resolvConf: join(directory, 'resolv.conf'),
  };
}

/** The directories a container's root filesystem is made of; without a work directory the upper one is a whole copy. */
export function rootDirectories(
  dataRoot: string,
  { id, root }: Pick<ContainerRecord, 'id' | 'root'>,
): { upper: string; work: string } {
  const { upper, work } = containerPaths(dataRoot, id);
  return { upper, work: root === 'copy' ? '' : work };
}

/** Where a container is on its networks, for its hosts file. */
export interface NetworkView {
  readonly sharesHostNetwork: boolean;
  /** Its own addresses; empty on no network. */
  readonly addresses: readonly string[];
  /** What `host-gateway` in `--add-host` stands for; '' when there is no such address. */
  readonly hostGateways: readonly string[];
  /** Names are answered by the launcher's resolver. */
  readonly embeddedResolver: boolean;
  /** Further entries, for legacy links. */
  readonly links: readonly { readonly address: string; readonly names: readonly string[] }[];
}

/**
 * Writes hosts, hostname and resolv.conf. Each start writes them anew, in place: the container's bind mounts are of
 * these very files. World-readable, since the container's users are other ids than the engine's.
 */
export function writeContainerFiles(
  paths: ContainerPaths,
  record: ContainerRecord,
  hostname: string,
  network: NetworkView,
): void {
  const { hostConfig, config } = record;
  const fqdn =
    config.Domainname === undefined || config.Domainname === null || config.Domainname === ''
      ? []
      : [`${hostname}.${config.Domainname}`];
  const own = network.addresses.map((address) => ({
    address,
    names: [...new Set([...fqdn, hostname, hostname.split('.', 1)[0] ?? hostname])],
  }));
  const extra = (hostConfig.ExtraHosts ?? []).flatMap((entry) => extraHosts(entry, network.hostGateways));
  const resolver = resolverFile(hostResolverText(), askedResolver(record), resolverKind(network));
  const mode = 0o644;
  // At once: three small files take 0.1 ms, and through the thread pool a millisecond of every start.
  // With the network come the host's names, unless others are asked for, which must be able to take their place.
  const shared = network.sharesHostNetwork && extra.length === 0 ? hostNamesText() : '';
  writeFileSync(
    paths.hosts,
    shared === '' ? hostsFile([...network.links, ...own], extra, isWithoutIpv6(hostConfig.Sysctls ?? {})) : shared,
    { mode },
  );
  writeFileSync(paths.hostname, `${hostname}\n`, { mode });
  writeFileSync(paths.resolvConf, resolver, { mode });
}

function resolverKind(network: NetworkView): ResolverKind {
  if (network.sharesHostNetwork) return 'host';
  return network.embeddedResolver ? 'embedded' : 'plain';
}

function askedResolver({ hostConfig }: ContainerRecord): ResolverOptions {
  return { servers: hostConfig.Dns ?? [], search: hostConfig.DnsSearch ?? [], options: hostConfig.DnsOptions ?? [] };
}

/** What a container's resolv.conf says when nobody has changed it. */
export function containerResolverText(record: ContainerRecord, kind: ResolverKind): string {
  return resolverFile(hostResolverText(), askedResolver(record), kind);
}

/** `name:address` or `name=address`; the address may be `host-gateway`, for each of the host's. Throws `invalid`. */
export function extraHosts(entry: string, hostGateways: readonly string[]): { name: string; address: string }[] {
  const [, name = '', given = ''] = /^([^:=]+)[:=](.+)$/.exec(entry) ?? [];
  const addresses = given === 'host-gateway' ? hostGateways : [given.replace(/^\[(.*)\]$/, '$1')];
  if (name === '' || addresses.length === 0 || addresses.some((address) => isIP(address) === 0)) {
    throw new EngineError('invalid', `bad format for add-host: ${JSON.stringify(entry)}`);
  }
  return addresses.map((address) => ({ name, address }));
}
