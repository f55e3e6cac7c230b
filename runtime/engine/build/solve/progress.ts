import type { Vertex } from '../plan/vertex.ts';

/** What happens to a step of a build. Times in ms since the epoch. */
export type StepEvent =
  | { readonly type: 'started'; readonly time: number }
  | { readonly type: 'output'; readonly stream: 1 | 2; readonly bytes: Buffer }
  | { readonly type: 'finished'; readonly time: number; readonly cached: boolean; readonly error: string };

/** Told of the steps of a build as they happen. */
export interface BuildProgress {
  step(vertex: Vertex, event: StepEvent): void;
  /** Something besides the steps: a pull. `id` and numbers as Docker's streams have them. */
  status(message: Readonly<Record<string, unknown>>): void;
}
