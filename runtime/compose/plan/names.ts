import type { Project, Service } from '../model/project.ts';

/** The name of a service's container with a number. */
export function containerName(project: Project, service: Service, number: number): string {
  return service.container_name ?? `${project.name}-${service.name}-${number}`;
}
