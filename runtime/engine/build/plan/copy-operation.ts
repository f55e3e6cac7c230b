import type { Vertex } from './vertex.ts';

/** What COPY and ADD do, with all variables expanded. */
export interface CopyOperation {
  readonly kind: 'copy';
  readonly isAdd: boolean;
  /** Where the sources are; null for the context. */
  readonly from: Vertex | null;
  /** Which of the contexts, when they are in one; '' for the build's own. */
  readonly context: string;
  /** Paths and patterns, absolute. */
  readonly sources: readonly string[];
  /** Addresses that ADD fetches. */
  readonly remotes: readonly string[];
  /** Files whose content stands in the Dockerfile. */
  readonly inline: readonly { readonly name: string; readonly content: string }[];
  /** Absolute; with a final slash when it is a directory for certain. */
  readonly destination: string;
  readonly chown: string;
  readonly chmod: string;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  readonly checksum: string;
  readonly keepGitDir: boolean;
  readonly unpack: boolean | null;
}
