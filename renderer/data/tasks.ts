import { create } from 'zustand';
import type { TransferProgress } from '../../runtime/contract/contract.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { common } from '../strings/common.ts';
import { tasks as texts } from '../strings/tasks.ts';
import { drop } from './drop.ts';
import { onFrame } from './frame.ts';
import { notifyEnd, tellDone } from './notify.ts';
import { showError, showToast } from './toasts.ts';
import type { JoinedWork, WorkStream } from './works.ts';

/** Something long that goes on while the person does something else. */
export interface Task {
  readonly id: string;
  readonly kind: 'pull' | 'push' | 'starter' | 'compose' | 'bytes' | 'build' | 'things';
  readonly title: string;
  readonly reference: string;
  readonly progress: TransferProgress;
  /** Bytes so far of a task of kind `bytes`, steps of a `build`, how many `things`; `total` is 0 while unknown. */
  readonly bytes: { readonly current: number; readonly total: number };
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly error: BridgeError | null;
  readonly startedAt: number;
  /** Whether it ends when this page goes: what sends or takes this page's bytes. */
  readonly endsWithPage: boolean;
}

interface TasksState {
  readonly tasks: readonly Task[];
}

export const useTasks = create<TasksState>(() => ({ tasks: [] }));

/** Finished tasks kept for a look back. */
const KEEP_FINISHED = 8;

/** What ends a task. */
const cancels = new Map<string, () => void>();

/** Changes what is shown of a task. */
export function putTask(id: string, patch: Partial<Task>): void {
  useTasks.setState(({ tasks }) => ({ tasks: tasks.map((task) => (task.id === id ? { ...task, ...patch } : task)) }));
}

/** What a task begins with that is not as of every other. */
type Begun = Pick<Task, 'kind' | 'title' | 'reference'> & Partial<Task>;

function begin({ id = crypto.randomUUID(), ...begun }: Begun): string {
  const task: Task = {
    progress: { layers: [], status: '' },
    bytes: { current: 0, total: 0 },
    state: 'running',
    error: null,
    startedAt: Date.now(),
    endsWithPage: false,
    ...begun,
    id,
  };
  useTasks.setState(({ tasks }) => {
    const finished = tasks.filter((one) => one.state !== 'running').slice(0, KEEP_FINISHED - 1);
    return { tasks: [task, ...tasks.filter((one) => one.state === 'running'), ...finished] };
  });
  return id;
}

/** How far a task is, 0 to 1; null while it is unknown. */
export function taskProgress(task: Task): number | null {
  if (task.kind === 'pull' || task.kind === 'push') return overallProgress(task.progress);
  return task.bytes.total === 0 ? null : Math.min(1, task.bytes.current / task.bytes.total);
}

/** What a task of bytes is given to work with. */
export interface ByteTask {
  /** Says how far it is. */
  readonly report: (current: number) => void;
  /** Hands over the stream that `Cancel` cancels. */
  readonly stream: (stream: { cancel(): void }) => void;
}

/** How a task is shown that is not this page's own. */
export interface TaskPlace {
  /** Work of the app: it goes on when this page goes. */
  readonly joined?: JoinedWork;
  /** What `Try again` does, where that is not the same once more. */
  readonly retry?: () => void;
}

/**
 * Runs work on bytes as a task: shown in the status bar, reported when it ends. `work` resolves to the words that say so.
 * Resolves to whether it succeeded.
 */
export async function runByteTask(
  title: string,
  total: number,
  work: (task: ByteTask) => Promise<string>,
  place: TaskPlace = {},
): Promise<boolean> {
  const { joined } = place;
  const id = begin({ kind: 'bytes', title, reference: '', endsWithPage: joined === undefined, ...shownAs(joined) });
  let current = 0;
  const apply = () => {
    putTask(id, { bytes: { current, total } });
  };
  try {
    const words = await work({
      report: (bytes) => {
        current = bytes;
        onFrame(apply);
      },
      stream: (stream) => {
        cancels.set(id, () => {
          stream.cancel();
        });
      },
    });
    finishTask(id, words, joined);
    return true;
  } catch (error) {
    const again = () => {
      drop(runByteTask(title, total, work));
    };
    failTask(id, error, place.retry ?? again, joined);
    return false;
  } finally {
    cancels.delete(id);
  }
}

function shownAs(joined: JoinedWork | undefined): Pick<Task, 'id' | 'startedAt'> | Record<string, never> {
  return joined === undefined ? {} : { id: joined.id, startedAt: joined.startedAt };
}

/** How work on several things has ended. */
interface ThingsEnd {
  /** What is said of it. */
  readonly words: string;
  readonly details: readonly string[];
  /** A sentence for each thing that went wrong. */
  readonly failures: readonly string[];
}

/** Failures that are told by themselves; of the others how many there are. */
const TOLD_FAILURES = 4;

/**
 * Runs work on several things as a task, of which some may fail without the others; it is reported once, in the end.
 * Parts of a thing count as such. Resolves to whether all of it succeeded.
 */
