import { call, nothing } from './define.ts';

/** What an engine has that a reset takes away, in the order in which it goes. */
export const RESET_PARTS = [
  'containers',
  'trash',
  'networks',
  'images',
  'volumes',
  'cache',
  'builds',
  'settings',
] as const;
export type ResetPart = (typeof RESET_PARTS)[number];

/** How much there is of each. */
export interface ResetContents {
  readonly counts: Readonly<Record<Exclude<ResetPart, 'settings'>, number>>;
  /** Containers that run, and are killed. */
  readonly running: number;
  /** All that takes room: layers, what containers have written, volumes, the build cache. */
  readonly bytes: number;
}

/** How far a part is: of `total` things `done` are gone. */
export interface ResetStep {
  readonly part: ResetPart;
  readonly done: number;
  readonly total: number;
  /** Why things of it stay; empty while all went well. */
  readonly message: string;
}

/** Channels for having the app's own engine as it was when it was new. */
export const resetChannels = {
  'reset.contents': call<ResetContents>()(nothing, 300_000),
};
