import { ComposeError } from '../errors.ts';
import { nodeAt, type MapNode } from '../load/node.ts';
import { linkedServices } from './links.ts';
import { nearest } from '../schema/nearest.ts';
import { dependencyCircle } from './order.ts';
import type { Project, Service } from './project.ts';

/** What a project's parts say of each other must hold. Throws ComposeError at the part that is off. */
export function checkReferences(project: Project, root: MapNode): void {
  for (const service of project.services.values()) checkService(project, service, root);
  const circle = dependencyCircle(project.services);
  if (circle !== null)
    throw new ComposeError(
      `dependency cycle detected: ${circle.join(' -> ')}`,
      nodeAt(root, ['services', circle[0] ?? '', 'depends_on']).place,
    );
  const links = [...project.services].map(([name, service]) => {
    const dependencies = Object.fromEntries(linkedServices(service).map(([, other]) => [other, {}]));
    return [name, { dependencies }] as const;
  });
  const linkCircle = dependencyCircle(new Map(links));
  if (linkCircle !== null)
    throw new ComposeError(
      `builds that are linked in a circle: ${linkCircle.join(' -> ')}`,
      nodeAt(root, ['services', linkCircle[0] ?? '', 'build', 'additional_contexts']).place,
    );
  for (const [section, files] of [
    ['configs', project.configs],
    ['secrets', project.secrets],
  ] as const)
    for (const [key, file] of files) {
      const sources = [file.file, file.content, file.environment].filter((one) => one !== undefined).length;
      if (!file.external && sources !== 1)
        throw new ComposeError(
          `${section}.${key} needs exactly one of file, environment${section === 'configs' ? ' and content' : ''}`,
          nodeAt(root, [section, key]).place,
        );
    }
}

function checkService(project: Project, service: Service, root: MapNode): void {
  const at = (key: string, known: ReadonlyMap<string, unknown>, name: string, what: string): void => {
    if (known.has(name)) return;
    const similar = nearest(name, [...known.keys()]);
    throw new ComposeError(
      `service "${service.name}" refers to undefined ${what} ${name}${similar === null ? '' : `; did you mean "${similar}"?`}`,
      nodeAt(root, ['services', service.name, key, name]).place,
    );
  };
  for (const [name, { required }] of Object.entries(service.dependencies))
    if (required) {
      if (!project.services.has(name))
        throw new ComposeError(
          `service "${service.name}" depends on undefined service "${name}"`,
          nodeAt(root, ['services', service.name, 'depends_on', name]).place,
        );
    }
  for (const [context, name] of linkedServices(service))
    if (!project.services.has(name))
      throw new ComposeError(
        `service "${service.name}" builds on undefined service "${name}"`,
        nodeAt(root, ['services', service.name, 'build', 'additional_contexts', context]).place,
      );
  for (const name of Object.keys(service.models ?? {})) at('models', project.models, name, 'model');
  for (const name of Object.keys(service.networks)) at('networks', project.networks, name, 'network');
  for (const mount of service.volumes ?? [])
    if (mount.type === 'volume' && mount.source !== '') at('volumes', project.volumes, mount.source, 'volume');
  for (const { source } of service.configs ?? []) at('configs', project.configs, source, 'config');
  for (const { source } of service.secrets ?? []) at('secrets', project.secrets, source, 'secret');
  for (const { source } of service.build?.secrets ?? []) at('build', project.secrets, source, 'secret');
}
