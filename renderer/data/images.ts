import { create } from 'zustand';
import type { ImageSummary } from '../../runtime/contract/contract.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { call } from './connection.ts';
import { drop } from './drop.ts';
import { onEngineEvent, useEngine } from './engine.ts';

interface ImagesState {
  readonly rows: readonly ImageSummary[];
  readonly status: 'loading' | 'ready' | 'error';
  readonly error: BridgeError | null;
  /** Row ids whose removal can still be undone, or is under way. */
  readonly hidden: ReadonlySet<string>;
}

export const useImages = create<ImagesState>(() => ({ rows: [], status: 'loading', error: null, hidden: new Set() }));

/** Images change in bursts (a pull tags, a prune removes many); one fetch is enough for all of it. In milliseconds. */
const SETTLE_MS = 120;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Keeps the store true for as long as the page lives. */
export function startImages(): void {
  useEngine.subscribe((now, before) => {
    if (now.generation !== before.generation) drop(refetchImages());
  });
  onEngineEvent((event) => {
    const matters =
      event.kind === 'resync' ||
      event.type === 'image' ||
      (event.type === 'container' && (event.action === 'create' || event.action === 'destroy'));
    if (!matters) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      drop(refetchImages());
    }, SETTLE_MS);
  });
}

/** An image's name as a person writes it; its short id when it has none. */
export function imageReference(image: Pick<ImageSummary, 'repository' | 'tag' | 'id'>): string {
  if (image.tag !== '') return `${image.repository}:${image.tag}`;
  return image.id;
}

/** Key of a row: one image may have several tags. */
export function imageKey(image: ImageSummary): string {
  return `${image.id} ${image.repository}:${image.tag}`;
}

export async function refetchImages(): Promise<void> {
  try {
    const rows = await call('images.list', {});
    useImages.setState({ rows, status: 'ready', error: null });
  } catch (error) {
    useImages.setState(({ status }) => ({
      status: status === 'ready' ? 'ready' : 'error',
      error: BridgeError.from(error),
    }));
  }
}

/** Hides rows whose removal waits for its undo to expire, or shows them again. */
export function setImagesHidden(keys: readonly string[], hidden: boolean): void {
  useImages.setState((state) => {
    const next = new Set(state.hidden);
    for (const key of keys) {
      if (hidden) next.add(key);
      else next.delete(key);
    }
    return { hidden: next };
  });
}
