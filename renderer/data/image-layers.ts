import { useCallback, useEffect, useState } from 'react';
import type { ImageLayer } from '../../runtime/contract/images.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { open } from './connection.ts';
import { drop } from './drop.ts';
import { onFrame } from './frame.ts';

/** Images whose layers are kept: reading them means reading the whole image. */
const KEEP = 4;
const kept = new Map<string, readonly ImageLayer[]>();

interface LayersState {
  /** Which image this is about. */
  readonly id: string;
  /** From the bottom up; null until they have been read. */
  readonly layers: readonly ImageLayer[] | null;
  /** Bytes read so far. */
  readonly bytes: number;
  readonly error: BridgeError | null;
}

const start = (id: string): LayersState => ({ id, layers: kept.get(id) ?? null, bytes: 0, error: null });

/** The layers of an image, read while something shows them; going away ends the reading. */
export function useImageLayers(id: string): LayersState & { readonly retry: () => void } {
  const [state, setState] = useState(() => start(id));
  const [attempt, setAttempt] = useState(0);
  const shown = state.id === id ? state : start(id);
  const known = kept.has(id);
  useEffect(() => {
    if (known) return undefined;
    const layers: ImageLayer[] = [];
    let bytes = 0;
    setState(start(id));
    const tell = () => {
      setState((before) => (before.id === id ? { ...before, bytes } : before));
    };
    const stream = open(
      'images.layers',
      { reference: id },
      {
        onItem: (item) => {
          if (item.kind === 'progress') {
            bytes = item.bytes;
            onFrame(tell);
          } else if (item.kind === 'layer') {
            layers.push({ ...item.layer, files: [] });
          } else {
            const last = layers.pop();
            if (last !== undefined) layers.push({ ...last, files: [...last.files, ...item.files] });
          }
        },
      },
    );
    drop(
      stream.closed.then(
        () => {
          kept.set(id, layers);
          for (const oldest of [...kept.keys()].slice(0, -KEEP)) kept.delete(oldest);
          setState({ id, layers, bytes, error: null });
        },
        (thrown: unknown) => {
          const error = BridgeError.from(thrown);
          if (error.code !== 'cancelled') setState({ ...start(id), error });
        },
      ),
    );
    return () => {
      stream.cancel();
    };
  }, [id, known, attempt]);
  const retry = useCallback(() => {
    setAttempt((count) => count + 1);
  }, []);
  return { ...shown, retry };
}
