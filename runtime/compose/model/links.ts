import type { Service } from './project.ts';

/** `additional_contexts` that are what another service's build makes. */
const LINK_PREFIX = 'service:';

/** Names of contexts, and of the services whose builds they are. */
export function linkedServices({ build }: Pick<Service, 'build'>): [context: string, service: string][] {
  return Object.entries(build?.additional_contexts ?? {}).flatMap(([name, what]) =>
    what?.startsWith(LINK_PREFIX) === true ? [[name, what.slice(LINK_PREFIX.length)]] : [],
  );
}
