import { RESET_PARTS, type ResetContents, type ResetPart, type ResetStep } from '../../../runtime/contract/reset.ts';
import type { WorkRequestOf } from '../../../runtime/contract/works.ts';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { resetSettings } from '../../data/settings.ts';
import { runThingsTask, type ByteTask } from '../../data/tasks.ts';
import { begunHere, joinWork, startWork, type JoinedWork, type WorkStream } from '../../data/works.ts';
import { reset as texts } from '../../strings/reset.ts';
import { formatBytes } from '../../ui/format.ts';

type Request = WorkRequestOf<'reset'>;

/** What goes besides all that the engine has. */
export interface ResetChoice {
  readonly engineSettings: boolean;
  readonly appSettings: boolean;
}

/** Takes everything away, as one task. `contents` is what was shown to whoever wanted it. */
export function resetEngine({ engineSettings, appSettings }: ResetChoice, contents: ResetContents): void {
  startReset({
    kind: 'reset',
    settings: engineSettings,
    appSettings,
    counts: { ...contents.counts, settings: engineSettings ? 1 : 0 },
    bytes: contents.bytes,
  });
}

function startReset(request: Request): void {
  const joined = begunHere();
  followReset(request, joined, (onItem) => startWork(request, onItem, joined.id));
}

/** Shows a reset that goes on in the app. */
export function joinReset(request: Request, joined: JoinedWork): void {
  followReset(request, joined, (onItem) => joinWork(request, joined, onItem));
}

function followReset(
  request: Request,
  joined: JoinedWork,
  open: (onItem: (step: ResetStep) => void) => WorkStream,
): void {
  const { settings, appSettings, counts, bytes } = request;
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const reset = async (task: ByteTask) => {
    const steps = new Map<ResetPart, ResetStep>();
    const stream = open((step) => {
      steps.set(step.part, step);
      task.report(thingsDone(steps, counts));
    });
    task.stream(stream);
    await stream.closed;
    // One page does what only a page can.
    if (appSettings && joined.tells) await forgetAppSettings();
    const failures = [...steps.values()]
      .filter(({ message }) => message !== '')
      .map(({ part, message }) => texts.left(texts.parts[part], message));
    const waits = settings && (await call('engine.configuration', {})).waiting.length > 0;
    const freed = bytes === 0 ? [] : [texts.freed(formatBytes(bytes))];
    return {
      words: failures.length === 0 ? texts.done : texts.someLeft,
      details: [...freed, ...(waits ? [texts.waiting] : [])],
      failures,
    };
  };
  const retry = () => {
    startReset(request);
  };
  drop(runThingsTask(texts.task, total, '/engine', reset, { joined, retry }));
}

/** Of all things that were counted; parts that are done at once are known to be done only as a whole. */
function thingsDone(steps: ReadonlyMap<ResetPart, ResetStep>, counts: Request['counts']): number {
  return RESET_PARTS.reduce((sum, part) => {
    const step = steps.get(part);
    if (step === undefined || step.total === 0) return sum;
    return sum + (counts[part] * step.done) / step.total;
  }, 0);
}

/** What the app itself remembers. Copies of volumes are files of the person's, and stay. */
async function forgetAppSettings(): Promise<void> {
  for (const { id } of await call('alerts.rules', {})) await call('alerts.remove', { id });
  await call('alerts.clear', {});
  for (const { volume } of await call('backups.plans', {})) await call('backups.forget', { volume });
  for (const { name, source, current } of await call('engines.list', {}))
    if (source === 'added' && !current) await call('engines.remove', { name });
  resetSettings();
}
