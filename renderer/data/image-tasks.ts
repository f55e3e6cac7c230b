import type { TransferProgress } from '../../runtime/contract/contract.ts';
import { tasks as texts } from '../strings/tasks.ts';
import { drop } from './drop.ts';
import { onFrame } from './frame.ts';
import { images } from './images.ts';
import { failTask, finishTask, putTask, trackWork } from './tasks.ts';
import { showError, showToast } from './toasts.ts';
import { begunHere, joinWork, startWork, type JoinedWork, type WorkStream } from './works.ts';

type Transfer = 'pull' | 'push';

/** Starts to pull an image. Returns the task's id. Whoever watches it to its end (`isSeen` then) says how it ended. */
export function startPull(reference: string, isSeen: () => boolean = () => false): string {
  return startTransfer('pull', reference, isSeen);
}

/** Starts to push an image to the registry in its name. Returns the task's id. */
export function startPush(reference: string): string {
  return startTransfer('push', reference);
}

function startTransfer(kind: Transfer, reference: string, isSeen: () => boolean = () => false): string {
  const joined = begunHere();
  followTransfer({ kind, reference }, joined, (onItem) => startWork({ kind, reference }, onItem, joined.id), isSeen);
  return joined.id;
}

/** Shows a pull or push that goes on in the app. */
export function joinTransfer(request: { kind: Transfer; reference: string }, joined: JoinedWork): void {
  followTransfer(request, joined, (onItem) => joinWork<Transfer>(request, joined, onItem));
}

function followTransfer(
  { kind, reference }: { kind: Transfer; reference: string },
  joined: JoinedWork,
  open: (onItem: (progress: TransferProgress) => void) => WorkStream,
  isSeen: () => boolean = () => false,
): void {
  const { id, tells } = joined;
  let latest: TransferProgress | null = null;
  const apply = () => {
    if (latest !== null) putTask(id, { progress: latest });
  };
  const work = trackWork({ kind, title: texts[kind](reference), reference }, joined, () =>
    open((progress) => {
      latest = progress;
      onFrame(apply);
    }),
  );
  const told = work.then(
    () => {
      const done = texts[kind === 'pull' ? 'pulled' : 'pushed'](reference);
      finishTask(id, done, { tells, isSeen: isSeen() }, `/images/${encodeURIComponent(reference)}`);
    },
    (error: unknown) => {
      const again = () => {
        startTransfer(kind, reference);
      };
      failTask(id, error, again, { tells, isSeen: isSeen() });
    },
  );
  drop(told.finally(() => images.refetch()));
}

/**
 * Makes the starter image from this machine's own tools, as a task. Resolves to its name; rejects with BridgeError, and
 * then whoever asked tells of it.
 */
export async function makeStarterImage(): Promise<string> {
  const joined = begunHere();
  return await followStarter(joined, (onItem) => startWork({ kind: 'starter' }, onItem, joined.id));
}

/** Shows the making of the starter image that goes on in the app. */
export function joinStarter(joined: JoinedWork): void {
  const made = followStarter(joined, (onItem) => joinWork({ kind: 'starter' }, joined, onItem));
  drop(joined.tells ? tellStarter(made) : made.catch(() => ''));
}

async function followStarter(
  joined: JoinedWork,
  open: (onItem: (item: { readonly reference: string }) => void) => WorkStream,
): Promise<string> {
  let made = '';
  await trackWork({ kind: 'starter', title: texts.starter, reference: '' }, joined, () =>
    open(({ reference }) => {
      made = reference;
    }),
  );
  putTask(joined.id, { reference: made });
  await images.refetch();
  return made;
}

/** Makes the starter image and tells how that went. */
export async function offerStarterImage(): Promise<void> {
  await tellStarter(makeStarterImage());
}

async function tellStarter(making: Promise<string>): Promise<void> {
  try {
    const reference = await making;
    showToast({ tone: 'good', title: texts.made(reference), details: [texts.runIt] });
  } catch (thrown) {
    showError(texts.taskFailed(texts.starter), thrown, () => {
      drop(offerStarterImage());
    });
  }
}
