import { FlagError, UsageError } from '../flags/flags.ts';
import { commaFields, pair } from '../../common/fields.ts';

type Json = Record<string, unknown>;

/** What the container's own flags say of its first network. */
export interface EndpointFlags {
  readonly network: readonly string[];
  readonly net: readonly string[];
  readonly 'network-alias': readonly string[];
  readonly 'net-alias': readonly string[];
  readonly link: readonly string[];
  readonly ip: string | undefined;
  readonly ip6: string | undefined;
  readonly 'link-local-ip': readonly string[];
  readonly 'mac-address': string | undefined;
}

interface Attachment {
  readonly target: string;
  aliases: string[];
  links: string[];
  options: Record<string, string>;
  ip: string;
  ip6: string;
  linkLocal: string[];
  mac: string;
  priority: number;
}

/** NetworkMode and EndpointsConfig of `--network` and the flags beside it. Throws UsageError. */
export function networksOf(flags: EndpointFlags): { mode: string; endpoints: Record<string, Json> } {
  const attachments = [...flags.network, ...flags.net].map(parseNetwork);
  const [first = attachment('default')] = attachments;
  if (attachments.length > 1 && attachments.some(({ target }) => !isUserDefined(target)))
    throw new UsageError('conflicting options: cannot attach both user-defined and non-user-defined network-modes');
  mergeFlags(first, flags);
  const endpoints: Record<string, Json> = {};
  for (const one of attachments.length === 0 ? [first] : attachments) {
    if (endpoints[one.target] !== undefined)
      throw new UsageError(`network "${one.target}" is specified multiple times`);
    const endpoint = endpointOf(one);
    // A lone network without options needs no words: the engine joins the one of the mode.
    if (attachments.length > 1 || Object.keys(endpoint).length > 0) endpoints[one.target] = endpoint;
  }
  return { mode: first.target, endpoints };
}

function attachment(target: string): Attachment {
  return { target, aliases: [], links: [], options: {}, ip: '', ip6: '', linkLocal: [], mac: '', priority: 0 };
}

function isUserDefined(mode: string): boolean {
  return !['default', 'bridge', 'host', 'none'].includes(mode) && !mode.startsWith('container:');
}

/** `NETWORK`, or `name=NETWORK` with further fields. */
function parseNetwork(text: string): Attachment {
  if (!/=/.test(text)) return attachment(text);
  const fields = commaFields(text).map((field) => pair(field));
  const name = fields.find(([key]) => key.trim().toLowerCase() === 'name')?.[1].trim() ?? '';
  if (name === '')
    throw new FlagError(`invalid argument "${text}" for "--network" flag: network name/id is not specified`);
  const made = attachment(name);
  for (const [key, value] of fields) setField(made, key.trim().toLowerCase(), value.trim(), text);
  return made;
}

function setField(made: Attachment, key: string, value: string, text: string): void {
  switch (key) {
    case 'name':
      return;
    case 'alias':
      made.aliases.push(value);
      return;
    case 'ip':
      made.ip = value;
      return;
    case 'ip6':
      made.ip6 = value;
      return;
    case 'mac-address':
      made.mac = value;
      return;
    case 'link-local-ip':
      made.linkLocal.push(value);
      return;
    case 'driver-opt': {
      const [name, option] = pair(value);
      made.options[name] = option;
      return;
    }
    case 'gw-priority':
      made.priority = Number(value);
      if (Number.isInteger(made.priority)) return;
      throw new FlagError(`invalid argument "${text}" for "--network" flag: invalid gw-priority (${value})`);
    default:
      throw new FlagError(`invalid argument "${text}" for "--network" flag: invalid field key ${key}`);
  }
}

/** The flags beside `--network` speak of the first network, once. */
function mergeFlags(first: Attachment, flags: EndpointFlags): void {
  const conflict = (name: string): never => {
    throw new UsageError(`conflicting options: cannot specify both --${name} and per-network ${name}`);
  };
  const aliases = [...flags['network-alias'], ...flags['net-alias']];
  if (aliases.length > 0 && first.aliases.length > 0) conflict('network-alias');
  if (flags.ip !== undefined && first.ip !== '') conflict('ip');
  if (flags.ip6 !== undefined && first.ip6 !== '') conflict('ip6');
  if (flags['mac-address'] !== undefined && first.mac !== '') conflict('mac-address');
  first.aliases.push(...aliases);
  if (isUserDefined(first.target)) first.links.push(...flags.link);
  first.ip = flags.ip ?? first.ip;
  first.ip6 = flags.ip6 ?? first.ip6;
  first.linkLocal.push(...flags['link-local-ip']);
  first.mac = flags['mac-address'] ?? first.mac;
}

function endpointOf(one: Attachment): Json {
  const addresses = {
    ...(one.ip === '' ? {} : { IPv4Address: one.ip }),
    ...(one.ip6 === '' ? {} : { IPv6Address: one.ip6 }),
    ...(one.linkLocal.length === 0 ? {} : { LinkLocalIPs: one.linkLocal }),
  };
  return {
    ...(Object.keys(addresses).length === 0 ? {} : { IPAMConfig: addresses }),
    ...(one.aliases.length === 0 ? {} : { Aliases: one.aliases }),
    ...(one.links.length === 0 ? {} : { Links: one.links }),
    ...(one.mac === '' ? {} : { MacAddress: one.mac }),
    ...(Object.keys(one.options).length === 0 ? {} : { DriverOpts: one.options }),
    ...(one.priority === 0 ? {} : { GwPriority: one.priority }),
  };
}
