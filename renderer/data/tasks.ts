import { create } from 'zustand';
import type { TransferProgress } from '../../runtime/contract/contract.ts';
import type { ClientStream } from '../../runtime/rpc/client.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { common } from '../strings/common.ts';
import { tasks as texts } from '../strings/tasks.ts';
import { call, open } from './connection.ts';
import { drop } from './drop.ts';
import { onFrame } from './frame.ts';
import { images } from './images.ts';
import { notifyEnd, tellDone } from './notify.ts';
import { showError, showToast } from './toasts.ts';

/** Something long that goes on while the person does something else. */
export interface Task {
  readonly id: string;
  readonly kind: 'pull' | 'push' | 'starter' | 'bytes' | 'build' | 'things';
  readonly title: string;
  readonly reference: string;
  readonly progress: TransferProgress;
  /** Bytes so far of a task of kind `bytes`, steps of a `build`, how many `things`; `total` is 0 while unknown. */
  readonly bytes: { readonly current: number; readonly total: number };
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly error: BridgeError | null;
  readonly startedAt: number;
}

interface TasksState {
  readonly tasks: readonly Task[];
}

export const useTasks = create<TasksState>(() => ({ tasks: [] }));

/** Finished tasks kept for a look back. */
const KEEP_FINISHED = 8;

const streams = new Map<string, ClientStream>();
/** What ends a task that has no stream of its own. */
const cancels = new Map<string, () => void>();

function put(id: string, patch: Partial<Task>): void {
  useTasks.setState(({ tasks }) => ({ tasks: tasks.map((task) => (task.id === id ? { ...task, ...patch } : task)) }));
}

function begin(kind: Task['kind'], title: string, reference: string): string {
  const id = crypto.randomUUID();
  const task: Task = {
    id,
    kind,
    title,
    reference,
    progress: { layers: [], status: '' },
    bytes: { current: 0, total: 0 },
    state: 'running',
    error: null,
    startedAt: Date.now(),
  };
  useTasks.setState(({ tasks }) => {
    const finished = tasks.filter((one) => one.state !== 'running').slice(0, KEEP_FINISHED - 1);
    return { tasks: [task, ...tasks.filter((one) => one.state === 'running'), ...finished] };
  });
  return id;
}

/** How far a task is, 0 to 1; null while it is unknown. */
export function taskProgress(task: Task): number | null {
  if (task.kind !== 'bytes' && task.kind !== 'build' && task.kind !== 'things') return overallProgress(task.progress);
  return task.bytes.total === 0 ? null : Math.min(1, task.bytes.current / task.bytes.total);
}

/** What a task of bytes is given to work with. */
export interface ByteTask {
  /** Says how far it is. */
  readonly report: (current: number) => void;
  /** Hands over the stream that `Cancel` cancels. */
  readonly stream: (stream: ClientStream) => void;
}

/**
 * Runs work on bytes as a task: shown in the status bar, reported when it ends. `work` resolves to the words that say so.
 * Resolves to whether it succeeded.
 */
