import { ComposeError } from '../errors.ts';
import type { Service } from '../model/project.ts';
import type { ProjectContainer } from '../objects/containers.ts';
import type { Joined } from '../plan/host-config.ts';

/** Finds the containers of other services that a service is joined with. Throws ComposeError when one is not there. */
export function joinedContainers(service: Service, existing: readonly ProjectContainer[]): Joined {
  const ofService = (name: string): readonly ProjectContainer[] =>
    existing.filter((one) => one.service === name && !one.oneOff);
  const first = (name: string, what: string): ProjectContainer => {
    const [found] = ofService(name);
    if (found === undefined) throw new ComposeError(`cannot share ${what} with service ${name}: container missing`);
    return found;
  };
  const shared = (mode: string | undefined, what: string): string | null =>
    mode?.startsWith('service:') === true ? first(mode.slice('service:'.length), `${what} namespace`).id : null;
  return {
    network: shared(service.network_mode, 'network'),
    ipc: shared(service.ipc, 'IPC'),
    pid: shared(service.pid, 'PID'),
    uts: shared(service.uts, 'UTS'),
    volumesFrom: (service.volumes_from ?? []).map((text) => {
      if (text.startsWith('container:')) return text.slice('container:'.length);
      const [name = '', mode] = text.split(':');
      return `${first(name, 'volume').id}${mode === undefined ? '' : `:${mode}`}`;
    }),
    links: [
      ...service.links.flatMap(({ service: name, alias }) =>
        ofService(name).flatMap((one) =>
          [alias, `${name}-${one.number}`, one.name].map((known) => `${one.name}:${known}`),
        ),
      ),
      ...(service.external_links ?? []).map((text) => (text.includes(':') ? text : `${text}:${text}`)),
    ],
  };
}
