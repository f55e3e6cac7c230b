import type { Platform } from '../../images/platform.ts';
import type { RunDevice } from '../dockerfile/run-devices.ts';
import type { RunMount } from '../dockerfile/run-mounts.ts';
import type { Vertex } from './vertex.ts';

/** A mount of RUN with its source found. */
export interface PlannedMount {
  readonly mount: RunMount;
  /** Absolute; '' for a secret that is only a variable. */
  readonly destination: string;
  /** The stage or image it comes from; null for the context, or for nothing. */
  readonly from: Vertex | null;
}

/** What RUN does, with all variables known. */
export interface RunOperation {
  readonly kind: 'run';
  readonly args: readonly string[];
  /** `NAME=value` */
  readonly environment: readonly string[];
  /** Variables that are not part of what the step is: proxies. */
  readonly quietEnvironment: readonly string[];
  readonly directory: string;
  readonly user: string;
  readonly mounts: readonly PlannedMount[];
  /** A script that is run in place of a command; null for none. */
  readonly script: { readonly name: string; readonly content: string } | null;
  readonly network: string;
  readonly isPrivileged: boolean;
  readonly devices: readonly RunDevice[];
  /** '' for that which all have. */
  readonly hostname: string;
  /** What its programs are for. */
  readonly platform: Platform;
}
