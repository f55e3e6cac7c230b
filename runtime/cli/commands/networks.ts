import { command } from '../command.ts';
import { eachOf } from '../each.ts';
import { UsageError, type FlagSpecs } from '../flags/flags.ts';
import { integer, pairs } from '../flags/values.ts';
import { isInside } from '../ip-ranges.ts';

const CREATE_SPECS = {
  attachable: { kind: 'boolean', help: 'Let containers join it by hand (swarm)' },
  'aux-address': { kind: 'list', value: 'map', help: 'Address of something else in the subnet, NAME=IP' },
  'config-from': { kind: 'string', help: 'Network whose configuration to take' },
  'config-only': { kind: 'boolean', help: 'Make only a configuration for other networks' },
  driver: { kind: 'string', short: 'd', help: 'Driver of the network (bridge)' },
  gateway: { kind: 'list', commas: true, help: 'Gateway of a subnet' },
  ingress: { kind: 'boolean', help: 'Routing mesh of a swarm' },
  internal: { kind: 'boolean', help: 'No way out of it' },
  'ip-range': { kind: 'list', commas: true, help: 'Part of a subnet that containers get addresses of' },
  'ipam-driver': { kind: 'string', help: 'Driver that gives addresses (default)' },
  'ipam-opt': { kind: 'list', value: 'map', help: 'Option of that driver, NAME=VALUE' },
  ipv4: { kind: 'boolean', initial: true, help: 'Give IPv4 addresses' },
  ipv6: { kind: 'boolean', help: 'Give IPv6 addresses' },
  label: { kind: 'list', help: 'Label, NAME=VALUE' },
  opt: { kind: 'list', short: 'o', value: 'map', help: 'Option of the driver, NAME=VALUE' },
  scope: { kind: 'string', help: 'Where it reaches: local, swarm or global' },
  subnet: { kind: 'list', commas: true, help: 'Subnet, as 172.20.0.0/16' },
} as const satisfies FlagSpecs;

export const networkCreate = command({
  name: 'network create',
  usage: '[OPTIONS] NETWORK',
  summary: 'Create a network',
  specs: CREATE_SPECS,
  arity: [1, 1],
  run: async ({ api, stdout, stderr }, flags, [name = '']) => {
    const config = subnets(flags.subnet, flags['ip-range'], flags.gateway, pairs(flags['aux-address']));
    const { Id, Warning } = await api.json<{ Id: string; Warning?: string }>('POST', '/networks/create', {
      body: {
        Name: name,
        Driver: flags.driver ?? 'bridge',
        Options: pairs(flags.opt),
        IPAM: { Driver: flags['ipam-driver'] ?? 'default', Options: pairs(flags['ipam-opt']), Config: config },
        Internal: flags.internal,
        ...(flags.ipv4 ? {} : { EnableIPv4: false }),
        ...(flags.ipv6 ? { EnableIPv6: true } : {}),
        Attachable: flags.attachable,
        Ingress: flags.ingress,
        Scope: flags.scope ?? '',
        ConfigOnly: flags['config-only'],
        ...(flags['config-from'] === undefined ? {} : { ConfigFrom: { Network: flags['config-from'] } }),
        Labels: pairs(flags.label),
      },
    });
    if (Warning !== undefined && Warning !== '') stderr.write(`WARNING: ${Warning}\n`);
    stdout.write(`${Id}\n`);
    return 0;
  },
});

interface Subnet {
  Subnet: string;
  IPRange?: string;
  Gateway?: string;
  AuxiliaryAddresses?: Record<string, string>;
}

/** Puts ranges, gateways and addresses to the subnets they lie in. Throws UsageError. */
function subnets(
  nets: readonly string[],
  ranges: readonly string[],
  gateways: readonly string[],
  others: Readonly<Record<string, string>>,
): Subnet[] {
  if (nets.length < ranges.length || nets.length < gateways.length)
    throw new UsageError('every ip-range or gateway must have a corresponding subnet');
  const made: Subnet[] = nets.map((net) => ({ Subnet: net }));
  const home = (address: string): Subnet => {
    const found = made.find((one) => isInside(address, one.Subnet));
    if (found === undefined) throw new UsageError(`no matching subnet for ${address}`);
    return found;
  };
  for (const range of ranges) home(range.split('/', 1)[0] ?? '').IPRange = range;
  for (const gateway of gateways) home(gateway).Gateway = gateway;
  for (const [name, address] of Object.entries(others)) {
    const subnet = home(address);
    subnet.AuxiliaryAddresses = { ...subnet.AuxiliaryAddresses, [name]: address };
  }
  return made;
}

export const networkConnect = command({
  name: 'network connect',
  usage: '[OPTIONS] NETWORK CONTAINER',
  summary: 'Let a container join a network',
  specs: {
    alias: { kind: 'list', commas: true, help: 'Further name of the container there' },
    'driver-opt': { kind: 'list', commas: true, help: 'Option of the driver, NAME=VALUE' },
    'gw-priority': { kind: 'string', value: 'int', help: 'The highest gives the default gateway' },
    ip: { kind: 'string', help: 'IPv4 address there' },
    ip6: { kind: 'string', help: 'IPv6 address there' },
    link: { kind: 'list', help: 'Know another container by a name, CONTAINER[:NAME]' },
    'link-local-ip': { kind: 'list', commas: true, help: 'Link-local address there' },
  },
  completes: 'network',
  arity: [2, 2],
  run: async ({ api }, flags, [network = '', container = '']) => {
    const priority = integer('gw-priority', flags['gw-priority'], 0);
    await api.json('POST', `/networks/${network}/connect`, {
      body: {
        Container: container,
        EndpointConfig: {
          IPAMConfig: {
            IPv4Address: flags.ip ?? '',
            IPv6Address: flags.ip6 ?? '',
            LinkLocalIPs: flags['link-local-ip'],
          },
          Links: flags.link,
          Aliases: flags.alias,
          DriverOpts: pairs(flags['driver-opt']),
          ...(priority === 0 ? {} : { GwPriority: priority }),
        },
      },
    });
    return 0;
  },
});

export const networkDisconnect = command({
  name: 'network disconnect',
  usage: '[OPTIONS] NETWORK CONTAINER',
  summary: 'Take a container out of a network',
  specs: { force: { kind: 'boolean', short: 'f', help: 'Even when the container cannot be asked' } },
  completes: 'network',
  arity: [2, 2],
  run: async ({ api }, flags, [network = '', container = '']) => {
    await api.json('POST', `/networks/${network}/disconnect`, { body: { Container: container, Force: flags.force } });
    return 0;
  },
});

export const networkRemove = command({
  name: 'network rm',
  usage: 'NETWORK [NETWORK...]',
  summary: 'Remove networks',
  specs: { force: { kind: 'boolean', short: 'f', help: 'A network that is not there is no error' } },
  completes: 'network',
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, flags, names) =>
    eachOf(
      context,
      names,
      async (name) => {
        await context.api.json('DELETE', `/networks/${name}`);
        return name;
      },
      { missing: flags.force ? 'passes' : 'fails' },
    ),
});
