import * as z from 'zod/mini';
import { call, nothing } from './define.ts';

/** The configuration file of the engine. */
export interface EngineConfiguration {
  /** Whether this engine has one that can be read and written from here. */
  readonly offered: boolean;
  readonly path: string;
  /** As it was read last; empty for none. */
  readonly text: string;
  /** Options that are read at start only, and those of them that have changed since. */
  readonly atStart: readonly string[];
  readonly waiting: readonly string[];
  /** What the administrator of its machine has set, in which file: it holds whatever the text says. */
  readonly managed: { readonly path: string; readonly options: Readonly<Record<string, unknown>> };
}

/** What is wrong with a configuration, and in which option: a path with dots, empty for the whole. */
export interface ConfigurationProblem {
  readonly field: string;
  readonly message: string;
}

/** Channels of the engine's configuration. */
export const configurationChannels = {
  'engine.configuration': call<EngineConfiguration>()(nothing),
  /** Writes it, unless something is wrong with it, and has the engine read it again. */
  'engine.configure': call<{
    readonly problems: readonly ConfigurationProblem[];
    /** What took effect at once. */
    readonly changed: readonly string[];
    readonly waiting: readonly string[];
  }>()(z.object({ text: z.string().check(z.maxLength(512 * 1024)) })),
};
