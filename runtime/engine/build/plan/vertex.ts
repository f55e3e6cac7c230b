import type { ImageRecord } from '../../images/catalog.ts';
import type { Span } from '../dockerfile/source.ts';
import type { CopyOperation } from './copy-operation.ts';
import type { PlannedMount, RunOperation } from './run-operation.ts';

/** A directory that WORKDIR makes. */
export interface WorkdirOperation {
  readonly kind: 'workdir';
  readonly path: string;
  /** `user[:group]` that owns what is made; '' for root. */
  readonly user: string;
}

export type Operation = RunOperation | CopyOperation | WorkdirOperation;

/** Where in the Dockerfile something stands, and how it is called. */
export interface Place {
  /** `[build 2/5] RUN make` */
  readonly title: string;
  readonly span: Span;
  /** The stage's name, or its number. */
  readonly stage: string;
}

/** A node of the graph: a filesystem that is made of others. */
export type Vertex =
  | { readonly kind: 'base'; readonly image: ImageRecord | null }
  | { readonly kind: 'step'; readonly parent: Vertex; readonly operation: Operation; readonly place: Place }
  /** The files of `above`, made without looking at `parent`, on top of it. */
  | { readonly kind: 'link'; readonly parent: Vertex; readonly above: Vertex; readonly place: Place };

/** An empty filesystem. */
export const SCRATCH: Vertex = { kind: 'base', image: null };

/** Whether an operation reads files of a context or of an address, which may change while its definition does not. */
export function readsContext(operation: Operation): boolean {
  if (operation.kind === 'run') return operation.mounts.some(isOfContext);
  return operation.kind === 'copy' && operation.from === null;
}

/** Whether a mount shows files of the build's own context. */
export function isOfContext({ mount, from }: PlannedMount): boolean {
  return mount.type === 'bind' && from === null;
}

/** The vertices whose files an operation reads besides those it changes. */
export function inputsOf(operation: Operation): readonly Vertex[] {
  if (operation.kind === 'run') return operation.mounts.flatMap(({ from }) => (from === null ? [] : [from]));
  if (operation.kind === 'copy') return operation.from === null ? [] : [operation.from];
  return [];
}
