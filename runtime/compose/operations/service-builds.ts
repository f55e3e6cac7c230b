import { ComposeError } from '../errors.ts';
import { linkedServices } from '../model/links.ts';
import type { Project, Service } from '../model/project.ts';
import { buildService, type BuildAsked } from './build.ts';
import type { ComposeContext } from './context.ts';

/** Builds the image of a service. */
export type ServiceBuilder = (project: Project, service: Service) => Promise<void>;

/**
 * Builds services: those that one is linked to come first, each once. So it is for one operation: the next one finds
 * files that have changed. To the engine the result of one is an image that it has, so that links work with any engine
 * that knows further contexts.
 */
export function serviceBuilder(context: ComposeContext, asked: BuildAsked = {}): ServiceBuilder {
  const builds = new Map<string, Promise<void>>();
  const build = (project: Project, service: Service): Promise<void> => {
    const known = builds.get(service.name);
    if (known !== undefined) return known;
    const building = buildLinked(project, service);
    builds.set(service.name, building);
    return building;
  };
  const buildLinked = async (project: Project, service: Service): Promise<void> => {
    const images = new Map<string, string>();
    const linked = linkedServices(service).map(async ([name, other]) => {
      const found = project.services.get(other);
      if (found === undefined)
        throw new ComposeError(`service "${service.name}" builds on the service "${other}", which is not there`);
      if (found.build !== undefined) await build(project, found);
      images.set(name, `docker-image://${found.image}`);
    });
    const failed = (await Promise.allSettled(linked)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return buildService(context, project, service, { ...asked, contexts: images });
  };
  return build;
}
