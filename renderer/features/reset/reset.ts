import { RESET_PARTS, type ResetContents, type ResetPart, type ResetStep } from '../../../runtime/contract/reset.ts';
import { call, open } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { resetSettings } from '../../data/settings.ts';
import { runThingsTask } from '../../data/tasks.ts';
import { reset as texts } from '../../strings/reset.ts';
import { formatBytes } from '../../ui/format.ts';

/** What goes besides all that the engine has. */
export interface ResetChoice {
  readonly engineSettings: boolean;
  readonly appSettings: boolean;
}

/** Takes everything away, as one task. `contents` is what was shown to whoever wanted it. */
export function resetEngine({ engineSettings, appSettings }: ResetChoice, contents: ResetContents): void {
  const total = Object.values<number>({ ...contents.counts }).reduce((sum, n) => sum + n, engineSettings ? 1 : 0);
  const work = runThingsTask(texts.task, total, '/engine', async (task) => {
    const steps = new Map<ResetPart, ResetStep>();
    const stream = open(
      'reset.run',
      { settings: engineSettings },
      {
        onItem: (step) => {
          steps.set(step.part, step);
          task.report(thingsDone(steps, contents));
        },
      },
    );
    task.stream(stream);
    await stream.closed;
    if (appSettings) await forgetAppSettings();
    const failures = [...steps.values()]
      .filter(({ message }) => message !== '')
      .map(({ part, message }) => texts.left(texts.parts[part], message));
    const waits = engineSettings && (await call('engine.configuration', {})).waiting.length > 0;
    const freed = contents.bytes === 0 ? [] : [texts.freed(formatBytes(contents.bytes))];
    return {
      words: failures.length === 0 ? texts.done : texts.someLeft,
      details: [...freed, ...(waits ? [texts.waiting] : [])],
      failures,
    };
  });
  drop(work);
}

/** Of all things that were counted; parts that are done at once are known to be done only as a whole. */
function thingsDone(steps: ReadonlyMap<ResetPart, ResetStep>, { counts }: ResetContents): number {
  return RESET_PARTS.reduce((sum, part) => {
    const step = steps.get(part);
    if (step === undefined || step.total === 0) return sum;
    const known = part === 'settings' ? 1 : counts[part];
    return sum + (known * step.done) / step.total;
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
