import { ComposeError } from '../errors.ts';
import { nearest } from '../schema/nearest.ts';
import { withDependencies } from './order.ts';
import type { Project, Service } from './project.ts';

/** Which services an operation is about. */
export interface Selection {
  /** Named by the person; empty for all. */
  readonly services: readonly string[];
  readonly profiles: readonly string[];
  /** Without what they depend on. */
  readonly withoutDependencies?: boolean;
}

/** Whether profiles asked for switch a service on; `*` is all of them. */
function isEnabled(service: Service, profiles: readonly string[]): boolean {
  return (
    service.profiles.length === 0 || profiles.includes('*') || service.profiles.some((one) => profiles.includes(one))
  );
}

/**
 * The services of a selection, by name: those named (whatever their profiles), or all of the profiles, with what they
 * depend on. Throws ComposeError for one that is not there or is switched off.
 */
export function selectServices(
  project: Project,
  { services: named, profiles, withoutDependencies = false }: Selection,
): Set<string> {
  for (const name of named) assertService(project, name);
  const own = named.length === 0 ? [] : named.flatMap((name) => project.services.get(name)?.profiles ?? []);
  const active = [...profiles, ...own];
  const roots =
    named.length > 0
      ? named
      : [...project.services.values()].filter((service) => isEnabled(service, active)).map(({ name }) => name);
  if (withoutDependencies) return usable(project, new Set(roots));
  const selected = withDependencies(
    new Map(
      [...project.services].map(([name, service]) => [
        name,
        { dependencies: onlyUsable(project, service, active, named) },
      ]),
    ),
    roots,
  );
  return usable(project, selected);
}

function usable(project: Project, names: Set<string>): Set<string> {
  for (const [name, problem] of project.unusable) if (names.has(name)) throw problem;
  return names;
}

/** Dependencies that may be left out are, when they are switched off. */
function onlyUsable(
  project: Project,
  service: Service,
  profiles: readonly string[],
  named: readonly string[],
): Service['dependencies'] {
  return Object.fromEntries(
    Object.entries(service.dependencies).filter(([name, { required }]) => {
      const other = project.services.get(name);
      const isOn = other !== undefined && (named.includes(name) || isEnabled(other, profiles));
      if (!isOn && required && (named.includes(service.name) || isEnabled(service, profiles)))
        throw new ComposeError(
          `service "${service.name}" depends on "${name}", which is switched off by its profiles (${other?.profiles.join(', ') ?? ''})`,
        );
      return isOn;
    }),
  );
}

/** Throws ComposeError when a project has no such service. */
export function assertService(project: Project, name: string): Service {
  const service = project.services.get(name);
  if (service !== undefined) return service;
  const similar = nearest(name, [...project.services.keys()]);
  throw new ComposeError(`no such service: ${name}${similar === null ? '' : `; did you mean "${similar}"?`}`);
}

/** A project with other numbers of containers (`--scale web=3`). */
export function scaled(project: Project, scales: ReadonlyMap<string, number>): Project {
  if (scales.size === 0) return project;
  for (const [name, count] of scales) {
    const service = assertService(project, name);
    if (service.container_name !== undefined && count > 1)
      throw new ComposeError(
        `service "${name}" has the container name "${service.container_name}": there can only be one container of it`,
      );
  }
  const services = [...project.services].map(([name, service]): [string, Service] => [
    name,
    { ...service, replicas: scales.get(name) ?? service.replicas },
  ]);
  return { ...project, services: new Map(services) };
}
