import { ownImage } from '../model/names.ts';
import type { Project, Service } from '../model/project.ts';
import type { ComposeContext } from './context.ts';

/** The project with the images of services named by their digests in registries, as `config --resolve-image-digests` shows it. */
export async function withDigests(
  context: ComposeContext,
  project: Project,
  names: ReadonlySet<string>,
): Promise<Project> {
  const services = await Promise.all(
    [...project.services].map(async ([name, service]): Promise<[string, Service]> => {
      const isBuilt = service.image === ownImage(project, name);
      if (isBuilt || !names.has(name) || service.image.includes('@')) return [name, service];
      return [name, { ...service, image: await pinned(context, service.image) }];
    }),
  );
  return { ...project, services: new Map(services) };
}

async function pinned(context: ComposeContext, image: string): Promise<string> {
  const name = wholeName(image);
  const { Descriptor } = await context.api.json<{ Descriptor: { digest: string } }>(
    'GET',
    `/distribution/${name}/json`,
    { headers: await context.registryAuth(image), signal: context.signal },
  );
  return `${name}@${Descriptor.digest}`;
}

/** A name with everything that is usually left out: `docker.io/library/redis:latest`. */
export function wholeName(image: string): string {
  const [first = ''] = image.split('/');
  const hasDomain =
    image.includes('/') && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const path = hasDomain ? image : `docker.io/${image.includes('/') ? '' : 'library/'}${image}`;
  return path.includes(':', path.lastIndexOf('/') + 1) ? path : `${path}:latest`;
}
