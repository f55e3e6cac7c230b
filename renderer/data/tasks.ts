import { create } from 'zustand';
import type { TransferProgress } from '../../runtime/contract/contract.ts';
import type { ClientStream } from '../../runtime/rpc/client.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { call, open } from './connection.ts';
import { drop } from './drop.ts';
import { onFrame } from './frame.ts';
import { refetchImages } from './images.ts';
import { showError, showToast } from './toasts.ts';

/** Something long that goes on while the person does something else. */
export interface Task {
  readonly id: string;
  readonly kind: 'pull' | 'push' | 'starter';
  readonly title: string;
  readonly reference: string;
  readonly progress: TransferProgress;
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

/** How far a transfer is, 0 to 1; null while no layer has told its size. */
export function overallProgress(progress: TransferProgress): number | null {
  const sized = progress.layers.filter((layer) => layer.total > 0);
  const total = sized.reduce((sum, layer) => sum + layer.total, 0);
  if (total === 0) return null;
  return Math.min(1, sized.reduce((sum, layer) => sum + Math.min(layer.current, layer.total), 0) / total);
}

/** Starts to pull an image. Returns the task's id. */
export function startPull(reference: string): string {
  return startTransfer('pull', reference);
}

/** Starts to push an image to the registry in its name. Returns the task's id. */
export function startPush(reference: string): string {
  return startTransfer('push', reference);
}

function startTransfer(kind: 'pull' | 'push', reference: string): string {
  const id = begin(kind, `${kind === 'pull' ? 'Pull' : 'Push'} ${reference}`, reference);
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
            put(id, { state: 'done' });
            showToast({ tone: 'good', title: `${kind === 'pull' ? 'Pulled' : 'Pushed'} ${reference}` });
          },
          (thrown: unknown) => {
            fail(id, thrown, () => {
              startTransfer(kind, reference);
            });
          },
        )
        .finally(() => {
          streams.delete(id);
          drop(refetchImages());
        }),
    );
  } catch (thrown) {
    fail(id, thrown, () => {
      startTransfer(kind, reference);
    });
  }
  return id;
}

/** Starts to make the starter image from this machine's own tools. Returns the task's id. */
export function startStarterImage(): string {
  const id = begin('starter', 'Make the starter image', '');
  drop(
    call('images.fromHost', {}).then(
      ({ reference }) => {
        put(id, { state: 'done', reference });
        showToast({ tone: 'good', title: `Made ${reference}`, details: ['Run it to start your first container.'] });
        return refetchImages();
      },
      (thrown: unknown) => {
        fail(id, thrown, startStarterImage);
      },
    ),
  );
  return id;
}

function fail(id: string, thrown: unknown, retry: () => void): void {
  const error = BridgeError.from(thrown);
  put(id, { state: error.code === 'cancelled' ? 'cancelled' : 'failed', error });
  const task = useTasks.getState().tasks.find((one) => one.id === id);
  showError(`${task?.title ?? 'The task'} failed`, error, retry);
}

/** Cancels a task that can be cancelled. */
export function cancelTask(id: string): void {
  streams.get(id)?.cancel();
}

/** Takes finished tasks off the list. */
export function clearFinished(): void {
  useTasks.setState(({ tasks }) => ({ tasks: tasks.filter((task) => task.state === 'running') }));
}
