import { DockerConfig, dockerConfigDirectory } from '../../common/docker-config.ts';
import { command, type CliContext } from '../command.ts';
import { ContextStore, DEFAULT_CONTEXT, type StoredContext } from '../contexts/store.ts';
import { htmlSafe } from '../../common/go-json.ts';
import { listText } from '../output/list.ts';
import { compileTemplate } from '../template/evaluate.ts';
import { visible } from '../output/visible.ts';

const IN_MEMORY = '<IN MEMORY>';

/** The contexts of docker's configuration. */
export function contextStore({ environment }: CliContext): ContextStore {
  return new ContextStore(dockerConfigDirectory(environment));
}

/** The context that stands for the socket this command speaks to. */
export function defaultContext({ api, environment }: CliContext): StoredContext {
  const set = environment['BERTH_HOST'] ?? environment['DOCKER_HOST'] ?? '';
  const chosen = set === '' ? 'Where Berth listens' : 'Current DOCKER_HOST based configuration';
  return {
    Name: DEFAULT_CONTEXT,
    Metadata: { Description: chosen },
    Endpoints: { docker: { Host: api.address, SkipTLSVerify: false } },
  };
}

async function allContexts(context: CliContext): Promise<StoredContext[]> {
  return [defaultContext(context), ...(await contextStore(context).list())];
}

/** Docker's configuration, where the context in use is kept. */
export function dockerConfig({ environment }: CliContext): DockerConfig {
  return new DockerConfig(dockerConfigDirectory(environment), environment);
}

/** The name of the context in use: docker's rules, where an address in the environment wins. */
export async function currentContext(context: CliContext): Promise<string> {
  const { environment } = context;
  if ((environment['DOCKER_HOST'] ?? '') !== '') return DEFAULT_CONTEXT;
  const chosen = environment['DOCKER_CONTEXT'] ?? '';
  if (chosen !== '') return chosen;
  const { currentContext: kept } = await dockerConfig(context).read();
  return typeof kept === 'string' && kept !== '' ? kept : DEFAULT_CONTEXT;
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
    const active = await currentContext(context);
    const rows = (await allContexts(context)).map((one) => ({
      Name: one.Name,
      Current: one.Name === active,
      Description: one.Metadata.Description ?? '',
      DockerEndpoint: one.Endpoints['docker']?.Host ?? '',
      Error: '',
    }));
    context.stdout.write(visible(listText(rows, LAYOUT, flags), context.stdout, flags.format));
    if (!flags.quiet && (context.environment['DOCKER_HOST'] ?? '') !== '')
      context.stderr.write(
        'Warning: the address in DOCKER_HOST is used, whatever the context: unset it, or name one with --context\n',
      );
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
    context.stdout.write(`${await currentContext(context)}\n`);
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
    if (name !== DEFAULT_CONTEXT) await contextStore(context).get(name);
    await dockerConfig(context).set('currentContext', name === DEFAULT_CONTEXT ? undefined : name);
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
    const wanted = names.length > 0 ? names : [await currentContext(context)];
    const known = await allContexts(context);
    const missing = wanted.find((name) => !known.some(({ Name }) => Name === name));
    const chosen = wanted.flatMap((name) => known.filter(({ Name }) => Name === name));
    const found = await Promise.all(chosen.map((one) => described(context, one)));
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

async function described(context: CliContext, stored: StoredContext): Promise<Record<string, unknown>> {
  const isDefault = stored.Name === DEFAULT_CONTEXT;
  const store = contextStore(context);
  const files = isDefault ? new Map<string, Map<string, Buffer>>() : await store.files(stored.Name);
  return {
    Name: stored.Name,
    Metadata: isDefault ? {} : stored.Metadata,
    Endpoints: stored.Endpoints,
    TLSMaterial: Object.fromEntries([...files].map(([endpoint, contents]) => [endpoint, [...contents.keys()]])),
    Storage: {
      MetadataPath: isDefault ? IN_MEMORY : store.metaDirectory(stored.Name),
      TLSPath: isDefault ? IN_MEMORY : store.tlsDirectory(stored.Name),
    },
  };
}
