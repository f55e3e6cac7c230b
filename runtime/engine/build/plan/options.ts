import type { HostConfig } from '../../containers/config.ts';
import type { Platform } from '../../images/platform.ts';
import type { Reference } from '../../images/reference.ts';
import type { CacheOptions } from '../cache/remote/cache-options.ts';
import type { Credentials } from '../../registry/credentials.ts';
import type { BuildSource } from '../source.ts';

/** Where secrets come from: a map of them, or a client that is asked. */
export interface SecretSource {
  get(id: string): Promise<Buffer | undefined> | Buffer | undefined;
}

/** A socket that leads to an ssh agent. */
export interface OpenAgent {
  readonly path: string;
  /** After the last use. */
  release(): Promise<void>;
}

/** Whom the socket of an agent is for, inside the step. */
export interface AgentOwner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Where ssh agents come from. */
export interface AgentSource {
  /** The socket of an agent for a user of a container; null when there is none of this name. */
  open(id: string, owner: AgentOwner): Promise<OpenAgent | null>;
}

/** Agents that listen on this machine, by id. */
export function localAgents(sockets: ReadonlyMap<string, string>): AgentSource {
  return {
    open: (id) => {
      const path = sockets.get(id);
      return Promise.resolve(path === undefined ? null : { path, release: () => Promise.resolve() });
    },
  };
}

/** How an image came to be, as it is to be told. */
export interface ProvenanceOptions {
  /** Whether variables, labels and the Dockerfile's text are told. */
  readonly mode: 'min' | 'max';
  /** Of SLSA's predicate. */
  readonly version: 'v0.2' | 'v1';
  /** Who built it, as an address; '' for nobody in particular. */
  readonly builder: string;
  /** Whether the caller says that the same build gives the same image. */
  readonly reproducible: boolean;
}

/** What is to be said of a result besides. */
export interface AttestationOptions {
  /** null for nothing. */
  readonly provenance: ProvenanceOptions | null;
  /** Whether the packages in the result are listed. */
  readonly sbom: boolean;
}

export const NO_ATTESTATIONS: AttestationOptions = { provenance: null, sbom: false };

/** A build whose result another one uses. */
export interface LinkedBuild {
  readonly options: BuildOptions;
  readonly source: (signal: AbortSignal) => BuildSource;
}

/** Everything that a build is asked for, whatever door it came through. */
export interface BuildOptions {
  readonly references: readonly Reference[];
  /** Path of the Dockerfile in the context. */
  readonly dockerfile: string;
  /** Stage to build; '' for the last one. */
  readonly target: string;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly labels: Readonly<Record<string, string>>;
  /** null: the machine's. */
  readonly platform: Platform | null;
  readonly noCache: boolean;
  /** Stages that are built anew. */
  readonly noCacheFilter: readonly string[];
  /** Ask the registry for base images even if they are there. */
  readonly pull: boolean;
  /** Network of RUN: `default`, `none`, `host`, or a network's name. */
  readonly network: string;
  /** Limits and other settings of the containers of RUN. */
  readonly hostConfig: HostConfig;
  readonly secrets: SecretSource;
  readonly agents: AgentSource;
  /** Names for `FROM` and `--from` that stand for something else: `docker-image://...`, `local:...`, `input:...`, an address. */
  readonly namedContexts: ReadonlyMap<string, string>;
  /** Builds whose results this one begins with or copies from, by what `input:` says. */
  readonly linked: ReadonlyMap<string, LinkedBuild>;
  /** Credentials for a registry. */
  readonly credentials: (domain: string) => Credentials | Promise<Credentials>;
  /** Several platforms: an image for each; empty for that of `platform` alone. */
  readonly platforms: readonly Platform[];
  readonly caches: CacheOptions;
  readonly attestations: AttestationOptions;
  /** Where the client says that the sources come from: `source`, `revision`. */
  readonly versionControl: ReadonlyMap<string, string>;
  /** Layers of the result are put together into one above those of the base image. */
  readonly squash: boolean;
  /** What its RUNs may ask for: `network.host`, `security.insecure`, `device`, `device=NAME`. */
  readonly entitlements: ReadonlySet<string>;
}

/** Seconds that SOURCE_DATE_EPOCH gives for all times; null without it. */
export function sourceDateEpoch({ buildArgs }: Pick<BuildOptions, 'buildArgs'>): number | null {
  const text = buildArgs.get('SOURCE_DATE_EPOCH') ?? '';
  return /^\d{1,12}$/.test(text) ? Number(text) : null;
}

/** ms since the epoch as RFC 3339, in the form of Go: without a fraction where there is none. */
export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}
