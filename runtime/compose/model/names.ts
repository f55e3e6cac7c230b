import type { Project, Service } from './project.ts';

/** The name of a service's container with a number. */
export function containerName(project: Project, service: Service, number: number): string {
  return service.container_name ?? [project.name, service.name, number].join(project.separator);
}

/** The name of an image that is built for a service and was given none. */
export function ownImage(project: Pick<Project, 'name' | 'separator'>, service: string): string {
  return [project.name, service].join(project.separator);
}
