import * as z from 'zod/mini';
import { call, id, nothing, type Nothing } from './define.ts';

/** A registry that somebody is logged in to. No secret ever comes to the page. */
export interface RegistryLogin {
  readonly registry: string;
  readonly username: string;
  /** Name of the credential helper that keeps the secret; empty when it is in the file. */
  readonly helper: string;
}

/** A page of what a registry lists. */
export interface RegistryListing {
  readonly names: readonly string[];
  /** Asks for the page after this one; empty when it is the last. */
  readonly next: string;
}

const next = z.string().check(z.maxLength(4096));
const registry = z.string().check(z.regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/), z.maxLength(255));

/** Channels of registries. */
export const registryChannels = {
  'registries.list': call<readonly RegistryLogin[]>()(nothing),
  /** Asks the registry, and keeps the credentials only when it accepts them. */
  'registries.login': call<Nothing>()(
    z.object({
      registry,
      username: z.string().check(z.minLength(1), z.maxLength(255)),
      password: z.string().check(z.minLength(1), z.maxLength(16_384)),
    }),
    60_000,
  ),
  /** Tags of a repository, which is named as for a pull. */
  'registries.tags': call<RegistryListing>()(z.object({ repository: id, next }), 60_000),
  /** Repositories of a registry; many do not tell. */
  'registries.repositories': call<RegistryListing>()(z.object({ registry, next }), 60_000),
  'registries.logout': call<Nothing>()(z.object({ registry })),
};
