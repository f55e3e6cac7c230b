import * as z from 'zod/mini';
import type { ComposeKeys } from './compose-keys.ts';
import { COMPOSE_TEMPLATES } from './compose-templates.ts';
import { call, id, KIB, text, type Nothing } from './define.ts';

/** What is off in a Compose file; lines and columns count from 1, 0 where the place is not known. */
export interface ComposeProblem {
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ComposeContainer {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Docker's words, for example "Up 3 minutes (healthy)". */
  readonly status: string;
}

/** A service of a project: what its file says and what there is of it. */
export interface ComposeService {
  readonly name: string;
  readonly image: string;
  readonly builds: boolean;
  readonly dependsOn: readonly { readonly service: string; readonly condition: string }[];
  /** As people write them: `127.0.0.1:8080:80`. */
  readonly ports: readonly string[];
  readonly networks: readonly string[];
  readonly profiles: readonly string[];
  /** How many containers the file asks for. */
  readonly replicas: number;
  readonly containers: readonly ComposeContainer[];
  /** What bringing the project up would do; null when its file is not at hand. */
  readonly change: 'new' | 'changed' | 'same' | 'gone' | null;
}

/** A Compose project, from its files or, where those are not at hand, from its containers. */
export interface ComposeProject {
  readonly name: string;
  readonly directory: string;
  /** Absolute paths; empty when it is only known by its containers. */
  readonly files: readonly string[];
  readonly services: readonly ComposeService[];
  readonly running: number;
  readonly total: number;
  readonly warnings: readonly string[];
  readonly problem: ComposeProblem | null;
}

/** A step of an operation. */
export interface ComposeStep {
  readonly object: string;
  readonly status: string;
  readonly state: 'working' | 'done' | 'warning' | 'error';
}

const path = text.check(z.regex(/^\//));
const project = z.object({ name: id, path: z.optional(path) });

/** What is to be done with a project. */
export const composeRequestSchema = z.object({
  project,
  action: z.enum(['up', 'down', 'start', 'stop', 'restart', 'pull']),
  services: z.array(id).check(z.maxLength(1000)),
  /** With `down`: the named volumes too. */
  volumes: z.optional(z.boolean()),
  /** With `up`: how many containers of a service. */
  scale: z.optional(z.record(z.string(), z.number().check(z.minimum(0), z.maximum(1000)))),
});
export type ComposeRequest = z.infer<typeof composeRequestSchema>;

/** Channels of Compose projects. */
export const composeChannels = {
  /** `paths` are files or folders that were opened before; projects that run are found by themselves. */
  'compose.list': call<readonly ComposeProject[]>()(z.object({ paths: z.array(path).check(z.maxLength(200)) })),
  'compose.open': call<ComposeProject>()(z.object({ path })),
  /** Makes a folder with a file in it; `~/` is the home directory of who runs the app. */
  'compose.create': call<{ readonly directory: string }>()(
    z.object({ directory: text.check(z.regex(/^(~?\/)./)), template: z.enum(COMPOSE_TEMPLATES) }),
  ),
  'compose.text': call<{ readonly text: string }>()(z.object({ path })),
  /** The project as it would be with another text of a file. */
  'compose.check': call<ComposeProject>()(z.object({ path, text: z.string().check(z.maxLength(1024 * KIB)) })),
  /** All that may be written in a Compose file. */
  'compose.keys': call<ComposeKeys>()(z.object({})),
  'compose.save': call<Nothing>()(z.object({ path, text: z.string().check(z.maxLength(1024 * KIB)) })),
};
