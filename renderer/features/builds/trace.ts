import type { BuildStep, BuildSummary } from '../../../runtime/contract/builds.ts';
import { stepState } from './model.ts';

/** The lane of what belongs to no stage. */
const TASKS = 'tasks';

/**
 * A build's steps over time in the Trace Event Format, which Perfetto and the tools of browsers open: a lane for each
 * stage, times in microseconds since the build began.
 */
export function buildTrace(build: Pick<BuildSummary, 'title' | 'status'>, steps: readonly BuildStep[]): string {
  const begun = steps.filter(({ started }) => started !== null);
  const first = Math.min(...begun.map(({ started }) => started ?? 0));
  const last = Math.max(...begun.map(({ started, completed }) => completed ?? started ?? 0));
  const lanes = [...new Set(steps.map(({ stage }) => stage))];
  const traceEvents = [
    { name: 'process_name', ph: 'M', pid: 1, args: { name: build.title } },
    ...lanes.map((stage, index) => ({
      name: 'thread_name',
      ph: 'M',
      pid: 1,
      tid: index + 1,
      args: { name: stage === '' ? TASKS : stage },
    })),
    ...begun.map((step) => {
      const started = step.started ?? first;
      return {
        name: step.text,
        cat: 'build',
        ph: 'X',
        pid: 1,
        tid: lanes.indexOf(step.stage) + 1,
        ts: (started - first) * 1000,
        dur: Math.max(0, (step.completed ?? last) - started) * 1000,
        args: { state: stepState(step, build.status), ...(step.error === '' ? {} : { error: step.error }) },
      };
    }),
  ];
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents }, null, 1)}\n`;
}
