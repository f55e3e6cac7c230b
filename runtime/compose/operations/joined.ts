import { ComposeError } from '../errors.ts';
import type { Service } from '../model/project.ts';
import type { ProjectContainer } from '../objects/containers.ts';
import type { Joined } from '../plan/host-config.ts';

/** Finds the containers of other services that a service is joined with. Throws ComposeError when one is not there. */
export function joinedContainers(service: Service, existing: readonly ProjectContainer[]): Joined {
  const ofService = (name: string): readonly ProjectContainer[] =>
    existing.filter((one) => one.service === name && !one.oneOff);
  const first = (name: string): ProjectContainer => {
    const [found] = ofService(name);
    if (found === undefined)
      throw new ComposeError(
        `service "${service.name}" shares something with "${name}", of which there is no container`,
      );
    return found;
  };
  const shared = (mode: string | undefined): string | null =>
    mode?.startsWith('service:') === true ? first(mode.slice('service:'.length)).id : null;
  return {
    network: shared(service.network_mode),
    ipc: shared(service.ipc),
    pid: shared(service.pid),
    uts: shared(service.uts),
    volumesFrom: (service.volumes_from ?? []).map((text) => {
      if (text.startsWith('container:')) return text.slice('container:'.length);
      const [name = '', mode] = text.split(':');
      return `${first(name).id}${mode === undefined ? '' : `:${mode}`}`;
    }),
    links: [
      ...service.links.flatMap(({ service: name, alias }) => ofService(name).map((one) => `${one.name}:${alias}`)),
      ...(service.external_links ?? []).map((text) => (text.includes(':') ? text : `${text}:${text}`)),
    ],
  };
}
