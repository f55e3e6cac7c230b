import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A container on a network, as its neighbours look it up. */
export interface NamedMember {
  /** Names and aliases, any of which several members may share. */
  readonly names: readonly string[];
  /** The name that its addresses are answered with. */
  readonly reverseName: string;
  readonly addresses: readonly string[];
}

/** How one container resolves names. */
export interface ResolverSetup {
  readonly networkIds: readonly string[];
  /** `alias` is answered as `name` would be on that network; for this container only. */
  readonly links: readonly { readonly alias: string; readonly name: string; readonly network: string }[];
  /** Servers asked from inside the container's network; 'host' for the host's own; null: none at all. */
  readonly upstream: readonly string[] | 'host' | null;
}

/**
 * The tables from which the launcher's resolvers answer (runtime/launcher/README.md, "Names"): one file per network, one
 * per container. They are replaced by renames, so that a resolver sees an old one or a new one, and are all a resolver
 * needs: it goes on when the engine does not.
 */
export class NameTables {
  readonly #directory: string;
  readonly #members = new Map<string, Map<string, NamedMember>>();
  /** Tables to be written when everybody who was there before is entered again; null: at once. */
  #pending: Map<string, string> | null = new Map();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Path of a container's table, which its resolver is given. */
  pathOf(containerId: string): string {
    return join(this.#directory, containerId);
  }

  /** True when the container's run has a resolver. */
  has(containerId: string): boolean {
    return existsSync(this.pathOf(containerId));
  }

  /** Enters or replaces a member of a network. */
  enter(network: { id: string; name: string }, containerId: string, member: NamedMember): void {
    const members = this.#members.get(network.id) ?? new Map<string, NamedMember>();
    members.set(containerId, member);
    this.#members.set(network.id, members);
    this.#writeNetwork(network.id, network.name);
  }

  leave(network: { id: string; name: string }, containerId: string): void {
    const members = this.#members.get(network.id);
    if (members?.delete(containerId) !== true) return;
    this.#writeNetwork(network.id, network.name);
  }

  #writeNetwork(id: string, name: string): void {
    if (this.#pending !== null) this.#pending.set(id, name);
    else this.#write(id, networkTable(name, [...(this.#members.get(id)?.values() ?? [])]));
  }

  setUp(containerId: string, setup: ResolverSetup): void {
    this.#write(
      containerId,
      resolverTable(
        setup,
        setup.networkIds.map((id) => join(this.#directory, id)),
      ),
    );
  }

  remove(id: string): void {
    this.#members.delete(id);
    rmSync(join(this.#directory, id), { force: true });
  }

  /**
   * After a start of the engine, when the containers that run are entered: writes their networks' tables, once each, and
   * removes those of networks and containers that are none of `known`.
   */
  settle(known: ReadonlySet<string>): void {
    const pending = this.#pending ?? new Map<string, string>();
    this.#pending = null;
    for (const [id, name] of pending) this.#writeNetwork(id, name);
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#directory)) if (!known.has(name)) this.remove(name);
  }

  #write(id: string, text: string): void {
    const path = join(this.#directory, id);
    const draft = `${path}.new`;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, path);
  }
}

/** What fits into a DNS message: at most 253 bytes of labels of at most 63. Anything else cannot be asked for. */
function isDomainName(name: string): boolean {
  return name.length <= 253 && /^(?:[\x21-\x2d\x2f-\x7e]{1,63}\.)*[\x21-\x2d\x2f-\x7e]{1,63}$/.test(name);
}

/** Text of a network's table. */
export function networkTable(networkName: string, members: readonly NamedMember[]): string {
  const byName = new Map<string, string[]>();
  for (const { names, addresses } of members) {
    for (const name of new Set(names.map((one) => one.toLowerCase()))) {
      if (isDomainName(name)) byName.set(name, [...(byName.get(name) ?? []), ...addresses]);
    }
  }
  return [
    `suffix ${networkName.toLowerCase()}`,
    ...[...byName].map(([name, addresses]) => `name ${name} ${addresses.join(' ')}`),
    ...members.flatMap(({ addresses, reverseName }) =>
      isDomainName(reverseName) ? addresses.map((address) => `reverse ${address} ${reverseName}`) : [],
    ),
    '',
  ].join('\n');
}

/** What a link leads to: on its network only, unless that has a name that none can ask for. */
function linkedName({ name, network }: ResolverSetup['links'][number]): string {
  const qualified = `${name}.${network}`;
  return isDomainName(qualified) ? qualified : name;
}

/** Text of a container's table. */
export function resolverTable(setup: ResolverSetup, networkPaths: readonly string[]): string {
  return [
    ...networkPaths.map((path) => `network ${path}`),
    ...setup.links
      .filter(({ alias, name }) => isDomainName(alias) && isDomainName(name))
      .map((link) => `alias ${link.alias.toLowerCase()} ${linkedName(link).toLowerCase()}`),
    ...(setup.upstream === 'host' ? ['host'] : (setup.upstream ?? []).map((server) => `server ${server}`)),
    '',
  ].join('\n');
}
