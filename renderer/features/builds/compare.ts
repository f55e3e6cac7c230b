/** What is different between two builds. All pure. */
import type { BuildStep } from '../../../runtime/contract/builds.ts';
import type { HistoryStep, ImageDetails } from '../../../runtime/contract/images.ts';

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

/** Two lists as one, by a key; what has the same key again is paired in order. Keeps the order of the second list. */
export function paired<T>(
  earlier: readonly T[],
  later: readonly T[],
  key: (one: T) => string,
): { readonly earlier: T | null; readonly later: T | null }[] {
  const left = Map.groupBy(earlier, key);
  const pairs: { earlier: T | null; later: T | null }[] = [];
  let at = 0;
  const used = new Set<T>();
  const takeUpTo = (end: number): void => {
    for (; at < end; at += 1) {
      const one = earlier[at];
      if (one !== undefined && !used.has(one)) pairs.push({ earlier: one, later: null });
    }
  };
  const wanted = new Map([...Map.groupBy(later, key)].map(([name, all]) => [name, all.length]));
  for (const [name, all] of left) for (const one of all.slice(0, wanted.get(name) ?? 0)) used.add(one);
  for (const one of later) {
    const match = left.get(key(one))?.shift() ?? null;
    // What only the earlier has stands where it stood.
    if (match !== null) takeUpTo(earlier.indexOf(match));
    pairs.push({ earlier: match, later: one });
  }
  takeUpTo(earlier.length);
  return pairs;
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

export type ConfigField =
  'entrypoint' | 'command' | 'workingDir' | 'user' | 'ports' | 'volumes' | 'env' | 'labels' | 'platform';

/** Something that the two images say differently. */
export interface ConfigDifference {
  readonly field: ConfigField;
  readonly earlier: string;
  readonly later: string;
}

/** What two images' configurations say differently; of lists only what is not in both. */
export function compareConfig(earlier: ImageDetails, later: ImageDetails): ConfigDifference[] {
  const fields: readonly ConfigField[] = [
    'entrypoint',
    'command',
    'workingDir',
    'user',
    'platform',
    'ports',
    'volumes',
    'env',
    'labels',
  ];
  return fields.flatMap((field) => {
    const [a, b] = [linesOf(earlier, field), linesOf(later, field)];
    const isWhole = field === 'entrypoint' || field === 'command';
    const onlyA = isWhole ? a : a.filter((line) => !b.includes(line));
    const onlyB = isWhole ? b : b.filter((line) => !a.includes(line));
    const [left, right] = isWhole ? [onlyA.join(' '), onlyB.join(' ')] : [onlyA.join('\n'), onlyB.join('\n')];
    return left === right ? [] : [{ field, earlier: left, later: right }];
  });
}

function linesOf(image: ImageDetails, field: ConfigField): readonly string[] {
  switch (field) {
    case 'env':
      return image.env.map(({ name, value }) => `${name}=${value}`);
    case 'labels':
      return Object.entries(image.labels).map(([name, value]) => `${name}=${value}`);
    case 'workingDir':
    case 'user':
    case 'platform':
      return image[field] === '' ? [] : [image[field]];
    default:
      return image[field];
  }
}
