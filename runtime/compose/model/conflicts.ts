import { ComposeError } from '../errors.ts';
import { nodeAt, type MapNode } from '../load/node.ts';
import { linkedServices } from './links.ts';
import type { Project, Service } from './project.ts';

/** One thing that contradicts another, and where it is written. */
interface Conflict {
  readonly path: readonly string[];
  readonly message: string;
}

/** What a project says of one thing must not contradict itself. Throws ComposeError at the first part that does. */
export function checkConflicts(project: Project, root: MapNode): void {
  const conflicts = [
    ...[...project.services.values()].flatMap((service) => [
      ...limitConflicts(service),
      ...mountConflicts(service),
      ...buildConflicts(project, service),
      ...otherConflicts(service),
    ]),
    ...volumeConflicts(project),
  ];
  const [first] = conflicts;
  if (first !== undefined) throw new ComposeError(first.message, nodeAt(root, first.path).place);
}

/** Limits can be said in two ways, which must agree. */
function limitConflicts(service: Service): Conflict[] {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const pairs = [
    ['cpus', 'deploy.resources.limits.cpus', service.cpus, limits?.cpus],
    ['mem_limit', 'deploy.resources.limits.memory', service.mem_limit, limits?.memory],
    ['pids_limit', 'deploy.resources.limits.pids', service.pids_limit, limits?.pids],
    ['mem_reservation', 'deploy.resources.reservations.memory', service.mem_reservation, reservations?.memory],
    ['scale', 'deploy.replicas', service.scale, service.deploy?.replicas],
  ] as const;
  return pairs
    .filter(([, , one, other]) => one !== undefined && other !== undefined && one !== other)
    .map(([key, otherKey]) => ({
      path: ['services', service.name, key],
      message: `services.${service.name}: can't set distinct values on '${key}' and '${otherKey}'`,
    }));
}

/** Two things cannot be mounted at one place. */
function mountConflicts({ name, tmpfs, volumes }: Service): Conflict[] {
  const places = [
    ...(tmpfs ?? []).map((text, index) => ({ key: 'tmpfs', index, target: text.split(':')[0] ?? '' })),
    ...(volumes ?? []).map(({ target }, index) => ({ key: 'volumes', index, target })),
  ];
  const seen = new Map<string, string>();
  return places.flatMap(({ key, index, target }): Conflict[] => {
    const place = `services.${name}.${key}[${index}]`;
    const before = seen.get(target);
    if (before === undefined) {
      seen.set(target, place);
      return [];
    }
    return [
      {
        path: ['services', name, key, String(index)],
        message: `${place}: target ${target} already mounted as ${before}`,
      },
    ];
  });
}

function buildConflicts(project: Project, service: Service): Conflict[] {
  const { name, build, platform } = service;
  if (build === undefined) return [];
  const at = (...path: readonly string[]) => ['services', name, 'build', ...path];
  const found: Conflict[] = [];
  if (build.dockerfile !== undefined && build.dockerfile_inline !== undefined)
    found.push({
      path: at('dockerfile_inline'),
      message: `service "${name}" declares mutually exclusive dockerfile and dockerfile_inline`,
    });
  const platforms = build.platforms ?? [];
  if (platform !== undefined && platforms.length > 0 && !platforms.includes(platform))
    found.push({
      path: at('platforms'),
      message: `services.${name}.build.platforms must include the service's platform "${platform}"`,
    });
  for (const [context, other] of linkedServices(service)) {
    const linked = project.services.get(other);
    if (linked !== undefined && linked.build === undefined)
      found.push({
        path: at('additional_contexts', context),
        message: `service "${name}" declares non-buildable service "${other}" as additional context ${context}`,
      });
  }
  return found;
}

const HEALTH_TESTS = ['CMD', 'CMD-SHELL', 'NONE'];

function otherConflicts({ name, healthcheck, develop, gpus }: Service): Conflict[] {
  const found: Conflict[] = [];
  const test = healthcheck?.test;
  if (Array.isArray(test) && test.length > 0 && !HEALTH_TESTS.includes(test[0] ?? ''))
    found.push({
      path: ['services', name, 'healthcheck', 'test'],
      message: `services.${name}.healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"`,
    });
  for (const [index, { action, target = '' }] of (develop?.watch ?? []).entries())
    if (target === '' && action !== 'rebuild' && action !== 'restart')
      found.push({
        path: ['services', name, 'develop', 'watch', String(index)],
        message: `services.${name}.develop.watch: target is required for non-rebuild actions`,
      });
  for (const [index, { count, device_ids: ids }] of (gpus ?? []).entries())
    if (count !== undefined && ids !== undefined)
      found.push({
        path: ['services', name, 'gpus', String(index)],
        message: `services.${name}.gpus: "count" and "device_ids" attributes are exclusive`,
      });
  return found;
}

/** What others keep is as they have made it. */
function volumeConflicts({ volumes }: Project): Conflict[] {
  return [...volumes].flatMap(([key, volume]) =>
    (['driver', 'driver_opts', 'labels'] as const)
      .filter((attribute) => volume.external && volume[attribute] !== undefined)
      .map((attribute) => ({
        path: ['volumes', key, attribute],
        message: `volumes.${key}: conflicting parameters "external" and "${attribute}" specified`,
      })),
  );
}
