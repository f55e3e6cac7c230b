import { ComposeError } from '../errors.ts';
import { inDependencyOrder } from '../model/order.ts';
import type { Project, Service } from '../model/project.ts';
import type { ComposeContext } from '../operations/context.ts';
import { dockerPlugin, programOnPath } from './find.ts';
import { optionsFor, providerMetadata } from './provider-metadata.ts';
import { runPlugin } from './run.ts';

/**
 * What a provider prints, a line each: what it does, why it fails, a variable for those that depend on the service, whose
 * name begins with the service's (`setenv`) or is as it stands (`rawsetenv`).
 */
interface ProviderLine {
  readonly type: (typeof KINDS)[number];
  readonly message: string;
}

const KINDS = ['info', 'error', 'setenv', 'rawsetenv', 'debug'] as const;

const WORDS = {
  up: ['Creating', 'Created'],
  down: ['Removing', 'Removed'],
  stop: ['Stopping', 'Stopped'],
} as const;
type Verb = keyof typeof WORDS;

/**
 * Lets providers bring up the services that are left to them. Returns the project with the variables that they give to
 * services that depend on theirs. Throws ComposeError with a provider's own words.
 */
export async function providersUp(
  context: ComposeContext,
  project: Project,
  names: ReadonlySet<string>,
): Promise<Project> {
  const services = new Map(project.services);
  const provided = left(project, names);
  await inDependencyOrder(project.services, provided, async (name) => {
    const service = services.get(name);
    if (service === undefined) return;
    const variables = await ask(context, project, service, 'up');
    for (const [other, dependent] of services) {
      if (!(name in dependent.dependencies)) continue;
      for (const [key, value] of Object.entries(variables)) {
        const own = dependent.environment[key];
        if (own === undefined || own === value) continue;
        const status = `provider "${name}" overrides environment variable "${key}" in service "${other}"`;
        context.progress({ object: other, status, state: 'warning' });
      }
      services.set(other, { ...dependent, environment: { ...dependent.environment, ...variables } });
    }
  });
  return { ...project, services };
}

/** Lets providers take down or stop what they brought up, those that depend on others first. Throws ComposeError. */
export async function providersEnd(
  context: ComposeContext,
  project: Project,
  names: ReadonlySet<string>,
  verb: 'down' | 'stop',
): Promise<void> {
  await inDependencyOrder(
    project.services,
    left(project, names),
    async (name) => {
      const service = project.services.get(name);
      if (service !== undefined) await ask(context, project, service, verb);
    },
    'dependents-first',
  );
}

function left({ services }: Project, names: ReadonlySet<string>): Set<string> {
  return new Set([...names].filter((name) => services.get(name)?.provider !== undefined));
}

/**
 * Runs `PROVIDER compose --project-name=NAME up|down|stop --OPTION=VALUE... SERVICE`; to stop only one that says that it
 * can. Returns the variables that it sets.
 */
async function ask(
  context: ComposeContext,
  project: Project,
  { name, provider }: Service,
  verb: Verb,
): Promise<Record<string, string>> {
  const { type = '', options = {} } = provider ?? {};
  const variables: Record<string, string> = {};
  const [working, done] = WORDS[verb];
  const tell = (status: string, state: 'working' | 'done' | 'error'): void => {
    context.progress({ object: name, status, state });
  };
  const isDryRun = context.isDryRun === true;
  const call = { environment: context.environment, directory: project.directory, signal: context.signal };
  const path = isDryRun ? '' : providerPath(type, name, context.environment);
  const metadata = isDryRun ? null : await providerMetadata({ ...call, path });
  if (verb === 'stop' && metadata?.stop === undefined) return variables;
  tell(working, 'working');
  try {
    if (!isDryRun) {
      const words = Object.entries(optionsFor(metadata, verb, options)).flatMap(([key, values]) =>
        values.map((value) => `--${key}=${value}`),
      );
      await runPlugin({
        ...call,
        path,
        args: ['compose', `--project-name=${project.name}`, verb, ...words, name],
        onLine: (text) => {
          const { type: kind, message } = lineOf(text, type);
          if (kind === 'error') throw new ComposeError(message);
          if (kind === 'info') tell(message, 'working');
          if (kind !== 'setenv' && kind !== 'rawsetenv') return;
          const equals = message.indexOf('=');
          if (equals < 1) throw new ComposeError(`invalid response from provider ${type}: ${message}`);
          const prefix = kind === 'setenv' ? `${name.toUpperCase()}_` : '';
          variables[`${prefix}${message.slice(0, equals)}`] = message.slice(equals + 1);
        },
      });
    }
  } catch (error) {
    tell('Error', 'error');
    if (!(error instanceof ComposeError)) throw error;
    throw new ComposeError(`service "${name}": its provider ${type} failed: ${error.message}`);
  }
  tell(done, 'done');
  return variables;
}

/** Docker's plugin `docker-TYPE`, or the program TYPE. Throws ComposeError when there is neither. */
function providerPath(type: string, service: string, environment: NodeJS.ProcessEnv): string {
  if (type === 'compose') throw new ComposeError(`service "${service}": "compose" is no provider`);
  const path = dockerPlugin(type, environment) ?? programOnPath(type, environment);
  if (path !== null) return path;
  throw new ComposeError(
    `service "${service}" is left to the provider ${type}, and there is neither the plugin docker-${type} nor a program ${type}`,
  );
}

function lineOf(text: string, type: string): ProviderLine {
  try {
    const { type: kind, message } = JSON.parse(text) as Partial<ProviderLine>;
    const known = KINDS.find((one) => one === kind);
    if (known !== undefined && typeof message === 'string') return { type: known, message };
  } catch {
    // It says below what is wrong.
  }
  throw new ComposeError(`invalid response from provider ${type}: ${text}`);
}
