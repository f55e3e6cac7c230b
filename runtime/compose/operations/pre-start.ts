import { randomBytes } from 'node:crypto';
import { ComposeError } from '../errors.ts';
import type { PreStartHook, Project, Service } from '../model/project.ts';
import { projectContainers, removeContainer } from '../objects/containers.ts';
import { needsPull, pullImage } from '../objects/images.ts';
import { LABELS } from '../plan/labels.ts';
import type { ComposeContext } from './context.ts';
import { createContainer } from './create.ts';
import { joinedContainers } from './joined.ts';
import { followLog } from './logs.ts';

/** What a service's `pre_start` commands are run beside. */
interface Beside {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** Lines of a command that failed which are told. */
const TOLD_LINES = 5;

/**
 * Runs the `pre_start` commands of a service, one after the other, each in a container of its own with the volumes and
 * networks of the service's first container. Does nothing where one of its containers runs already. Throws ComposeError
 * when one fails: its container is left to be looked at.
 */
export async function runPreStart(
  context: ComposeContext,
  project: Project,
  service: Service,
  containers: readonly Beside[],
): Promise<void> {
  const hooks = service.pre_start ?? [];
  const [first] = [...containers].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  if (first === undefined || hooks.length === 0) return;
  if (containers.some(({ state }) => ['running', 'paused', 'restarting'].includes(state))) return;
  for (const [index, { per_replica: perReplica }] of hooks.entries())
    if (perReplica === true)
      throw new ComposeError(
        `service "${service.name}" pre_start[${index}]: per_replica is not yet supported; remove per_replica or set it to false`,
      );
  const all = await projectContainers(context.api, project.name);
  const stale = all.filter((one) => one.service === service.name && LABELS.hook in one.labels);
  await Promise.all(stale.map(({ id }) => removeContainer(context.api, id, { force: true, volumes: true })));
  const joined = { ...joinedContainers(service, all), volumesFrom: [first.id], links: [] };
  for (const [index, hook] of hooks.entries()) {
    const made = hookService(service, hook);
    if (await needsPull(context, made, undefined)) await pullImage(context, made);
    const name = [project.name, service.name, 'pre_start', randomBytes(6).toString('hex')].join(project.separator);
    const facts = { name, number: 1, hash: '', imageId: '', oneOff: true, joined, inherited: {} };
    const id = await createContainer(context, project, made, { ...facts, socketPath: context.socketPath });
    const onLine = (text: string): void =>
      context.hookOutput?.({ service: service.name, name: `${service.name} pre_start[${index}]` }, text);
    await runToItsEnd(context, id, { what: `service "${service.name}" pre_start[${index}]`, onLine });
    await removeContainer(context.api, id, { force: false, volumes: true });
  }
}

/** What a command needs of its service: where it is, and what its variables say. */
function hookService(service: Service, hook: PreStartHook): Service {
  const { user, working_dir: directory, privileged } = hook;
  const { network_mode: mode } = service;
  return {
    name: service.name,
    image: hook.image ?? service.image,
    command: hook.command,
    environment: { ...service.environment, ...hook.environment },
    labels: { [LABELS.hook]: 'pre_start' },
    dependencies: {},
    networks: service.networks,
    profiles: [],
    links: [],
    replicas: 1,
    // What the service is built of is there by now.
    ...(hook.image === undefined ? { pull_policy: 'never' } : {}),
    ...(user === undefined ? {} : { user }),
    ...(directory === undefined ? {} : { working_dir: directory }),
    ...(privileged === undefined ? {} : { privileged }),
    ...(mode === undefined ? {} : { network_mode: mode }),
  };
}

async function runToItsEnd(
  context: ComposeContext,
  id: string,
  { what, onLine }: { readonly what: string; readonly onLine: (text: string) => void },
): Promise<void> {
  const { api, signal } = context;
  await api.json('POST', `/containers/${id}/start`);
  const { StatusCode } = await api.json<{ StatusCode: number }>('POST', `/containers/${id}/wait`, { signal });
  const said: string[] = [];
  await followLog(context, id, { follow: false, timestamps: false, tail: 'all' }, (line) => {
    onLine(line);
    said.push(line);
    if (said.length > TOLD_LINES) said.shift();
  });
  if (StatusCode === 0) return;
  const words = said.length === 0 ? '' : `: ${said.join('\n')}`;
  throw new ComposeError(
    `${what} exited with code ${StatusCode}${words} (hook container ${id.slice(0, 12)} retained for inspection)`,
  );
}
