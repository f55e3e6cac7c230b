import * as z from 'zod/mini';
import { call, KIB, objectName, stream, type Nothing } from './define.ts';
import type { ByteProgress } from './volumes.ts';

/** An absolute path inside a container or volume. */
const path = z.string().check(z.regex(/^\//), z.maxLength(4096), z.regex(/^[^\0]*$/));

/** Where files are looked at: a container, running or not, or a volume. */
export const fileTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('container'), id: objectName }),
  z.object({ kind: z.literal('volume'), name: objectName }),
]);
export type FileTarget = z.infer<typeof fileTargetSchema>;

export type FileKind = 'file' | 'directory' | 'link' | 'device' | 'pipe' | 'other';

/** One entry of a directory. */
export interface FileEntry {
  readonly name: string;
  readonly kind: FileKind;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Permission bits, 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: number;
  /** Of a link; else empty. */
  readonly linkTarget: string;
}

/** Largest file that is opened as text, in bytes. */
export const MAX_TEXT_BYTES = 2 * 1024 * 1024;

/** Channels of files. */
export const fileChannels = {
  'files.list': call<{ readonly entries: readonly FileEntry[] }>()(
    z.object({ target: fileTargetSchema, path }),
    120_000,
  ),
  /** A file's text. `binary` when it is none: then `text` holds nothing. */
  'files.read': call<{
    readonly text: string;
    readonly binary: boolean;
    readonly size: number;
    readonly mode: number;
  }>()(z.object({ target: fileTargetSchema, path })),
  /** Replaces a file's text; mode and owner stay as they were. Makes the file if there is none. */
  'files.write': call<Nothing>()(
    z.object({ target: fileTargetSchema, path, text: z.string().check(z.maxLength(MAX_TEXT_BYTES)) }),
  ),
  'files.makeDirectory': call<Nothing>()(z.object({ target: fileTargetSchema, path })),
  /** Permission bits and owner. */
  'files.chmod': call<Nothing>()(
    z.object({
      target: fileTargetSchema,
      path,
      mode: z.int().check(z.gte(0), z.lte(0o7777)),
      uid: z.int().check(z.gte(0)),
      gid: z.int().check(z.gte(0)),
    }),
  ),
  /** Needs a running container: the API has no other way to take a file away. */
  'files.remove': call<Nothing>()(z.object({ target: fileTargetSchema, path })),
  /** Bytes of the file itself, or of a tar of the directory. */
  'files.download': stream<ByteProgress>()(z.object({ target: fileTargetSchema, path }), 1024 * KIB),
  /** Takes the bytes of one file of exactly `size` bytes into a directory. */
  'files.upload': stream<ByteProgress>()(
    z.object({
      target: fileTargetSchema,
      directory: path,
      name: z.string().check(z.regex(/^[^/\0]{1,255}$/)),
      size: z.int().check(z.gte(0)),
    }),
    64 * KIB,
    z.object({}),
  ),
};
