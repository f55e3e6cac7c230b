import * as z from 'zod/mini';
import { call, id, labels, nothing, objectName, text, type Nothing } from './define.ts';

/** A container's place in a network. */
export interface NetworkMember {
  readonly id: string;
  readonly name: string;
  /** Paused, too. */
  readonly running: boolean;
  readonly paused: boolean;
  /** Empty while it is not running. */
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
  readonly aliases: readonly string[];
}

/** One row of the networks list. */
export interface NetworkSummary {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly scope: string;
  readonly createdAt: number;
  readonly internal: boolean;
  readonly ipv6: boolean;
  readonly subnets: readonly { readonly subnet: string; readonly gateway: string }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** One of the engine's own: bridge, host, none. */
  readonly builtIn: boolean;
  readonly members: readonly NetworkMember[];
}

/** Channels of networks. */
export const networkChannels = {
  'networks.list': call<readonly NetworkSummary[]>()(nothing),
  'networks.create': call<{ readonly id: string; readonly warning: string }>()(
    z.object({
      name: objectName,
      driver: id,
      internal: z.boolean(),
      ipv6: z.boolean(),
      subnet: z.optional(text),
      gateway: z.optional(text),
      labels,
    }),
  ),
  'networks.remove': call<Nothing>()(z.object({ id: objectName })),
  'networks.prune': call<{ readonly deleted: number }>()(nothing, 60_000),
  'networks.connect': call<Nothing>()(
    z.object({ id: objectName, containerId: objectName, aliases: z.array(text), ipv4: z.optional(text) }),
  ),
  'networks.disconnect': call<Nothing>()(z.object({ id: objectName, containerId: objectName, force: z.boolean() })),
};
