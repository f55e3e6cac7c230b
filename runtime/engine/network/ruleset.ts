import { formatSubnet, parseAddress, type Family } from './address.ts';
import type { BridgeNetwork } from './bridge-network.ts';
import type { GatewayMode } from './options.ts';

/** What the ruleset needs to know of a network. */
type RuledNetwork = Pick<
  BridgeNetwork,
  'interfaceName' | 'pools' | 'communicates' | 'masquerades' | 'gatewayMode' | 'hostAddress' | 'openPorts'
> & {
  readonly record: Pick<BridgeNetwork['record'], 'internal'>;
};

/**
 * Bridges of dockerd, podman, libvirt, LXC and LXD. They protect who is on them by the policy of iptables' FORWARD chain,
 * past which our containers are let (see foreign-firewall.ts); so it is up to us to keep them off, save from ports
 * that are published. A host's own bridge, by which it may reach the world, has none of these names.
 */
const NEIGHBOURS = ['docker*', 'br-*', 'podman*', 'cni-*', 'virbr*', 'lxcbr*', 'lxdbr*'];

/**
 * The engine's nft table, as one transaction that replaces what was there: it can be asserted again at any time. The
 * rules are static; networks are elements of sets. Verdicts of other tables stand beside ours: a packet passes only
 * when every table on the host lets it.
 *
 * What goes from container to container keeps its sender: said ahead of the usual rules, for a rule that something else
 * left on the host (a dockerd that had the same subnet once) may want to masquerade it, which happens to bridged packets
 * too where br_netfilter is loaded. The first that decides about a connection's addresses wins.
 *
 * Containers are reached from outside through their published ports, whose connections begin on the host itself, so
 * that nothing new need be forwarded into a bridge but to open ports of one that is routed, and into one that is not to
 * be protected.
 */
export function ruleset(table: string, networks: readonly RuledNetwork[]): string {
  const names = networks.map(({ interfaceName }) => `"${interfaceName}"`);
  const pair = (name: string): string => `${name} . ${name}`;
  const quoted = (chosen: readonly RuledNetwork[]): string[] => chosen.map(({ interfaceName }) => `"${interfaceName}"`);
  const internal = networks.filter(({ record }) => record.internal);
  const silent = networks.filter(({ communicates }) => !communicates);
  const subnetsOf = ({ pools }: RuledNetwork, family: Family): string[] =>
    pools.filter((pool) => pool.family === family).map((pool) => formatSubnet(pool.subnet));
  const subnets = (family: Family): string[] =>
    networks.filter((network) => network.masquerades(family)).flatMap((network) => subnetsOf(network, family));
  const sources = (family: Family): string[] =>
    networks
      .filter((network) => network.masquerades(family) && network.hostAddress(family) !== '')
      .flatMap((network) => subnetsOf(network, family).map((subnet) => `${subnet} : ${network.hostAddress(family)}`));
  const having = (mode: GatewayMode, family: Family): string[] =>
    quoted(networks.filter((network) => network.gatewayMode(family) === mode));
  const open = (family: Family): string[] =>
    networks.flatMap(({ openPorts }) =>
      openPorts
        .filter(({ address }) => parseAddress(address)?.family === family)
        .map(({ address, protocol, port }) => `${address} . ${protocol} . ${port}`),
    );
  const gateways = (family: Family): string[] =>
    internal.flatMap(({ interfaceName, pools }) =>
      pools
        .filter((pool) => pool.family === family && pool.gateway !== '')
        .map((pool) => `"${interfaceName}" . ${pool.gateway}`),
    );
  return `add table inet ${table}
delete table inet ${table}
table inet ${table} {
  set bridges { type ifname; ${elements(names)} }
  set same { type ifname . ifname; ${elements(names.map(pair))} }
  set silent { type ifname . ifname; ${elements(quoted(silent).map(pair))} }
  set internal { type ifname; ${elements(quoted(internal))} }
  set internal_gateways4 { type ifname . ipv4_addr; ${elements(gateways(4))} }
  set internal_gateways6 { type ifname . ipv6_addr; ${elements(gateways(6))} }
  set routed4 { type ifname; ${elements(having('routed', 4))} }
  set routed6 { type ifname; ${elements(having('routed', 6))} }
  set open4 { type ipv4_addr . inet_proto . inet_service; ${elements(open(4))} }
  set open6 { type ipv6_addr . inet_proto . inet_service; ${elements(open(6))} }
  set unprotected4 { type ifname; ${elements(having('nat-unprotected', 4))} }
  set unprotected6 { type ifname; ${elements(having('nat-unprotected', 6))} }
  set isolated4 { type ifname; ${elements(having('isolated', 4))} }
  set isolated6 { type ifname; ${elements(having('isolated', 6))} }
  map sources4 { type ipv4_addr : ipv4_addr; flags interval; ${elements(sources(4))} }
  map sources6 { type ipv6_addr : ipv6_addr; flags interval; ${elements(sources(6))} }
  set masqueraded4 { type ipv4_addr; flags interval; auto-merge; ${elements(subnets(4))} }
  set masqueraded6 { type ipv6_addr; flags interval; auto-merge; ${elements(subnets(6))} }
  chain forward {
    type filter hook forward priority filter - 5; policy accept;
    iifname . oifname @silent drop
    iifname . oifname @same accept
    iifname @internal drop
    oifname @internal drop
    ip daddr . ip protocol . th dport @open4 accept
    ip6 daddr . meta l4proto . th dport @open6 accept
    oifname @routed4 meta l4proto icmp accept
    oifname @routed6 meta l4proto icmpv6 accept
    iifname @routed4 oifname @bridges meta nfproto ipv4 ct state established,related accept
    iifname @routed6 oifname @bridges meta nfproto ipv6 ct state established,related accept
    iifname @bridges oifname @bridges drop
    oifname @bridges ct state established,related accept
    oifname @unprotected4 meta nfproto ipv4 accept
    oifname @unprotected6 meta nfproto ipv6 accept
    oifname @bridges drop
    iifname @bridges ct status dnat accept
    ${NEIGHBOURS.map((name) => `iifname @bridges oifname "${name}" ct state new drop`).join('\n    ')}
  }
  chain input {
    type filter hook input priority filter - 5; policy accept;
    iifname @isolated4 meta nfproto ipv4 drop
    iifname @isolated6 meta nfproto ipv6 drop
    iifname @internal ip daddr != 224.0.0.0/4 iifname . ip daddr != @internal_gateways4 drop
    iifname @internal ip6 daddr != { fe80::/10, ff00::/8 } iifname . ip6 daddr != @internal_gateways6 drop
  }
  chain between {
    type nat hook postrouting priority srcnat - 5; policy accept;
    ip saddr @masqueraded4 oifname @bridges snat ip to ip saddr
    ip6 saddr @masqueraded6 oifname @bridges snat ip6 to ip6 saddr
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname != @bridges snat ip to ip saddr map @sources4
    oifname != @bridges snat ip6 to ip6 saddr map @sources6
    ip saddr @masqueraded4 oifname != @bridges masquerade
    ip6 saddr @masqueraded6 oifname != @bridges masquerade
  }
}
`;
}

function elements(list: readonly string[]): string {
  return list.length === 0 ? '' : `elements = { ${[...new Set(list)].join(', ')} };`;
}