export async function runThingsTask(
  title: string,
  total: number,
  path: string,
  work: (task: ByteTask) => Promise<ThingsEnd>,
  place: TaskPlace = {},
): Promise<boolean> {
  const { joined } = place;
  const id = begin({ kind: 'things', title, reference: path, endsWithPage: joined === undefined, ...shownAs(joined) });
  let current = 0;
  const apply = () => {
    putTask(id, { bytes: { current, total } });
  };
  try {
    const { words, details, failures } = await work({
      report: (things) => {
        current = things;
        onFrame(apply);
      },
      stream: (stream) => {
        cancels.set(id, () => {
          stream.cancel();
        });
      },
    });
    const [failure] = failures;
    const startedAt = find(id)?.startedAt ?? Date.now();
    if (failure === undefined) {
      putTask(id, { state: 'done' });
      if (joined?.tells !== false) tellDone({ title: words, details, startedAt, path });
      return true;
    }
    const further = failures.length - TOLD_FAILURES;
    const told = [...failures.slice(0, TOLD_FAILURES), ...(further > 0 ? [common.more(further)] : [])];
    putTask(id, { state: 'failed', error: new BridgeError('internal', `${words}. ${failure}`) });
    if (joined?.tells === false) return false;
    showToast({ tone: 'bad', waits: true, title: words, details: told, lifetimeMs: FAILURES_LIFETIME_MS });
    notifyEnd({ title: words, details: told, startedAt, path });
    return false;
  } catch (error) {
    const again = () => {
      drop(runThingsTask(title, total, path, work));
    };
    failTask(id, error, place.retry ?? again, joined);
    return false;
  } finally {
    cancels.delete(id);
  }
}

/** Several sentences are read. In milliseconds. */
const FAILURES_LIFETIME_MS = 20_000;

/** A build as a task. */
interface BuildTask {
  readonly title: string;
  /** What is said when it went well. */
  readonly done: string;
  readonly path: string;
  readonly joined: JoinedWork;
  readonly cancel: () => void;
  readonly retry: () => void;
  /** Resolves to how it ended. */
  readonly follow: (
    report: (current: number, total: number) => void,
  ) => Promise<{ readonly status: string; readonly error: string }>;
}

/** Shows a build among the tasks, and tells how it ended. */
export function runBuildTask({ title, done, path, joined, cancel, retry, follow }: BuildTask): void {
  const { tells } = joined;
  const id = begin({ kind: 'build', title, reference: path, ...shownAs(joined) });
  cancels.set(id, cancel);
  const ended = follow((current, total) => {
    putTask(id, { bytes: { current, total } });
  }).then(({ status, error }) => {
    cancels.delete(id);
    // Whoever looks at the build's page sees how it ended.
    const isSeen = location.hash.startsWith(`#${path}`) && !document.hidden;
    if (status === 'canceled') putTask(id, { state: 'cancelled' });
    else if (status !== 'completed') failTask(id, new BridgeError('invalid', error), retry, { tells, isSeen });
    else finishTask(id, done, { tells, isSeen }, path);
  });
  drop(ended);
}

/** How far a transfer is, 0 to 1; null while no layer has told its size. */
export function overallProgress(progress: TransferProgress): number | null {
  const sized = progress.layers.filter((layer) => layer.total > 0);
  const total = sized.reduce((sum, layer) => sum + layer.total, 0);
  if (total === 0) return null;
  return Math.min(1, sized.reduce((sum, layer) => sum + Math.min(layer.current, layer.total), 0) / total);
}

/** Resolves to a task once it has ended, in whatever way. */
export async function whenEnded(id: string): Promise<Task | undefined> {
  return await new Promise((resolve) => {
    const look = () => {
      const task = find(id);
      if (task?.state === 'running') return;
      stop();
      resolve(task);
    };
    const stop = useTasks.subscribe(look);
    look();
  });
}

/**
 * Shows work of the app as a task until it has ended; how it ended is told by whoever asked. Rejects with BridgeError.
 */
export async function trackWork(begun: Begun, joined: JoinedWork, open: () => WorkStream): Promise<void> {
  const id = begin({ ...begun, ...shownAs(joined) });
  const stream = open();
  cancels.set(id, () => {
    stream.cancel();
  });
  try {
    await stream.closed;
    putTask(id, { state: 'done' });
  } catch (thrown) {
    const error = BridgeError.from(thrown);
    putTask(id, { state: error.code === 'cancelled' ? 'cancelled' : 'failed', error });
    throw error;
  } finally {
    cancels.delete(id);
  }
}

function find(id: string): Task | undefined {
  return useTasks.getState().tasks.find((task) => task.id === id);
}

/** Who says how a task ended. */
interface Telling {
  /** False where another page does. */
  readonly tells: boolean;
  /** Whether somebody sees it here, and needs no more words. */
  readonly isSeen?: boolean;
}

/** Says that a task went well. */
export function finishTask(
  id: string,
  words: string,
  { tells, isSeen = false }: Telling = { tells: true },
  path?: string,
): void {
  putTask(id, { state: 'done' });
  const ended = { title: words, startedAt: find(id)?.startedAt ?? Date.now(), ...(path === undefined ? {} : { path }) };
  if (!tells) return;
  if (isSeen) notifyEnd(ended);
  else tellDone(ended);
}

/** Says that a task did not. */
export function failTask(
  id: string,
  thrown: unknown,
  retry: () => void,
  { tells, isSeen = false }: Telling = { tells: true },
): void {
  const error = BridgeError.from(thrown);
  putTask(id, { state: error.code === 'cancelled' ? 'cancelled' : 'failed', error });
  if (!tells) return;
  const task = find(id);
  const title = texts.taskFailed(task?.title ?? '');
  if (!isSeen) showError(title, error, retry);
  if (error.code !== 'cancelled')
    notifyEnd({
      title,
      details: [error.message],
      startedAt: task?.startedAt ?? Date.now(),
      ...(task?.kind === 'build' ? { path: task.reference } : {}),
    });
}

/** Cancels a task that can be cancelled. */
export function cancelTask(id: string): void {
  cancels.get(id)?.();
}

/** Takes finished tasks off the list. */
export function clearFinished(): void {
  useTasks.setState(({ tasks }) => ({ tasks: tasks.filter((task) => task.state === 'running') }));
}
