import { ComposeError } from '../errors.ts';
import type { Project, Service } from '../model/project.ts';
import { imageId, needsPull, pullImage } from '../objects/images.ts';
import { baseServices } from './base-services.ts';
import { reported, type ComposeContext } from './context.ts';
import { serviceBuilder, type ServiceBuilder } from './service-builds.ts';

/** How images come about in an operation. */
export interface ImageChoices {
  /** yes: build whatever is there; no: never build; missing: only what is not there. */
  readonly building: 'yes' | 'no' | 'missing';
  /** `always`, `missing`, `never`; undefined for each service's own policy. */
  readonly pull?: string | undefined;
}

/** Makes sure that the images of services are there; returns their ids by service. Throws ComposeError. */
export async function ensureImages(
  context: ComposeContext,
  project: Project,
  names: Iterable<string>,
  choices: ImageChoices,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const once = new Map<string, Promise<void>>();
  const build = serviceBuilder(context);
  const wanted = [...names];
  const bases = choices.building === 'no' ? new Map<string, readonly string[]>() : await baseServices(project, wanted);
  const ensure = (service: Service): Promise<void> => {
    // Services with the same image and build share one build or pull.
    const key = JSON.stringify([service.image, service.platform, service.build]);
    const known = once.get(key);
    if (known !== undefined) return known;
    const first = (bases.get(service.name) ?? []).flatMap((name) => project.services.get(name) ?? []);
    const work = Promise.all(first.map(ensure)).then(() => ensureImage(context, project, service, build, choices));
    once.set(key, work);
    return work;
  };
  await Promise.all(
    wanted.map(async (name) => {
      const service = project.services.get(name);
      if (service === undefined) return;
      await ensure(service);
      const id = await imageId(context, service.image);
      if (id === null) throw new ComposeError(`service "${name}": there is no image ${service.image}`);
      ids.set(name, id);
    }),
  );
  return ids;
}

async function ensureImage(
  context: ComposeContext,
  project: Project,
  service: Service,
  build: ServiceBuilder,
  { building, pull }: ImageChoices,
): Promise<void> {
  const buildIt = (): Promise<void> =>
    reported(context, `Image ${service.image}`, ['Building', 'Built'], () => build(project, service));
  if (service.build !== undefined) {
    const policy = pull ?? service.pull_policy;
    if (building === 'yes' || (policy === 'build' && building !== 'no')) return buildIt();
    if ((await imageId(context, service.image)) !== null) return;
    if (building === 'no')
      throw new ComposeError(
        `service "${service.name}" needs to be built, which is not wanted here: ${service.image} is missing`,
      );
    return buildIt();
  }
  if (await needsPull(context, service, pull)) return pullImage(context, service);
  if (pull === 'never' && (await imageId(context, service.image)) === null)
    throw new ComposeError(`service "${service.name}": there is no image ${service.image}, and it is not to be pulled`);
}
