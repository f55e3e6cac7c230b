import type { Vertex } from '../plan/vertex.ts';

/** What happens to a step of a build. Times in ms since the epoch. */
export type StepEvent =
  | { readonly type: 'started'; readonly time: number }
  | { readonly type: 'output'; readonly stream: 1 | 2; readonly bytes: Buffer }
  | { readonly type: 'finished'; readonly time: number; readonly cached: boolean; readonly error: string };

/** Work of a build that no instruction asks for: files that are transferred, an image that is pulled or written. */
export interface BuildTask {
  /** Does the work, and tells of its beginning and end. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** A part of it: how much of how much (0: not known) is done. */
  part(name: string, current: number, total: number, isDone: boolean): void;
}

/** Told of the steps of a build as they happen. */
export interface BuildProgress {
  step(vertex: Vertex, event: StepEvent): void;
  /** Something besides the steps: a pull. `id` and numbers as Docker's streams have them. */
  status(message: Readonly<Record<string, unknown>>): void;
  /** Work besides the steps, under a title as BuildKit has them. */
  task(title: string): BuildTask;
}
