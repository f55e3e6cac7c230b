import { ComposeError } from '../errors.ts';
import type { ModelSpec, Project, Service } from '../model/project.ts';
import { reported, type ComposeContext } from '../operations/context.ts';
import { dockerPlugin } from './find.ts';
import { runPlugin } from './run.ts';

/** Docker's plugin that runs language models. */
const RUNNER = 'model';

/**
 * Lets the model runner fetch and set up the models that services use. Returns the project with the variables that tell
 * those services where a model answers and what it is called. Throws ComposeError, also where there is no runner.
 */
export async function modelsUp(
  context: ComposeContext,
  project: Project,
  names: ReadonlySet<string>,
): Promise<Project> {
  const users = [...names].flatMap((name) => {
    const service = project.services.get(name);
    return service?.models === undefined ? [] : [service];
  });
  if (users.length === 0) return project;
  const used = new Set(users.flatMap(({ models = {} }) => Object.keys(models)));
  const path = dockerPlugin(RUNNER, context.environment);
  if (path === null)
    throw new ComposeError(
      `service "${users[0]?.name ?? ''}" uses models, which need the plugin docker-${RUNNER} (Docker Model Runner): it is not installed`,
    );
  const run = async (...args: string[]): Promise<string> => {
    const lines: string[] = [];
    const { environment, signal } = context;
    const { directory } = project;
    await runPlugin({ path, args, environment, directory, signal, onLine: (line) => void lines.push(line) });
    return lines.join('\n');
  };
  await Promise.all(
    [...used].map(async (key) => {
      const model = project.models.get(key);
      if (model === undefined) throw new ComposeError(`the model ${key} is not defined`);
      await reported(context, `Model ${model.model}`, ['Pulling', 'Configured'], async () => {
        if (context.isDryRun === true) return;
        await run('pull', model.model);
        await run(...configuration(model));
      });
    }),
  );
  const endpoint = context.isDryRun === true ? '' : endpointOf(await run('status', '--json'));
  const services = [...project.services].map(([name, service]): [string, Service] => [
    name,
    names.has(name) ? withVariables(project, service, endpoint) : service,
  ]);
  return { ...project, services: new Map(services) };
}

function configuration({ model, context_size: size, runtime_flags: flags = [] }: ModelSpec): string[] {
  return [
    'configure',
    ...(size === undefined ? [] : ['--context-size', String(size)]),
    model,
    ...(flags.length === 0 ? [] : ['--', ...flags]),
  ];
}

/** Where the runner answers. Throws ComposeError when it says nothing of it. */
function endpointOf(status: string): string {
  try {
    const { endpoint, Endpoint = endpoint } = JSON.parse(status) as { endpoint?: unknown; Endpoint?: unknown };
    if (typeof Endpoint === 'string' && Endpoint !== '') return Endpoint;
  } catch {
    // It says below what is wrong.
  }
  throw new ComposeError(`the model runner does not tell where it answers: ${status}`);
}

/** `LLM_URL` and `LLM_MODEL` for a model `llm`, unless the service names them; what it sets itself stays. */
function withVariables(project: Project, service: Service, endpoint: string): Service {
  const given = Object.entries(service.models ?? {}).flatMap(([key, { endpoint_var: url, model_var: name }]) => {
    const prefix = key.toUpperCase().replaceAll('-', '_');
    return [
      [url ?? `${prefix}_URL`, endpoint] as const,
      [name ?? `${prefix}_MODEL`, project.models.get(key)?.model ?? ''] as const,
    ];
  });
  return { ...service, environment: { ...Object.fromEntries(given), ...service.environment } };
}
