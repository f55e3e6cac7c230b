import * as z from 'zod';
import { MountError, parseMount, type MountSpec } from '../model/mounts.ts';
import { parsePort, PortError, range, type PortMapping } from '../model/ports.ts';
import { flag, integer, labels, number, options, size, text, texts, words } from './scalars.ts';

const longPort = z
  .strictObject({
    name: words.optional(),
    mode: words.optional(),
    host_ip: words.optional(),
    target: integer,
    published: text.optional(),
    protocol: words.optional(),
    app_protocol: words.optional(),
  })
  .transform((value, context): PortMapping[] => {
    const { target, published = '', host_ip: hostIp = '', protocol = 'tcp', name, mode } = value;
    if (range(String(target)) === null) context.addIssue(`${target} is no port from 1 to 65535`);
    if (published !== '' && range(published, 0) === null)
      context.addIssue(`"${published}" is no port from 0 to 65535, nor a range of some`);
    return [{ target, published, hostIp, protocol, ...defined({ name, mode, appProtocol: value.app_protocol }) }];
  });

const shortPort = text.transform((value, context): PortMapping[] => {
  try {
    return parsePort(value);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    context.addIssue(error.message);
    return [];
  }
});

/** Published ports; ranges become one entry each. */
export const ports = z
  .array(z.union([shortPort, longPort], { error: 'must be a port or a mapping' }), { error: 'must be a list' })
  .transform((list) => list.flat());

const longMount = z
  .strictObject({
    type: z.enum(['bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image']),
    source: words.optional(),
    target: words.optional(),
    read_only: flag.optional(),
    consistency: words.optional(),
    bind: z
      .strictObject({
        propagation: words.optional(),
        create_host_path: flag.optional(),
        recursive: words.optional(),
        selinux: words.optional(),
      })
      .optional(),
    volume: z
      .strictObject({ labels: labels.optional(), nocopy: flag.optional(), subpath: words.optional() })
      .optional(),
    tmpfs: z
      .strictObject({
        size: size.optional(),
        mode: z
          .union([z.number(), words])
          .transform((value) => (typeof value === 'string' ? Number.parseInt(value, 8) : value))
          .optional(),
      })
      .optional(),
    image: z.strictObject({ subpath: words.optional() }).optional(),
  })
  .transform((value, context): MountSpec => {
    const { type, source = '', target = '', read_only: readOnly = false, bind, volume, tmpfs, image } = value;
    if (target === '') context.addIssue('a mount needs a target');
    if (type === 'bind' && source === '') context.addIssue('a bind mount needs a source');
    return {
      type,
      source,
      target,
      readOnly,
      ...defined({ consistency: value.consistency }),
      ...(bind === undefined
        ? {}
        : {
            bind: defined({
              propagation: bind.propagation,
              createHostPath: bind.create_host_path,
              recursive: bind.recursive,
              selinux: bind.selinux,
            }),
          }),
      ...(volume === undefined ? {} : { volume: defined(volume) }),
      ...(tmpfs === undefined ? {} : { tmpfs: defined(tmpfs) }),
      ...(image === undefined ? {} : { image: defined(image) }),
    };
  });

/** Without what is undefined. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

const shortMount = words.transform((value, context): MountSpec => {
  try {
    return parseMount(value);
  } catch (error) {
    if (!(error instanceof MountError)) throw error;
    context.addIssue(error.message);
    return { type: 'volume', source: '', target: '', readOnly: false };
  }
});

/** Mounts of a service. */
export const mounts = z.array(z.union([shortMount, longMount], { error: 'must be a text or a mapping' }), {
  error: 'must be a list',
});

/** A service's place on a network. */
export const endpoint = z.strictObject({
  aliases: texts.optional(),
  interface_name: words.optional(),
  ipv4_address: words.optional(),
  ipv6_address: words.optional(),
  link_local_ips: texts.optional(),
  mac_address: words.optional(),
  driver_opts: options.optional(),
  priority: number.optional(),
  gw_priority: number.optional(),
});

/** Devices of the host: `HOST[:CONTAINER[:rwm]]` or a mapping; as the engine's triple. CDI names stay whole. */
export const devices = z.array(
  z
    .union([words, z.strictObject({ source: words, target: words.optional(), permissions: words.optional() })], {
      error: 'must be a text or a mapping',
    })
    .transform((value) => {
      if (typeof value !== 'string')
        return { source: value.source, target: value.target ?? value.source, permissions: value.permissions ?? 'rwm' };
      const [source = '', target, permissions] = value.split(':');
      return { source, target: target ?? source, permissions: permissions ?? 'rwm' };
    }),
  { error: 'must be a list' },
);
