import { create } from 'zustand';
import type { ComposeProject, ComposeStep } from '../../runtime/contract/compose.ts';
import type { InputOf } from '../../runtime/contract/contract.ts';
import type { ClientStream } from '../../runtime/rpc/client.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { call, open } from './connection.ts';
import { drop } from './drop.ts';
import { createResource } from './resource.ts';
import { updateSettings, useSettings } from './settings.ts';

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

type Asked = InputOf<'compose.act'>;

/** An operation on a project: goes on while the person looks at something else. */
export interface ComposeWork {
  readonly action: Asked['action'];
  readonly steps: readonly ComposeStep[];
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly error: BridgeError | null;
}

/** The last operation of each project, by its name. */
export const useComposeWork = create<Readonly<Record<string, ComposeWork>>>(() => ({}));

const streams = new Map<string, ClientStream>();

/** Starts an operation; resolves when it is over, with how. One at a time for a project. */
export function actOnProject(asked: Asked): Promise<ComposeWork> {
  const { name } = asked.project;
  const running = useComposeWork.getState()[name];
  if (running?.state === 'running') return Promise.resolve(running);
  const set = (change: Partial<ComposeWork>): ComposeWork => {
    const before = useComposeWork.getState()[name] ?? {
      action: asked.action,
      steps: [],
      state: 'running',
      error: null,
    };
    const next = { ...before, ...change };
    useComposeWork.setState({ [name]: next });
    return next;
  };
  set({ action: asked.action, steps: [], state: 'running', error: null });
  const end = (change: Partial<ComposeWork>): ComposeWork => {
    streams.delete(name);
    drop(projects.refetch());
    return set(change);
  };
  try {
    const stream = open('compose.act', asked, {
      onItem: (step) => {
        const { steps } = useComposeWork.getState()[name] ?? { steps: [] };
        set({ steps: [...steps.filter(({ object }) => object !== step.object), step] });
      },
    });
    streams.set(name, stream);
    return stream.closed.then(
      () => end({ state: 'done' }),
      (thrown: unknown) => {
        const error = BridgeError.from(thrown);
        return end({ state: error.code === 'cancelled' ? 'cancelled' : 'failed', error });
      },
    );
  } catch (error) {
    return Promise.resolve(end({ state: 'failed', error: BridgeError.from(error) }));
  }
}

/** Ends what goes on with a project; what was made stays. */
export function cancelProjectWork(name: string): void {
  streams.get(name)?.cancel();
}
