/** What is different between two builds. All pure. */
import type { BuildStep } from '../../../runtime/contract/builds.ts';
import type { HistoryStep } from '../../../runtime/contract/images.ts';
import { paired } from '../images/compare.ts';

export type Verdict = 'same' | 'cached' | 'reran' | 'saved' | 'added' | 'dropped' | 'ran' | 'failed';

/** A step of either build, or of both. */
export interface ComparedStep {
  readonly stage: string;
  readonly text: string;
  readonly earlier: BuildStep | null;
  readonly later: BuildStep | null;
  readonly verdict: Verdict;
  /** Whether it is something to look at. */
  readonly isDifferent: boolean;
}

/** Pairs the steps of two builds up and says of each what became of it. Tasks of the engine are left out. */
export function compareSteps(earlier: readonly BuildStep[], later: readonly BuildStep[]): ComparedStep[] {
  const own = (steps: readonly BuildStep[]) => steps.filter(({ stage }) => stage !== '');
  return paired(own(earlier), own(later), ({ stage, text }) => `${stage}\0${text}`).map((pair) => {
    const verdict = verdictOf(pair.earlier, pair.later);
    return {
      stage: (pair.later ?? pair.earlier)?.stage ?? '',
      text: (pair.later ?? pair.earlier)?.text ?? '',
      ...pair,
      verdict,
      isDifferent: verdict !== 'same' && verdict !== 'cached' && verdict !== 'ran',
    };
  });
}

function verdictOf(earlier: BuildStep | null, later: BuildStep | null): Verdict {
  if (later === null) return 'dropped';
  if (later.error !== '') return 'failed';
  if (earlier === null) return 'added';
  if (later.started === null) return 'same';
  if (later.cached) return earlier.cached ? 'cached' : 'saved';
  return earlier.cached ? 'reran' : 'ran';
}

/** Milliseconds that a step took; null when it did not run to its end. */
export function tookOf(step: BuildStep | null): number | null {
  return step === null || step.started === null || step.completed === null ? null : step.completed - step.started;
}

/** A layer of either image, or of both. */
export interface ComparedLayer {
  readonly createdBy: string;
  /** Bytes; null where there is none. */
  readonly earlier: number | null;
  readonly later: number | null;
}

/** Layers that only one image has, or that differ in size; histories come with the latest first. */
export function compareLayers(earlier: readonly HistoryStep[], later: readonly HistoryStep[]): ComparedLayer[] {
  const own = (steps: readonly HistoryStep[]) => steps.filter(({ empty }) => !empty).reverse();
  return paired(own(earlier), own(later), ({ createdBy }) => createdBy)
    .map((pair) => ({
      createdBy: (pair.later ?? pair.earlier)?.createdBy ?? '',
      earlier: pair.earlier?.size ?? null,
      later: pair.later?.size ?? null,
    }))
    .filter((one) => one.earlier !== one.later);
}