export async function runByteTask(
  title: string,
  total: number,
  work: (task: ByteTask) => Promise<string>,
): Promise<boolean> {
  const id = begin('bytes', title, '');
  let current = 0;
  const apply = () => {
    put(id, { bytes: { current, total } });
  };
  try {
    const words = await work({
      report: (bytes) => {
        current = bytes;
        onFrame(apply);
      },
      stream: (stream) => {
        streams.set(id, stream);
      },
    });
    finish(id, words);
    return true;
  } catch (error) {
    fail(id, error, () => {
      drop(runByteTask(title, total, work));
    });
    return false;
  } finally {
    streams.delete(id);
  }
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
): Promise<boolean> {
  const id = begin('things', title, path);
  let current = 0;
  const apply = () => {
    put(id, { bytes: { current, total } });
  };
  try {
    const { words, details, failures } = await work({
      report: (things) => {
        current = things;
        onFrame(apply);
      },
      stream: (stream) => {
        streams.set(id, stream);
      },
    });
    const [failure] = failures;
    const startedAt = find(id)?.startedAt ?? Date.now();
    if (failure === undefined) {
      put(id, { state: 'done' });
      tellDone({ title: words, details, startedAt, path });
      return true;
    }
    const further = failures.length - TOLD_FAILURES;
    const told = [...failures.slice(0, TOLD_FAILURES), ...(further > 0 ? [common.more(further)] : [])];
    put(id, { state: 'failed', error: new BridgeError('internal', `${words}. ${failure}`) });
    showToast({ tone: 'bad', waits: true, title: words, details: told, lifetimeMs: FAILURES_LIFETIME_MS });
    notifyEnd({ title: words, details: told, startedAt, path });
    return false;
  } catch (error) {
    fail(id, error, () => {
      drop(runThingsTask(title, total, path, work));
    });
    return false;
  } finally {
    streams.delete(id);
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
  readonly cancel: () => void;
  readonly retry: () => void;
  /** Resolves to how it ended. */
  readonly follow: (
    report: (current: number, total: number) => void,
  ) => Promise<{ readonly status: string; readonly error: string }>;
}

/** Shows a build among the tasks, and tells how it ended. */
export function runBuildTask({ title, done, path, cancel, retry, follow }: BuildTask): void {
  const id = begin('build', title, path);
  cancels.set(id, cancel);
  const ended = follow((current, total) => {
    put(id, { bytes: { current, total } });
  }).then(({ status, error }) => {
    cancels.delete(id);
    // Whoever looks at the build's page sees how it ended.
    const isSeen = location.hash.startsWith(`#${path}`) && !document.hidden;
    if (status === 'canceled') put(id, { state: 'cancelled' });
    else if (status !== 'completed') fail(id, new BridgeError('invalid', error), retry, isSeen);
    else if (isSeen) {
      put(id, { state: 'done' });
      notifyEnd({ title: done, startedAt: find(id)?.startedAt ?? Date.now(), path });
    } else finish(id, done, path);
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

/** Starts to pull an image. Returns the task's id. Whoever watches it to its end (`isSeen` then) says how it ended. */
export function startPull(reference: string, isSeen: () => boolean = () => false): string {
  return startTransfer('pull', reference, isSeen);
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

/** Starts to push an image to the registry in its name. Returns the task's id. */
export function startPush(reference: string): string {
  return startTransfer('push', reference);
}

function startTransfer(kind: 'pull' | 'push', reference: string, isSeen: () => boolean = () => false): string {
  const id = begin(kind, texts[kind](reference), reference);
  let latest: TransferProgress | null = null;
  const apply = () => {
    if (latest !== null) put(id, { progress: latest });
  };
  try {
    const stream = open(
      `images.${kind}`,
      { reference },
      {
        onItem: (progress) => {
          latest = progress;
          onFrame(apply);
        },
      },
    );
    streams.set(id, stream);
    drop(
      stream.closed
        .then(
          () => {
            const title = texts[kind === 'pull' ? 'pulled' : 'pushed'](reference);
            const path = `/images/${encodeURIComponent(reference)}`;
            if (isSeen()) {
              put(id, { state: 'done' });
              notifyEnd({ title, startedAt: find(id)?.startedAt ?? Date.now(), path });
            } else finish(id, title, path);
          },
          (thrown: unknown) => {
            fail(
              id,
              thrown,
              () => {
                startTransfer(kind, reference);
              },
              isSeen(),
            );
          },
        )
        .finally(() => {
          streams.delete(id);
          drop(images.refetch());
        }),
    );
  } catch (thrown) {
    fail(id, thrown, () => {
      startTransfer(kind, reference);
    });
  }
  return id;
}

/**
 * Makes the starter image from this machine's own tools, as a task. Resolves to its name; rejects with BridgeError, and
 * then whoever asked tells of it.
 */
export async function makeStarterImage(): Promise<string> {
  const id = begin('starter', texts.starter, '');
  try {
    const { reference } = await call('images.fromHost', {});
    put(id, { state: 'done', reference });
    await images.refetch();
    return reference;
  } catch (thrown) {
    put(id, { state: 'failed', error: BridgeError.from(thrown) });
    throw thrown;
  }
}

/** Makes the starter image and tells how that went. */
export async function offerStarterImage(): Promise<void> {
  try {
    const reference = await makeStarterImage();
    showToast({ tone: 'good', title: texts.made(reference), details: [texts.runIt] });
  } catch (thrown) {
    showError(texts.taskFailed(texts.starter), thrown, () => {
      drop(offerStarterImage());
    });
  }
}

function find(id: string): Task | undefined {
  return useTasks.getState().tasks.find((task) => task.id === id);
}

function finish(id: string, words: string, path?: string): void {
  put(id, { state: 'done' });
  tellDone({ title: words, startedAt: find(id)?.startedAt ?? Date.now(), ...(path === undefined ? {} : { path }) });
}

function fail(id: string, thrown: unknown, retry: () => void, isSeen = false): void {
  const error = BridgeError.from(thrown);
  put(id, { state: error.code === 'cancelled' ? 'cancelled' : 'failed', error });
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
  streams.get(id)?.cancel();
  cancels.get(id)?.();
}

/** Takes finished tasks off the list. */
export function clearFinished(): void {
  useTasks.setState(({ tasks }) => ({ tasks: tasks.filter((task) => task.state === 'running') }));
}
