import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DockerConfig, dockerConfigDirectory } from '../../common/docker-config.ts';
import { command, type CliContext } from '../command.ts';
import { htmlSafe, listText } from '../output/list.ts';
import { compileTemplate } from '../template/evaluate.ts';

/** A context as docker keeps it, in `contexts/meta/<SHA-256 of its name>/meta.json`. */
interface StoredContext {
  readonly Name: string;
  readonly Metadata: { readonly Description?: string };
  readonly Endpoints: Readonly<Record<string, { readonly Host?: string; readonly SkipTLSVerify?: boolean }>>;
}

const IN_MEMORY = '<IN MEMORY>';

function metaDirectory({ environment }: CliContext): string {
  return join(dockerConfigDirectory(environment), 'contexts', 'meta');
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** The context that stands for the socket this command speaks to. */
function defaultContext({ api, environment }: CliContext): StoredContext {
  const set = environment['BERTH_HOST'] ?? environment['DOCKER_HOST'] ?? '';
  const chosen = set === '' ? 'Where Berth listens' : 'Current DOCKER_HOST based configuration';
  return {
    Name: 'default',
    Metadata: { Description: chosen },
    Endpoints: { docker: { Host: api.address, SkipTLSVerify: false } },
  };
}

async function storedContexts(context: CliContext): Promise<StoredContext[]> {
  const directory = metaDirectory(context);
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(directory, name, 'meta.json'), 'utf8')) as StoredContext),
  );
  return [defaultContext(context), ...found.sort((a, b) => (a.Name < b.Name ? -1 : 1))];
}

async function named(context: CliContext, name: string): Promise<StoredContext> {
  const found = (await storedContexts(context)).find((one) => one.Name === name);
  if (found === undefined) throw new Error(`context "${name}": context not found`);
  return found;
}

function config({ environment }: CliContext): DockerConfig {
  return new DockerConfig(dockerConfigDirectory(environment), environment);
}

/** The name of the context in use: docker's rules, where an address in the environment wins. */
async function current(context: CliContext): Promise<string> {
  const { environment } = context;
  if ((environment['DOCKER_HOST'] ?? '') !== '') return 'default';
  const chosen = environment['DOCKER_CONTEXT'] ?? '';
  if (chosen !== '') return chosen;
  const { currentContext } = await config(context).read();
  return typeof currentContext === 'string' && currentContext !== '' ? currentContext : 'default';
}

const LAYOUT = {
  headers: { Name: 'NAME', Description: 'DESCRIPTION', DockerEndpoint: 'DOCKER ENDPOINT', Error: 'ERROR' },
  table: '{{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}',
  quiet: '{{.Name}}',
};

export const contextList = command({
  name: 'context ls',
  usage: '[OPTIONS]',
  summary: "List docker's contexts",
  specs: {
    format: { kind: 'string', help: 'How to print: table, "table TEMPLATE", json, or a Go template' },
    quiet: { kind: 'boolean', short: 'q', help: 'Print only names' },
  },
  arity: [0, 0],
  run: async (context, flags) => {
    const active = await current(context);
    const rows = (await storedContexts(context)).map((one) => ({
      Name: one.Name,
      Current: one.Name === active,
      Description: one.Metadata.Description ?? '',
      DockerEndpoint: one.Endpoints['docker']?.Host ?? '',
      Error: '',
    }));
    context.stdout.write(listText(rows, LAYOUT, flags));
    return 0;
  },
});

export const contextShow = command({
  name: 'context show',
  usage: '',
  summary: 'Print the name of the context in use',
  specs: {},
  arity: [0, 0],
  run: async (context) => {
    context.stdout.write(`${await current(context)}\n`);
    return 0;
  },
});

export const contextUse = command({
  name: 'context use',
  usage: 'CONTEXT',
  summary: 'Choose the context docker uses',
  specs: {},
  completes: 'context',
  arity: [1, 1],
  run: async (context, _flags, [name = '']) => {
    await named(context, name);
    await config(context).set('currentContext', name === 'default' ? undefined : name);
    context.stdout.write(`${name}\n`);
    context.stderr.write(`Current context is now "${name}"\n`);
    return 0;
  },
});

export const contextInspect = command({
  name: 'context inspect',
  usage: '[OPTIONS] [CONTEXT...]',
  summary: 'Show everything known of contexts',
  specs: { format: { kind: 'string', short: 'f', help: 'How to print: a Go template' } },
  completes: 'context',
  arity: [0, Number.POSITIVE_INFINITY],
  run: async (context, flags, names) => {
    const wanted = names.length > 0 ? names : [await current(context)];
    const known = await storedContexts(context);
    const missing = wanted.find((name) => !known.some(({ Name }) => Name === name));
    const found = known.filter(({ Name }) => wanted.includes(Name)).map((one) => described(context, one));
    const { format } = flags;
    if (format !== undefined && format !== 'json') {
      const print = compileTemplate(format, { strict: true });
      context.stdout.write(found.map((one) => `${print(one)}\n`).join(''));
    } else
      context.stdout.write(
        `${htmlSafe(found.length === 0 ? '[]' : JSON.stringify(found, null, format === 'json' ? 0 : 4))}\n`,
      );
    if (missing !== undefined) throw new Error(`context "${missing}": context not found`);
    return 0;
  },
});

function described(context: CliContext, stored: StoredContext): Record<string, unknown> {
  const isDefault = stored.Name === 'default';
  const root = join(dockerConfigDirectory(context.environment), 'contexts');
  return {
    Name: stored.Name,
    Metadata: isDefault ? {} : stored.Metadata,
    Endpoints: stored.Endpoints,
    TLSMaterial: {},
    Storage: {
      MetadataPath: isDefault ? IN_MEMORY : join(root, 'meta', idOf(stored.Name)),
      TLSPath: isDefault ? IN_MEMORY : join(root, 'tls', idOf(stored.Name)),
    },
  };
}
