import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';

/** `sha256:` and 64 lower-case hexadecimal digits (OCI image-spec descriptor.md, "Digests"). */
export type Digest = `sha256:${string}`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether a text is a digest of the one algorithm the engine stores. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** Checks a digest that came from outside, before it is used in a path, a URL or a comparison. */
export function parseDigest(text: unknown, what: string): Digest {
  if (isDigest(text)) return text;
  throw new EngineError(
    'invalid',
    `${what} has an invalid or unsupported digest ${JSON.stringify(text).slice(0, 100)}`,
  );
}

/** Digest of bytes. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The 64 hexadecimal digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** Chain ids of a stack of layers, lowest first (OCI image-spec config.md, "Layer ChainID"). */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? diffId : digestOf(`${parent} ${diffId}`));
  }
  return chain;
}
