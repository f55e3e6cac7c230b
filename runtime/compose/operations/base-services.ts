import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { dependencyCircle } from '../model/order.ts';
import type { Project, Service } from '../model/project.ts';

/** Images that a Dockerfile names: `FROM image`, `COPY --from=image`, `RUN --mount=from=image`. */
const NAMED = /^\s*FROM\s+(?:--\S+\s+)*(\S+)|--from=(\S+)|\bfrom=([^\s,]+)/gim;

/**
 * Of services that are brought up together, those whose images the Dockerfiles of others are based on, or that others
 * have as their own: they are built first, though nothing but the name says so. A service by name, with those that it
 * waits for; without any where they would wait for each other.
 */
export async function baseServices(project: Project, names: Iterable<string>): Promise<Map<string, readonly string[]>> {
  const services = [...names].flatMap((name) => project.services.get(name) ?? []);
  const owners = new Map(
    services.flatMap(({ build, image, name }) => (build === undefined ? [] : [[withTag(image), name] as const])),
  );
  if (owners.size === 0 || services.length < 2) return new Map();
  const found = await Promise.all(
    services.map(async (service): Promise<[string, readonly string[]]> => {
      const named = [...(await dockerfileOf(service)).matchAll(NAMED)].map(([, a, b, c]) => withTag(a ?? b ?? c ?? ''));
      const images = service.build === undefined ? [withTag(service.image)] : named;
      const bases = new Set(images.flatMap((image) => owners.get(image) ?? []));
      bases.delete(service.name);
      return [service.name, [...bases]];
    }),
  );
  const graph = found.map(([name, bases]) => {
    return [name, { dependencies: Object.fromEntries(bases.map((base) => [base, {}])) }] as const;
  });
  return dependencyCircle(new Map(graph)) === null ? new Map(found) : new Map();
}

function withTag(image: string): string {
  return /:[^/]*$|@/.test(image) ? image : `${image}:latest`;
}

/** '' for one that is not here to be read: the build tells of what is wrong. */
async function dockerfileOf({ build }: Service): Promise<string> {
  if (build?.dockerfile_inline !== undefined) return build.dockerfile_inline;
  const directory = build?.context;
  if (directory?.startsWith('/') !== true) return '';
  return readFile(resolve(directory, build?.dockerfile ?? 'Dockerfile'), 'utf8').catch(() => '');
}
