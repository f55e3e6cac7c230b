import { stringify } from 'yaml';
import type { Extension, Project } from './project.ts';
import { inProjectOrder } from './render-order.ts';
import { clean, renderService, withoutOff } from './render-service.ts';
import { usedParts } from './used.ts';

/** How a project is shown. */
export interface Rendering {
  /** With what follows from what is written. */
  readonly completed?: boolean;
}

/**
 * The project as one Compose file in one form, as docker's Compose prints it: what `config` prints. Names are sorted,
 * defaults left out, and what none of the services uses.
 */
export function renderProject(
  project: Project,
  names: ReadonlySet<string>,
  { completed = true }: Rendering = {},
): Record<string, unknown> {
  const used = usedParts(project, names);
  const services = [...project.services.values()]
    .filter(({ name }) => names.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const nameOf = (key: string, entry: object): object =>
    !completed && 'name' in entry && entry.name === `${project.name}_${key}` ? { name: undefined } : {};
  const section = (
    entries: ReadonlyMap<string, object>,
    wanted: ReadonlySet<string>,
  ): Record<string, unknown> | undefined =>
    Object.fromEntries(
      [...entries]
        .filter(([key]) => wanted.has(key))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, entry]) => [
          key,
          clean(withoutOff({ ...entry, ...nameOf(key, entry), external: isExternal(entry) ? true : undefined })),
        ]),
    );
  const rendered = clean({
    name: project.name,
    services: Object.fromEntries(services.map((service) => [service.name, renderService(project, service, completed)])),
    networks: section(project.networks, used.networks),
    volumes: section(project.volumes, used.volumes),
    configs: section(project.configs, used.configs),
    secrets: section(project.secrets, used.secrets),
    models: section(project.models, used.models),
  });
  for (const extension of project.extensions) put(rendered, extension);
  return inProjectOrder(escaped(rendered));
}

/** That as YAML, which readers of YAML 1.1 take as it is meant, too (`yes` is no text to them). */
export function projectYaml(rendered: Readonly<Record<string, unknown>>): string {
  return stringify(rendered, { version: '1.1', lineWidth: 0, sortMapEntries: false, aliasDuplicateObjects: false });
}

/** That as JSON, in which what an image is left to decide is null, and parts of parts are there though empty; the parts by name. */
export function projectJson(rendered: Readonly<Record<string, unknown>>): string {
  const whole = {
    ...rendered,
    services: withEach(rendered['services'], { command: null, entrypoint: null }, (service) =>
      isMap(service['deploy']) ? { deploy: { resources: {}, placement: {}, ...service['deploy'] } } : {},
    ),
    ...('networks' in rendered ? { networks: withEach(rendered['networks'], { ipam: {} }) } : {}),
  };
  const byName = Object.entries(inProjectOrder(whole)).sort(([a], [b]) => (a < b ? -1 : 1));
  return jsonFile(Object.fromEntries(byName));
}

/** A JSON file that people can read. */
export function jsonFile(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function withEach(
  section: unknown,
  defaults: object,
  more: (entry: Readonly<Record<string, unknown>>) => object = () => ({}),
): object {
  return Object.fromEntries(
    Object.entries(section as Record<string, Readonly<Record<string, unknown>>>).map(([key, entry]) => [
      key,
      { ...defaults, ...entry, ...more(entry) },
    ]),
  );
}

function isExternal(entry: object): boolean {
  return 'external' in entry && entry.external === true;
}

/** Puts an `x-` entry where it was, if what it belongs to is shown. */
function put(rendered: Record<string, unknown>, { path, value }: Extension): void {
  let place: unknown = rendered;
  for (const step of path.slice(0, -1)) place = isMap(place) ? place[step] : undefined;
  const [key] = path.slice(-1);
  // Beside services, networks and so on there are names only.
  if (isMap(place) && key !== undefined && path.length !== 2) place[key] = value;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A dollar sign that is meant must be written twice. */
function escaped<T>(value: T): T;
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map((one: unknown) => escaped(one));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escaped(one)]));
}
