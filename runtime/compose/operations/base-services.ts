import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dependencyCircle } from '../model/order.ts';
import type { Project, Service } from '../model/project.ts';

/** Images that a Dockerfile names: `FROM image`, `COPY --from=image`, `RUN --mount=from=image`. */
const NAMED = /^\s*FROM\s+(?:--\S+\s+)*(\S+)|--from=(\S+)|\bfrom=([^\s,]+)/gim;

/**
 * Of services that are built together, those whose images the Dockerfiles of others are based on: they come first, though
 * nothing but the name says so. A service by name, with those that it waits for; without any where they would wait for
 * each other.
 */
export async function baseServices(project: Project, names: Iterable<string>): Promise<Map<string, readonly string[]>> {
  const built = [...names].flatMap((name) => {
    const service = project.services.get(name);
    return service?.build === undefined ? [] : [service];
  });
  if (built.length < 2) return new Map();
  const owners = new Map(built.map(({ image, name }) => [withTag(image), name]));
  const found = await Promise.all(
    built.map(async (service): Promise<[string, readonly string[]]> => {
      const named = [...(await dockerfileOf(service)).matchAll(NAMED)].map(([, a, b, c]) => withTag(a ?? b ?? c ?? ''));
      const bases = new Set(named.flatMap((image) => owners.get(image) ?? []));
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
  return readFile(join(directory, build?.dockerfile ?? 'Dockerfile'), 'utf8').catch(() => '');
}
