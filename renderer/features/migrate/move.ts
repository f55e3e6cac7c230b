import { create } from 'zustand';
import type { CopyRequest, MigrationStep } from '../../../runtime/contract/migrate.ts';
import type { WorkRequestOf } from '../../../runtime/contract/works.ts';
import { drop } from '../../data/drop.ts';
import { onFrame } from '../../data/frame.ts';
import { runThingsTask, type ByteTask } from '../../data/tasks.ts';
import { begunHere, joinWork, startWork, type JoinedWork, type WorkStream } from '../../data/works.ts';
import { migrate as texts } from '../../strings/migrate.ts';
import { keyOf, type Key } from './choice.ts';

type Request = WorkRequestOf<'bring'>;

/** What is being brought over, or was last. */
interface Move {
  readonly source: string;
  /** All that was asked for; what has no step yet waits. */
  readonly wanted: ReadonlySet<Key>;
  readonly steps: ReadonlyMap<Key, MigrationStep>;
  readonly isRunning: boolean;
  readonly cancel: () => void;
}

/** It goes on while other screens are looked at. */
export const useMove = create<{ readonly current: Move | null }>(() => ({ current: null }));

/** Bytes and name of something, for bars and sentences. */
export interface Known {
  readonly name: string;
  readonly size: number;
}

/** Brings over what is asked for, as a task. `known` tells of each what it is called and how large it is. */
export function startMove(input: CopyRequest, known: ReadonlyMap<Key, Known>): void {
  const joined = begunHere();
  const request: Request = {
    kind: 'bring',
    ...input,
    known: [...known].map(([key, { name, size }]) => ({ key, name, size })),
  };
  followMove(request, joined, (onItem) => startWork(request, onItem, joined.id));
}

/** Shows what is being brought over in the app. */
export function joinMove(request: Request, joined: JoinedWork): void {
  followMove(request, joined, (onItem) => joinWork(request, joined, onItem));
}

function followMove(
  request: Request,
  joined: JoinedWork,
  open: (onItem: (step: MigrationStep) => void) => WorkStream,
): void {
  const { source, images, volumes, containers } = request;
  const known = new Map<string, Known>(request.known.map(({ key, ...one }) => [key, one]));
  const wanted = new Set<Key>([
    ...images.map((id) => keyOf({ kind: 'image', id })),
    ...volumes.map((id) => keyOf({ kind: 'volume', id })),
    ...containers.map(({ id }) => keyOf({ kind: 'container', id })),
  ]);
  const steps = new Map<Key, MigrationStep>();
  let stream: WorkStream | null = null;
  const cancel = () => {
    stream?.cancel();
  };
  const put = (isRunning: boolean) => {
    useMove.setState({ current: { source, wanted, steps: new Map(steps), isRunning, cancel } });
  };
  put(true);
  const bring = async (task: ByteTask) => {
    const show = () => {
      put(true);
    };
    stream = open((step) => {
      const key = keyOf(step);
      steps.set(key, step);
      task.report([...steps].reduce((sum, [one, { state, bytes }]) => sum + partOf(state, bytes, known.get(one)), 0));
      onFrame(show);
    });
    task.stream(stream);
    await stream.closed;
    const failed = [...steps].filter(([, { state }]) => state === 'failed');
    const failures = failed.map(([key, { message }]) => texts.failure(known.get(key)?.name ?? key, message));
    const done = steps.size - failed.length;
    return {
      words: failures.length === 0 ? texts.allDone(done) : texts.someDone(done, failures.length),
      details: containers.length > 0 && failures.length === 0 ? [texts.notStarted] : [],
      failures,
    };
  };
  const retry = () => {
    const again = begunHere();
    followMove(request, again, (onItem) => startWork(request, onItem, again.id));
  };
  const work = runThingsTask(texts.task(source), wanted.size, '/engine/bring', bring, { joined, retry });
  drop(
    work.finally(() => {
      // After the last frame of the stream, which says that it runs.
      onFrame(() => {
        // What was broken off is nothing that anybody waits for.
        for (const [key, { state }] of steps) if (state === 'running') steps.delete(key);
        put(false);
      });
    }),
  );
}

/** How much of one thing is done, 0 to 1. */
function partOf(state: MigrationStep['state'], bytes: number, known: Known | undefined): number {
  if (state !== 'running') return 1;
  const size = known?.size ?? 0;
  return size === 0 ? 0 : Math.min(0.99, bytes / size);
}
