import type { DockerApi } from '../../common/docker-api.ts';
import type { DockerConfig } from '../../common/docker-config.ts';

/** What happens to one object of a project. */
export interface ProgressEvent {
  /** `Container shop-web-1`, `Network shop_default`. */
  readonly object: string;
  /** `Creating`, `Created`, `Healthy`. */
  readonly status: string;
  readonly state: 'working' | 'done' | 'warning' | 'error';
}

/** What an operation may use of the world. Every wait ends when `signal` is aborted. */
export interface ComposeContext {
  readonly api: DockerApi;
  readonly progress: (event: ProgressEvent) => void;
  /** What builds print, and commands that are run for a change of files; left out where nobody reads it. */
  readonly output?: ((text: string) => void) | undefined;
  /** What commands print that are run when a container starts or stops; left out where nobody reads it. */
  readonly hookOutput?:
    ((container: { readonly service: string; readonly name: string }, line: string) => void) | undefined;
  readonly signal: AbortSignal;
  /** The X-Registry-Auth header for an image's registry. */
  readonly registryAuth: (image: string) => Promise<Record<string, string>>;
  /** Where logins to registries are kept. */
  readonly registries: DockerConfig;
  /** Path of the engine's socket on its own machine, for `use_api_socket`. */
  readonly socketPath: string;
  /** What programs that help are run with. */
  readonly environment: NodeJS.ProcessEnv;
  /** Nothing is to be changed: no program that would is run. */
  readonly isDryRun?: boolean;
  /** Value of a variable of the environment. */
  readonly variable: (name: string) => string | undefined;
}

/** Does something with an object, and tells when it begins and how it ends. */
export async function reported<T>(
  context: ComposeContext,
  object: string,
  [working, done]: readonly [string, string],
  action: () => Promise<T>,
): Promise<T> {
  context.progress({ object, status: working, state: 'working' });
  try {
    const result = await action();
    context.progress({ object, status: done, state: 'done' });
    return result;
  } catch (error) {
    context.progress({ object, status: 'Error', state: 'error' });
    throw error;
  }
}
