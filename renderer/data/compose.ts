import { create } from 'zustand';
import type { ComposeProject, ComposeRequest, ComposeStep } from '../../runtime/contract/compose.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { compose as texts } from '../strings/compose.ts';
import { call } from './connection.ts';
import { drop } from './drop.ts';
import { createResource } from './resource.ts';
import { updateSettings, useSettings } from './settings.ts';
import { cancelTask, putTask, trackWork } from './tasks.ts';
import { begunHere, joinWork, startWork, type JoinedWork, type WorkStream } from './works.ts';

/** Projects that run, and those whose files were opened here. */
export const projects = createResource<ComposeProject>(
  () => call('compose.list', { paths: useSettings.getState().composePaths }),
  (event) => event.type === 'container' && /^(create|destroy|start|die|rename|health_status)/.test(event.action),
);

/** Opens a file or folder and remembers it. Rejects with BridgeError when there is no project. */
export async function openComposePath(path: string): Promise<ComposeProject> {
  const project = await call('compose.open', { path });
  const known = useSettings.getState().composePaths.filter((one) => one !== path);
  updateSettings({ composePaths: [path, ...known] });
  await projects.refetch();
  return project;
}

/** Takes a project's files off the list; its containers stay. */
export function forgetComposeProject(project: ComposeProject): void {
  const own = new Set([project.directory, ...project.files]);
  updateSettings({ composePaths: useSettings.getState().composePaths.filter((path) => !own.has(path)) });
  drop(projects.refetch());
}

/** An operation on a project: goes on while the person looks at something else. */
export interface ComposeWork {
  readonly action: ComposeRequest['action'];
  readonly steps: readonly ComposeStep[];
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly error: BridgeError | null;
}

/** The last operation of each project, by its name. */
export const useComposeWork = create<Readonly<Record<string, ComposeWork>>>(() => ({}));

/** The task of each project's operation. */
const taskIds = new Map<string, string>();

/** What was asked of each project last, and how it ends. */
const latest = new Map<string, { readonly asked: string; readonly ended: Promise<ComposeWork> }>();

/**
 * Starts an operation, as a task; resolves when it is over, with how. A project has one at a time: another waits until
 * that has ended, and the same once more is the same.
 */
export function actOnProject(asked: ComposeRequest): Promise<ComposeWork> {
  const { name } = asked.project;
  const before = latest.get(name);
  const key = JSON.stringify(asked);
  if (before?.asked === key) return before.ended;
  const start = () => {
    const joined = begunHere();
    return followProject(asked, joined, (onItem) => startWork({ kind: 'compose', ...asked }, onItem, joined.id));
  };
  return remember(name, key, before === undefined ? start() : before.ended.then(start));
}

/** `ended` never rejects. */
function remember(name: string, asked: string, ended: Promise<ComposeWork>): Promise<ComposeWork> {
  const mine = { asked, ended };
  latest.set(name, mine);
  drop(
    ended.then(() => {
      if (latest.get(name) === mine) latest.delete(name);
    }),
  );
  return ended;
}

/** Shows an operation that goes on in the app; resolves when it is over, with how. */
export function joinProjectWork(asked: ComposeRequest, joined: JoinedWork): Promise<ComposeWork> {
  const ended = followProject(asked, joined, (onItem) => joinWork({ kind: 'compose', ...asked }, joined, onItem));
  return remember(asked.project.name, JSON.stringify(asked), ended);
}

async function followProject(
  { project: { name }, action }: ComposeRequest,
  joined: JoinedWork,
  open: (onItem: (step: ComposeStep) => void) => WorkStream,
): Promise<ComposeWork> {
  const begun: ComposeWork = { action, steps: [], state: 'running', error: null };
  const set = (change: Partial<ComposeWork>): ComposeWork => {
    const next = { ...(useComposeWork.getState()[name] ?? begun), ...change };
    useComposeWork.setState({ [name]: next });
    return next;
  };
  set(begun);
  taskIds.set(name, joined.id);
  const title = texts.working(texts[action], name);
  try {
    await trackWork({ kind: 'compose', title, reference: name }, joined, () =>
      open((step) => {
        const { steps } = useComposeWork.getState()[name] ?? begun;
        set({ steps: [...steps.filter(({ object }) => object !== step.object), step] });
        putTask(joined.id, { progress: { layers: [], status: `${step.object}: ${step.status}` } });
      }),
    );
    return set({ state: 'done' });
  } catch (thrown) {
    const error = BridgeError.from(thrown);
    return set({ state: error.code === 'cancelled' ? 'cancelled' : 'failed', error });
  } finally {
    taskIds.delete(name);
    drop(projects.refetch());
  }
}

/** Ends what goes on with a project; what was made stays. */
export function cancelProjectWork(name: string): void {
  const id = taskIds.get(name);
  if (id !== undefined) cancelTask(id);
}
