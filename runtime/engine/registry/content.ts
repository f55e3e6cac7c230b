import { EngineError } from '../errors.ts';
import { DOCUMENT_SIZE_MAX, MEDIA_TYPES } from '../images/manifest.ts';
import { digestOf, isDigest, type Digest } from '../store/digest.ts';
import { cancelled, readBody, transportError, TransportError, type HttpResponse } from './http.ts';
import { refusal, type RegistrySession } from './session.ts';

const ACCEPT = [MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerList, MEDIA_TYPES.ociIndex, MEDIA_TYPES.ociManifest].join(
  ', ',
);

export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly contentType: string;
}

/** Fetches a manifest or index by tag or digest; one named by digest is checked against it. */
export async function fetchManifest(session: RegistrySession, reference: string): Promise<FetchedManifest> {
  const target = `/v2/${session.repository}/manifests/${reference}`;
  for (let attempt = 0; ; attempt += 1) {
    const response = await session.request({ method: 'GET', target, headers: { Accept: ACCEPT } });
    if (response.status !== 200) throw await refusal(response, 'manifest');
    try {
      const bytes = await readBody(response, DOCUMENT_SIZE_MAX);
      const digest = digestOf(bytes);
      if (isDigest(reference) && digest !== reference)
        throw new EngineError(
          'invalid',
          `manifest verification failed for digest ${reference}: the registry sent ${digest}`,
        );
      return { bytes, digest, contentType: response.headers['content-type'] ?? '' };
    } catch (error) {
      if (!(error instanceof TransportError) || attempt >= session.retries) throw error;
      await session.pause(attempt);
    }
  }
}

/** Fetches a small blob (a configuration) whole and checks it. */
export async function fetchSmallBlob(session: RegistrySession, digest: Digest, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of fetchBlob(session, digest, size)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes) !== digest)
    throw new EngineError('invalid', `the registry sent wrong content for ${digest}: the digest does not match`);
  return bytes;
}

/**
 * The bytes of a blob, exactly `size` of them. A connection that breaks or stalls is taken up again where it broke
 * off (Range), as long as tries are left; each piece of progress gives all the tries back. The caller checks the digest.
 */
export async function* fetchBlob(
  session: RegistrySession,
  digest: Digest,
  size: number,
): AsyncGenerator<Buffer, void, undefined> {
  let received = 0;
  let attempt = 0;
  while (received < size || size === 0) {
    const before = received;
    try {
      const response = await openBlob(session, digest, received);
      let skip = response.status === 206 ? 0 : received;
      try {
        for await (const chunk of response.body as AsyncIterable<Buffer>) {
          const fresh = chunk.subarray(Math.min(skip, chunk.length));
          skip -= chunk.length - fresh.length;
          if (fresh.length === 0) continue;
          received += fresh.length;
          if (received > size)
            throw new EngineError('invalid', `the registry sent more than the ${size} bytes of ${digest}`);
          yield fresh;
        }
      } finally {
        response.body.destroy();
      }
      if (size === 0) return;
      if (received < size)
        throw new TransportError(`${session.host} ended ${digest} after ${received} of ${size} bytes`, 'ECONNRESET');
    } catch (error) {
      if (session.signal.aborted) throw cancelled();
      const wrapped = error instanceof EngineError ? error : transportError(error, await session.resolve('/'));
      if (received > before) attempt = 0;
      if (!(wrapped instanceof TransportError) || attempt >= session.retries) throw wrapped;
      await session.pause(attempt);
      attempt += 1;
    }
  }
}

async function openBlob(session: RegistrySession, digest: Digest, from: number): Promise<HttpResponse> {
  const target = `/v2/${session.repository}/blobs/${digest}`;
  const headers = from === 0 ? {} : { Range: `bytes=${from}-` };
  const response = await session.request({ method: 'GET', target, headers });
  if (response.status === 206) {
    const start = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1];
    if (start === String(from)) return response;
    response.body.destroy();
    throw new EngineError('internal', `${session.host} resumed ${digest} at the wrong place`);
  }
  if (response.status === 416 && from > 0) {
    response.body.resume();
    return session.request({ method: 'GET', target });
  }
  if (response.status !== 200) throw await refusal(response, `content ${digest}`);
  return response;
}
