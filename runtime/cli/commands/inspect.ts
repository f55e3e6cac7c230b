import { DockerApiError } from '../../common/docker-api.ts';
import { command, type CliContext, type Command, type Completes } from '../command.ts';
import { UsageError, type FlagSpecs } from '../flags/flags.ts';
import { explain } from '../explain.ts';
import { typedView } from '../inspect/typed.ts';
import { TemplateError } from '../template/errors.ts';
import { compileTemplate } from '../template/evaluate.ts';
import { platformJson } from './pull.ts';

const FORMAT = {
  kind: 'string',
  short: 'f',
  help: 'How to print: json, or a Go template for each object',
} as const;

/** Where each type of object is inspected, in docker's order. */
const PLACES = {
  container: (name: string) => `/containers/${name}/json`,
  image: (name: string) => `/images/${name}/json`,
  network: (name: string) => `/networks/${name}`,
  volume: (name: string) => `/volumes/${name}`,
  plugin: (name: string) => `/plugins/${name}/json`,
} as const;

type Kind = keyof typeof PLACES;

const KINDS = Object.keys(PLACES) as readonly Kind[];

const TYPES = '"container", "image", "network", "volume" or "plugin"';

/** What was found, and as what. */
interface Found {
  readonly kind: Kind;
  readonly object: unknown;
}

/** Prints objects found by `find`; goes on after those that are not there. */
async function printObjects(
  { api, stdout, stderr }: CliContext,
  names: readonly string[],
  format: string | undefined,
  find: (name: string) => Promise<Found>,
): Promise<number> {
  const template = format === undefined || format === '' || format === 'json' ? null : inspectionTemplate(format);
  const found: Found[] = [];
  const missing: string[] = [];
  for (const name of names) {
    try {
      found.push(await find(name));
    } catch (error) {
      if (!(error instanceof DockerApiError || error instanceof NothingFound)) throw error;
      missing.push(explain(error, api.address));
    }
  }
  if (template === null) {
    const objects = found.map(({ object }) => object);
    const whole = objects.length === 0 ? '[]' : JSON.stringify(objects, null, 4);
    stdout.write(`${format === 'json' ? JSON.stringify(objects) : whole}\n`);
  } else stdout.write(applied(template, found, stdout));
  for (const line of missing) stderr.write(`${line}\n`);
  return missing.length > 0 ? 1 : 0;
}

/** Docker's client applies a template to its own types, and, where those do not fit, to the engine's answer. */
function inspectionTemplate(format: string): (found: Found) => string {
  const onTypes = compileTemplate(format);
  const onAnswer = compileTemplate(format, { strict: true });
  return ({ kind, object }) => {
    if (kind === 'plugin') return onAnswer(object);
    try {
      return onTypes(typedView(kind, object));
    } catch (error) {
      if (error instanceof TemplateError) return onAnswer(object);
      throw error;
    }
  };
}

/** Nothing found, or nothing that can be printed, is an empty line to docker's client. */
function applied(template: (found: Found) => string, found: readonly Found[], stdout: NodeJS.WriteStream): string {
  if (found.length === 0) return '\n';
  try {
    return found.map((one) => `${template(one)}\n`).join('');
  } catch (error) {
    stdout.write('\n');
    throw error;
  }
}

class NothingFound extends Error {}

export const inspect = command({
  name: 'inspect',
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  summary: 'Show everything known of containers, images, networks, volumes and plugins',
  specs: {
    format: FORMAT,
    size: { kind: 'boolean', short: 's', help: 'Tell sizes of containers on disk' },
    type: { kind: 'string', help: 'Look only for a container, image, network, volume or plugin' },
  },
  completes: 'object',
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, flags, names) => {
    const { type } = flags;
    if (type === '') throw new UsageError(`type is empty: must be one of ${TYPES}`);
    const kinds = type === undefined ? KINDS : KINDS.filter((kind) => kind === type);
    if (kinds.length === 0) throw new UsageError(`unknown type: "${type ?? ''}": must be one of ${TYPES}`);
    return printObjects(context, names, flags.format, (name) => lookUp(context, name, kinds, type, flags.size));
  },
});

async function lookUp(
  { api }: CliContext,
  name: string,
  kinds: readonly Kind[],
  type: string | undefined,
  size: boolean,
): Promise<Found> {
  for (const kind of kinds) {
    try {
      const query = size && kind === 'container' ? { size: 1 } : {};
      return { kind, object: await api.json<unknown>('GET', PLACES[kind](name), { query }) };
    } catch (error) {
      if (!(error instanceof DockerApiError) || !isOfNone(error, type)) throw error;
    }
  }
  throw new NothingFound(`Error: No such ${type ?? 'object'}: ${name}`);
}

/** Whether an answer says that there is no such thing. A name that no image can have may be another thing's. */
function isOfNone({ status, message }: DockerApiError, type: string | undefined): boolean {
  return status === 404 || (type === undefined && /invalid reference format|not supported/.test(message));
}

/** `container inspect`, `image inspect` and so on. */
function inspectOne(kind: Kind & Completes, more: FlagSpecs = {}): Command {
  const noun = kind.toUpperCase();
  return command({
    name: `${kind} inspect`,
    usage: `[OPTIONS] ${noun} [${noun}...]`,
    summary: `Show everything known of ${kind}s`,
    specs: {
      format: FORMAT,
      ...more,
    },
    completes: kind,
    arity: [1, Number.POSITIVE_INFINITY],
    run: (context, flags, names) =>
      printObjects(context, names, flags.format, async (name) => ({
        kind,
        object: await context.api.json<unknown>('GET', PLACES[kind](name), { query: queryOf(flags) }),
      })),
  });
}

/** Switches of an inspection as its query. */
function queryOf(flags: Readonly<Record<string, unknown>>): Record<string, string | number> {
  const { platform } = flags;
  return {
    ...(flags['size'] === true ? { size: 1 } : {}),
    ...(flags['verbose'] === true ? { verbose: 'true' } : {}),
    ...(typeof platform === 'string' && platform !== '' ? { platform: platformJson(platform) } : {}),
  };
}

export const containerInspect = inspectOne('container', {
  size: { kind: 'boolean', short: 's', help: 'Tell sizes on disk' },
});
export const imageInspect = inspectOne('image', {
  platform: { kind: 'string', help: 'That of this platform, as linux/arm64' },
});
export const networkInspect = inspectOne('network', {
  verbose: { kind: 'boolean', short: 'v', help: 'Tell more' },
});
export const volumeInspect = inspectOne('volume');
export const pluginInspect = inspectOne('plugin');
