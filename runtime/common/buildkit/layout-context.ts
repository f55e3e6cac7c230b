import { resolve } from 'node:path';
import { hasBlob, taggedDigest } from './content-service.ts';

/** An image in a directory of this machine, as an engine is told of it. */
export interface LayoutContext {
  /** What the context stands for: `oci-layout://STORE@DIGEST`. */
  readonly address: string;
  /** The name that the engine asks the session's content for. */
  readonly store: string;
  readonly directory: string;
}

/** Whether a further context of a build is an image in an OCI image layout. */
export function isLayout(context: string): boolean {
  return context.startsWith('oci-layout://');
}

/**
 * Reads `oci-layout://PATH[:TAG][@DIGEST]`, relative paths from `from`. null when the directory has no such image, or is no
 * layout.
 */
export async function layoutContext(context: string, from: string): Promise<LayoutContext | null> {
  const [, path = '', tag = 'latest', digest] =
    /^oci-layout:\/\/([^:@]+)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(context) ?? [];
  if (path === '') return null;
  const directory = resolve(from, path);
  const found = digest ?? (await taggedDigest(directory, tag));
  if (found === null || !(await hasBlob(directory, found))) return null;
  // Lists of contexts are parted by commas.
  const name = directory.replaceAll(',', ';');
  return { address: `oci-layout://${name}@${found}`, store: `oci:${name}`, directory };
}
