import type { Readable } from 'node:stream';
import type { MountStep, ProcessIdentity, RootFilesystem } from './types.ts';

/** A container's tree as the launcher looks at it. */
export type ContainerView =
  /** A running container, from inside its mount namespace. `bare`: without what is mounted in it. */
  | { readonly process: ProcessIdentity; readonly bare: boolean }
  /** A stopped one, mounted in a throw-away namespace. */
  | { readonly root: Omit<RootFilesystem, 'volatile'>; readonly mounts: readonly MountStep[] };

/** What is at a path inside a container. */
export interface Place {
  /** st_mode. */
  readonly mode: number;
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
  /** Directory that holds it, with links resolved; for a directory named with a final slash, itself. */
  readonly parent: string;
  /** A link's text; '' for anything else. */
  readonly link: string;
  /** Where a link ends; '' when it ends nowhere. */
  readonly end: string;
}

/** What is to have an SELinux label. */
export interface LabelledBind {
  readonly step: MountStep;
  readonly label: string;
}

/** One line of `docker diff`. */
export interface LayerChange {
  readonly kind: 'modified' | 'added' | 'deleted';
  /** Absolute path. */
  readonly path: string;
}

/** How an archive is put into a container. */
export interface ExtractOptions {
  /** Refuse to replace a directory by anything else, and the other way round. */
  readonly keepKinds: boolean;
  /** `user[:group]`, looked up in the container, to own everything; '' for the archive's own owners. */
  readonly owner: string;
}

/**
 * Files of containers and volumes, read and written by a process of the launcher that has entered the container's tree and
 * runs nothing there. All reject with LaunchError; its errno tells why (ENOENT, ENOTDIR, EROFS, ...).
 */
export interface StorageLauncher {
  /** Looks at an absolute path. Links are followed inside the container; the last part only with a final `/` or `/.`. */
  stat(view: ContainerView, path: string): Promise<Place>;
  /** An archive of what is at a path; its entries are called `name` and `name/...`. It errors when it cannot be whole. */
  archive(view: ContainerView, path: string, name: string): Promise<{ place: Place; tar: Readable }>;
  /** Unpacks a plain archive into the directory at a path. */
  extract(view: ContainerView, path: string, tar: Readable, options: ExtractOptions): Promise<void>;
  /**
   * What an overlay's upper directory changes in its layers (topmost first), in no order. `complete`: it is no overlay's
   * but a whole tree, a changed copy of the layers.
   */
  changes(lower: readonly string[], upper: string, complete: boolean): Promise<LayerChange[]>;
  /** The same as an uncompressed OCI layer. */
  layer(lower: readonly string[], upper: string, complete: boolean): Promise<Readable>;
  /**
   * Takes away from an overlay's upper directory, which nothing uses any more, what is no part of its layer: sockets, and
   * empty places of mounts (the launcher's own, and `stubs`: relative paths, parents first). The root is given back to
   * root, mode 0755. Bytes in its regular files.
   */
  tidy(lower: readonly string[], upper: string, stubs: readonly string[]): Promise<number>;
  /** Bytes in the regular files of a directory of the host. */
  usage(path: string): Promise<number>;
  /** Copies what the container's tree has at each mount's destination into its source, where that is empty. */
  fill(view: ContainerView, volumes: readonly MountStep[]): Promise<void>;
  /** Copies layers (topmost first) one over the other into an empty directory. */
  flatten(lower: readonly string[], target: string): Promise<void>;
  /** Gives an SELinux label to the source of each bind and to all below it, where its filesystem keeps labels. */
  relabel(binds: readonly LabelledBind[]): Promise<void>;
  /** Rejects when no overlay can be used in an empty directory. */
  probeOverlay(directory: string): Promise<void>;
}
