import type { WorkRequestOf } from '../../runtime/contract/works.ts';
import type { ByteProgress } from '../../runtime/contract/volumes.ts';
import { tasks as texts } from '../strings/tasks.ts';
import { drop } from './drop.ts';
import { runByteTask } from './tasks.ts';
import { begunHere, joinWork, startWork, type JoinedWork, type WorkStream } from './works.ts';

type Request = WorkRequestOf<'clone' | 'backup-restore'>;

/** Copies a volume, or fills one from a backup, as a task. */
export function startVolumeWork(request: Request): void {
  const joined = begunHere();
  show(request, joined, (onItem) => startWork<Request['kind']>(request, onItem, joined.id));
}

/** Shows what goes on with a volume in the app. */
export function joinVolumeWork(request: Request, joined: JoinedWork): void {
  show(request, joined, (onItem) => joinWork<Request['kind']>(request, joined, onItem));
}

function show(request: Request, joined: JoinedWork, open: (onItem: (item: ByteProgress) => void) => WorkStream): void {
  const { title, total, done } =
    request.kind === 'clone'
      ? { title: texts.clone(request.from, request.to), total: 0, done: texts.cloned(request.to) }
      : { title: texts.restore(request.into), total: request.bytes, done: texts.restored(request.into) };
  const retry = () => {
    startVolumeWork(request);
  };
  const work = runByteTask(
    title,
    total,
    async (task) => {
      const stream = open(({ bytes }) => {
        task.report(bytes);
      });
      task.stream(stream);
      await stream.closed;
      return done;
    },
    { joined, retry },
  );
  drop(work);
}
