import * as z from 'zod/mini';
import { call, id, KIB, nothing, objectName, stream, text, type Nothing } from './define.ts';

/** How a build stands. */
export type BuildStatus = 'running' | 'completed' | 'failed' | 'canceled';

/** A build as the list shows it. Times in milliseconds since the epoch. */
export interface BuildSummary {
  readonly ref: string;
  /** Names of what was built, or that of its Dockerfile. */
  readonly title: string;
  readonly status: BuildStatus;
  readonly createdAt: number;
  readonly completedAt: number | null;
  /** First line of what went wrong; empty when nothing did. */
  readonly error: string;
  /** Steps and tasks: all, those that have ended, and those whose result was in the cache. */
  readonly total: number;
  readonly completed: number;
  readonly cached: number;
  readonly warnings: number;
  /** Id of the image that was made; empty for none. */
  readonly image: string;
}

/** The whole list, then each build that changed. `kept` is false where the engine remembers none. */
export type BuildsNews =
  | { readonly kind: 'all'; readonly builds: readonly BuildSummary[]; readonly kept: boolean }
  | { readonly kind: 'build'; readonly build: BuildSummary }
  | { readonly kind: 'gone'; readonly ref: string };

/** A step of a stage, or a task of the engine that belongs to none. */
export interface BuildStep {
  readonly id: string;
  /** Empty for a task. */
  readonly stage: string;
  /** The instruction, or what the task is called. */
  readonly text: string;
  /** Ids of the steps whose results it needs. */
  readonly inputs: readonly string[];
  /** null before it began, or ended. */
  readonly started: number | null;
  readonly completed: number | null;
  readonly cached: boolean;
  readonly error: string;
}

/** A piece of what a step wrote. */
export interface BuildOutput {
  readonly step: string;
  readonly time: number;
  /** 1 is its standard output, 2 its standard error. */
  readonly stream: 1 | 2;
  readonly text: string;
}

/** What has happened in a build since the update before. */
export interface BuildUpdate {
  readonly steps: readonly BuildStep[];
  readonly output: readonly BuildOutput[];
}

/** What is wrong in a Dockerfile, or which of its instructions failed. */
export interface BuildProblem {
  readonly message: string;
  /** Empty when the place is not known; lines count from 1. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly excerpt: readonly { readonly line: number; readonly text: string; readonly meant: boolean }[];
}

/** What the Dockerfile should not do. */
export interface BuildWarning {
  readonly rule: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

const path = text.check(z.regex(/^\//));
const variable = z.string().check(z.regex(/^[^=\0]+$/), z.maxLength(1024));
const ref = objectName;
const dockerfileText = z.string().check(z.maxLength(1024 * KIB));

/** What is built, and how: the terms of `docker build`. */
export const buildSettingsSchema = z.object({
  /** Absolute path of the context. */
  directory: path,
  /** Path of the Dockerfile, from the context or absolute; empty for the usual one. */
  file: text,
  /** Empty for the last stage. */
  target: text,
  args: z.array(z.object({ name: variable, value: text })).check(z.maxLength(256)),
  tags: z.array(id).check(z.maxLength(64)),
  /** `linux/arm64`; empty for the engine's own. */
  platform: text,
  noCache: z.boolean(),
  pull: z.boolean(),
});
export type BuildSettings = z.infer<typeof buildSettingsSchema>;

/** A build with all that is known of it but what its steps wrote. */
export interface BuildDetails extends BuildSummary {
  readonly steps: readonly BuildStep[];
  readonly problem: BuildProblem | null;
  readonly notes: readonly BuildWarning[];
  /** What the client asked for, by BuildKit's names, but for values of variables. */
  readonly attributes: Readonly<Record<string, string>>;
  /** With what it was started from this app; null when it was not. */
  readonly settings: BuildSettings | null;
  /** Whether it built text that was not in the Dockerfile. */
  readonly edited: boolean;
}

/** A Dockerfile as it is on disk. */
export interface DockerfileContent {
  readonly path: string;
  readonly text: string;
  /** False when there is none yet: it is made when it is saved. */
  readonly exists: boolean;
}

/** What there is to say of a Dockerfile while it is written. */
export interface DockerfileCheck {
  readonly problem: BuildWarning | null;
  readonly warnings: readonly BuildWarning[];
}

const place = { directory: path, file: text };

/** With what a build is started. With `text` that is built instead of what is in the Dockerfile. */
export const buildRequestSchema = z.object({ settings: buildSettingsSchema, text: z.optional(dockerfileText) });

/** A build that was started here. */
export const startedBuildSchema = z.object({ ref, ...buildRequestSchema.shape });

/** Channels of builds. */
export const buildChannels = {
  'builds.follow': stream<BuildsNews>()(nothing, 256 * KIB),
  'builds.inspect': call<BuildDetails>()(z.object({ ref })),
  /** All that has happened in a build, then what happens, until it has ended. */
  'builds.watch': stream<BuildUpdate>()(z.object({ ref }), 1024 * KIB),
  /** Starts a build, which goes on when the page is left. */
  'builds.start': call<{ readonly ref: string }>()(buildRequestSchema),
  /** Takes the bytes of a `.dockerbuild` archive; the last item names the builds that were in it. */
  'builds.import': stream<{ readonly bytes: number; readonly refs: readonly string[] }>()(
    z.object({}),
    64 * KIB,
    z.object({}),
  ),
  'builds.cancel': call<Nothing>()(z.object({ ref })),
  'builds.remove': call<Nothing>()(z.object({ ref })),
  /** What was built from this app, the latest first, each folder and Dockerfile once. */
  'builds.recent': call<readonly BuildSettings[]>()(nothing),
  'builds.dockerfile': call<DockerfileContent>()(z.object(place)),
  'builds.saveDockerfile': call<Nothing>()(z.object({ ...place, text: dockerfileText })),
  /** Rejects with `unsupported` where the engine does not read Dockerfiles for others. */
  'builds.check': call<DockerfileCheck>()(z.object({ text: dockerfileText })),
};
