import * as z from 'zod/mini';
import { call, id, KIB, stream, text } from './define.ts';
import type { ByteProgress } from './volumes.ts';

/** One step of an image's history, newest first. */
export interface HistoryStep {
  readonly createdAt: number;
  /** The instruction, as the builder wrote it down. */
  readonly createdBy: string;
  readonly size: number;
  readonly comment: string;
  /** Whether it made a layer. */
  readonly empty: boolean;
}

/** A path in a layer. */
export interface LayerFile {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly directory: boolean;
  readonly linkTarget: string;
  readonly change: 'added' | 'modified' | 'deleted';
  /** Number of the layer that replaces or deletes it, so that it is carried for nothing; null when none does. */
  readonly lostIn: number | null;
}

/** One layer, from the bottom up. */
export interface ImageLayer {
  readonly digest: string;
  readonly createdBy: string;
  /** Bytes of the files in it. */
  readonly size: number;
  /** Bytes of it that later layers replace or delete: they are carried for nothing. */
  readonly wasted: number;
  /** At most `MAX_LAYER_FILES`, largest directories first cut. */
  readonly files: readonly LayerFile[];
  /** How many paths there are in all. */
  readonly fileCount: number;
}

export type LayersMessage =
  | { readonly kind: 'progress'; readonly bytes: number }
  /** One for each layer, from the bottom up, when all have been read. */
  | { readonly kind: 'layer'; readonly layer: Omit<ImageLayer, 'files'> }
  /** Files of the layer that was told of last; several for a large one. */
  | { readonly kind: 'files'; readonly files: readonly LayerFile[] };

/** Paths of one layer that are sent to the page. */
export const MAX_LAYER_FILES = 20_000;

/** A path that two images do not have alike. */
export interface ComparedFile {
  readonly path: string;
  /** Bytes in the later image; 0 where it is not there. */
  readonly size: number;
  /** Bytes in the earlier image; 0 where it is not there. */
  readonly before: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly directory: boolean;
  readonly linkTarget: string;
  /** What the later image does to it. */
  readonly change: 'added' | 'modified' | 'deleted';
}

interface FilesTotal {
  /** Without directories. */
  readonly files: number;
  readonly bytes: number;
}

/** How much two images differ. */
export interface ComparisonTotals {
  readonly earlier: FilesTotal;
  readonly later: FilesTotal;
  readonly added: FilesTotal;
  /** `bytes` is by how much they grew, negative where they shrank. */
  readonly modified: FilesTotal;
  readonly deleted: FilesTotal;
  /** How many paths differ in all, directories included. */
  readonly changes: number;
}

export type ComparisonMessage =
  | { readonly kind: 'progress'; readonly bytes: number }
  /** Once, when both have been read. */
  | { readonly kind: 'totals'; readonly totals: ComparisonTotals }
  /** At most `MAX_LAYER_FILES` in all, several messages for many. */
  | { readonly kind: 'files'; readonly files: readonly ComparedFile[] };

/** A result of a registry's search. */
export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
}

/** What the page of an image shows; `raw` is the engine's own answer. */
export interface ImageDetails {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  /** null when the image does not say. */
  readonly createdAt: number | null;
  readonly size: number;
  readonly platform: string;
  readonly author: string;
  /** Digests of the layers' unpacked content, from the bottom up: what two images share has the same. */
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDir: string;
  /** Empty for root. */
  readonly user: string;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly raw: unknown;
}

/** Channels of images beyond the list. */
export const imageChannels = {
  'images.inspect': call<ImageDetails>()(z.object({ reference: id })),
  'images.history': call<readonly HistoryStep[]>()(z.object({ reference: id })),
  /** Reads the image as `docker save` gives it, and looks into every layer. */
  'images.layers': stream<LayersMessage>()(z.object({ reference: id }), 16 * 1024 * KIB),
  /** Reads both as `docker save` gives them, and tells what files the later one adds, changes and takes away. */
  'images.compare': stream<ComparisonMessage>()(z.object({ earlier: id, later: id }), 16 * 1024 * KIB),
  /** Bytes: the tar of `docker save`. */
  'images.save': stream<ByteProgress>()(
    z.object({ references: z.array(id).check(z.minLength(1), z.maxLength(64)) }),
    1024 * KIB,
  ),
  /** Takes the bytes of such a tar; the last item names what was loaded. */
  'images.load': stream<{ readonly bytes: number; readonly loaded: readonly string[] }>()(
    z.object({}),
    64 * KIB,
    z.object({}),
  ),
  'images.search': call<readonly SearchResult[]>()(z.object({ term: text }), 60_000),
};
