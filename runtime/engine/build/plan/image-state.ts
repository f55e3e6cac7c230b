import type { ImageConfig, HistoryEntry } from '../../images/config.ts';
import type { Platform } from '../../images/platform.ts';
import type { Vertex } from './vertex.ts';

export type MutableConfig = { -readonly [Key in keyof ImageConfig]: ImageConfig[Key] };

/** PATH where an image sets none (BuildKit's value). */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** One line of the history that a stage adds. */
export interface PlannedHistory {
  readonly createdBy: string;
  /** What may have made a layer; null for a setting. */
  readonly vertex: Vertex | null;
}

/** A stage's image as its instructions make it, one after the other. */
export class ImageState {
  config: MutableConfig;
  readonly platform: Platform;
  readonly osVersion: string;
  author: string;
  readonly isOci: boolean;
  /** History and author of the image it began with. */
  readonly baseHistory: readonly HistoryEntry[];
  readonly history: PlannedHistory[];
  /** Variables as RUN and expansion see them: those of the image, and ARGs. */
  readonly environment: Map<string, string>;
  /** ARGs in the order they were declared, for the history of RUN. */
  readonly buildArgs: Map<string, string>;
  filesystem: Vertex;
  /** Whether this stage itself has set CMD. */
  commandSet = false;

  constructor(start: {
    readonly config: ImageConfig;
    readonly platform: Platform;
    readonly osVersion: string;
    readonly author: string;
    readonly isOci: boolean;
    readonly baseHistory: readonly HistoryEntry[];
    readonly history: readonly PlannedHistory[];
    readonly environment: ReadonlyMap<string, string>;
    readonly buildArgs: ReadonlyMap<string, string>;
    readonly filesystem: Vertex;
  }) {
    this.config = { ...start.config };
    this.platform = start.platform;
    this.osVersion = start.osVersion;
    this.author = start.author;
    this.isOci = start.isOci;
    this.baseHistory = start.baseHistory;
    this.history = [...start.history];
    this.environment = new Map(start.environment);
    this.buildArgs = new Map(start.buildArgs);
    this.filesystem = start.filesystem;
    if (!(this.config.Env ?? []).some((entry) => entry.startsWith('PATH=')))
      this.config.Env = [...(this.config.Env ?? []), `PATH=${DEFAULT_PATH}`];
    for (const entry of this.config.Env ?? []) {
      const equals = entry.indexOf('=');
      if (equals > 0) this.environment.set(entry.slice(0, equals), entry.slice(equals + 1));
    }
  }

  /** A stage that begins with what this one ended with. */
  next(): ImageState {
    return new ImageState(this);
  }

  get directory(): string {
    return this.config.WorkingDir === undefined || this.config.WorkingDir === '' ? '/' : this.config.WorkingDir;
  }

  setVariable(key: string, value: string): void {
    this.environment.set(key, value);
    const entry = `${key}=${value}`;
    const env = this.config.Env ?? [];
    const at = env.findIndex((one) => one.startsWith(`${key}=`));
    this.config.Env = at < 0 ? [...env, entry] : env.map((one, index) => (index === at ? entry : one));
  }

  note(createdBy: string, vertex: Vertex | null = null): void {
    this.history.push({ createdBy, vertex });
  }
}
