/** What is different between two images, as far as their descriptions tell. All pure. */
import type { HistoryStep, ImageDetails } from '../../../runtime/contract/images.ts';

/** The earlier made of two images first; those of one second, which is as exactly as times are told, in order of names. */
export function inOrder<T extends { readonly createdAt: number; readonly repository: string; readonly tag: string }>(
  a: T,
  b: T,
): readonly [T, T] {
  const words = ({ repository, tag }: T): string => `${repository}:${tag}`;
  const later = a.createdAt - b.createdAt || words(a).localeCompare(words(b), undefined, { numeric: true });
  return later > 0 ? [b, a] : [a, b];
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

/** A layer of either image, or of both. */
export interface ComparedLayer {
  readonly digest: string;
  /** Empty where the builder left no word. */
  readonly createdBy: string;
  readonly size: number;
  readonly of: 'both' | 'earlier' | 'later';
}

/** What is known of an image: its description, and its history with the latest step first. */
export interface KnownImage {
  readonly details: ImageDetails;
  readonly history: readonly HistoryStep[];
}

function layersOf({ details, history }: KnownImage): Omit<ComparedLayer, 'of'>[] {
  const steps = history.filter(({ empty }) => !empty).reverse();
  return details.layers.map((digest, index) => ({
    digest,
    createdBy: steps[index]?.createdBy ?? '',
    size: steps[index]?.size ?? 0,
  }));
}

/** The layers of two images, from the bottom up; a layer is the same when its unpacked content is. */
export function compareImageLayers(earlier: KnownImage, later: KnownImage): ComparedLayer[] {
  return paired(layersOf(earlier), layersOf(later), ({ digest }) => digest).flatMap((pair): ComparedLayer[] => {
    const layer = pair.later ?? pair.earlier;
    if (layer === null) return [];
    return [{ ...layer, of: pair.earlier === null ? 'later' : pair.later === null ? 'earlier' : 'both' }];
  });
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
