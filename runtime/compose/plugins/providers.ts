import { ComposeError } from '../errors.ts';
import { inDependencyOrder } from '../model/order.ts';
import type { Project, Service } from '../model/project.ts';
import type { ComposeContext } from '../operations/context.ts';
import { dockerPlugin, programOnPath } from './find.ts';
import { runPlugin } from './run.ts';

/** What a provider prints, a line each: what it does, why it fails, a variable for those that depend on the service. */
interface ProviderLine {
  readonly type: 'info' | 'error' | 'setenv' | 'debug';
  readonly message: string;
}

const WORDS = { up: ['Creating', 'Created'], down: ['Removing', 'Removed'] } as const;

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
    const prefix = `${name.toUpperCase()}_`;
    for (const [other, dependent] of services) {
      if (!(name in dependent.dependencies)) continue;
      const given = Object.entries(variables).map(([key, value]) => [`${prefix}${key}`, value] as const);
      services.set(other, { ...dependent, environment: { ...dependent.environment, ...Object.fromEntries(given) } });
    }
  });
  return { ...project, services };
}

/** Lets providers take down what they brought up, those that depend on others first. Throws ComposeError. */
export async function providersDown(
  context: ComposeContext,
  project: Project,
  names: ReadonlySet<string>,
): Promise<void> {
  await inDependencyOrder(
    project.services,
    left(project, names),
    async (name) => {
      const service = project.services.get(name);
      if (service !== undefined) await ask(context, project, service, 'down');
    },
    'dependents-first',
  );
}

function left({ services }: Project, names: ReadonlySet<string>): Set<string> {
  return new Set([...names].filter((name) => services.get(name)?.provider !== undefined));
}

/** Runs `PROVIDER compose --project-name=NAME up|down --OPTION=VALUE... SERVICE`. Returns the variables that it sets. */
async function ask(
  context: ComposeContext,
  project: Project,
  { name, provider }: Service,
  verb: 'up' | 'down',
): Promise<Record<string, string>> {
  const { type = '', options = {} } = provider ?? {};
  const variables: Record<string, string> = {};
  const [working, done] = WORDS[verb];
  const tell = (status: string, state: 'working' | 'done' | 'error'): void => {
    context.progress({ object: name, status, state });
  };
  tell(working, 'working');
  if (context.isDryRun !== true) {
    const path = providerPath(type, name, context.environment);
    const words = Object.entries(options).flatMap(([key, values]) => values.map((value) => `--${key}=${value}`));
    try {
      await runPlugin({
        path,
        args: ['compose', `--project-name=${project.name}`, verb, ...words, name],
        environment: context.environment,
        directory: project.directory,
        signal: context.signal,
        onLine: (text) => {
          const { type: kind, message } = lineOf(text, type);
          if (kind === 'error') throw new ComposeError(message);
          if (kind === 'info') tell(message, 'working');
          if (kind !== 'setenv') return;
          const equals = message.indexOf('=');
          if (equals < 1) throw new ComposeError(`invalid response from provider ${type}: ${message}`);
          variables[message.slice(0, equals)] = message.slice(equals + 1);
        },
      });
    } catch (error) {
      tell('Error', 'error');
      if (!(error instanceof ComposeError)) throw error;
      throw new ComposeError(`service "${name}": its provider ${type} failed: ${error.message}`);
    }
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
    if (['info', 'error', 'setenv', 'debug'].includes(kind ?? '') && typeof message === 'string')
      return { type: kind as ProviderLine['type'], message };
  } catch {
    // It says below what is wrong.
  }
  throw new ComposeError(`invalid response from provider ${type}: ${text}`);
}
