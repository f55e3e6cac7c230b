/** What the build's page shows, from its steps. All pure. */
import type { BuildStatus, BuildStep, BuildSummary } from '../../../runtime/contract/builds.ts';
import { decimal } from '../../ui/format.ts';

export type StepState = 'waiting' | 'running' | 'done' | 'cached' | 'failed' | 'stopped' | 'skipped';

/** How a step stands in a build of this status. */
export function stepState({ started, completed, cached, error }: BuildStep, status: BuildStatus): StepState {
  if (error !== '') return status === 'canceled' ? 'stopped' : 'failed';
  if (cached) return 'cached';
  if (completed !== null) return 'done';
  if (started !== null) return status === 'running' ? 'running' : 'stopped';
  return status === 'running' ? 'waiting' : 'skipped';
}

/** A step on the time line; places are shares of the whole, 0 to 1. */
export interface TimelineRow {
  readonly step: BuildStep;
  readonly state: StepState;
  readonly left: number;
  readonly width: number;
  /** Milliseconds; null before it began. */
  readonly took: number | null;
}

/** Steps under one heading: a stage's, or what the engine does before and after all of them. */
export interface TimelineGroup {
  readonly kind: 'before' | 'stage' | 'after';
  /** Empty unless it is a stage. */
  readonly stage: string;
  readonly rows: readonly TimelineRow[];
}

/** Lays a build's steps out over its time. */
export function timeline(steps: readonly BuildStep[], status: BuildStatus, now: number): TimelineGroup[] {
  const begins = steps.flatMap(({ started }) => started ?? []);
  const first = Math.min(...begins);
  const last = Math.max(...steps.flatMap(({ started, completed }) => completed ?? (started === null ? [] : now)));
  const span = Math.max(1, last - first);
  const rowOf = (step: BuildStep): TimelineRow => {
    const { started, completed } = step;
    const state = stepState(step, status);
    if (started === null) return { step, state, left: 0, width: 0, took: null };
    const took = Math.max(0, (completed ?? now) - started);
    return { step, state, left: (started - first) / span, width: took / span, took };
  };
  const firstOfStages = Math.min(...steps.flatMap(({ stage, started }) => (stage === '' ? [] : (started ?? []))));
  const tasks = steps.filter(({ stage }) => stage === '');
  const isLate = ({ started }: BuildStep): boolean => (started ?? Infinity) > firstOfStages;
  const stages = Map.groupBy(
    steps.filter(({ stage }) => stage !== ''),
    ({ stage }) => stage,
  );
  const groups: TimelineGroup[] = [
    { kind: 'before', stage: '', rows: tasks.filter((step) => !isLate(step)).map(rowOf) },
    ...[...stages].map(([stage, own]): TimelineGroup => ({ kind: 'stage', stage, rows: own.map(rowOf) })),
    { kind: 'after', stage: '', rows: tasks.filter(isLate).map(rowOf) },
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

/** A stage in the picture. */
export interface StageNode {
  readonly name: string;
  readonly needs: readonly string[];
  readonly steps: number;
  readonly cached: number;
  readonly state: StepState;
}

/** The worst and liveliest comes first: what a stage is said to be. */
const WEIGHT: readonly StepState[] = ['failed', 'stopped', 'running', 'waiting', 'skipped', 'done', 'cached'];

/** Stages with those that they take files from or are made of, in the order of the Dockerfile. */
export function stageGraph(steps: readonly BuildStep[], status: BuildStatus): StageNode[] {
  const stageOf = new Map(steps.map(({ id, stage }) => [id, stage]));
  const stages = Map.groupBy(
    steps.filter(({ stage }) => stage !== ''),
    ({ stage }) => stage,
  );
  return [...stages].map(([name, own]) => {
    const needed = own.flatMap(({ inputs }) => inputs.flatMap((id) => stageOf.get(id) ?? []));
    const states = own.map((step) => stepState(step, status));
    return {
      name,
      needs: [...new Set(needed)].filter((one) => one !== name && one !== ''),
      steps: own.length,
      cached: own.filter(({ cached }) => cached).length,
      state: WEIGHT.find((state) => states.includes(state)) ?? 'waiting',
    };
  });
}

/** The step that a person wants to see first: what failed, else what runs, else none. */
export function telling(steps: readonly BuildStep[]): BuildStep | undefined {
  return steps.find(({ error, stage }) => error !== '' && stage !== '') ?? steps.find(({ error }) => error !== '');
}

/** Share of a build that came from the cache, 0 to 1. */
export function cachedShare({ cached, total }: Pick<BuildSummary, 'cached' | 'total'>): number {
  return total === 0 ? 0 : cached / total;
}

/** 340 -> "340 ms", 4200 -> "4.2 s", 75 000 -> "1 min 15 s". */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 1) return `${String(Math.round(Math.max(0, milliseconds)))} ms`;
  if (seconds < 10) return `${decimal(seconds, 1)} s`;
  if (seconds < 60) return `${decimal(seconds, 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(Math.floor(seconds % 60))} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}
