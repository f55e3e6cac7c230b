import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { EngineError } from '../errors.ts';
import type { Digest } from '../store/digest.ts';
import { parseLocation, TransportError, type HttpResponse } from './http.ts';
import { refusal, type RegistrySession } from './session.ts';

/** How a blob came to be in the registry. */
export type UploadOutcome = 'exists' | 'mounted' | 'pushed';

/** A stored blob to upload. */
export interface UploadBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly path: string;
}

/**
 * Makes sure that the registry has a blob (OCI distribution-spec 1.1, "Pushing blobs"): asks first, then tries to
 * mount it from a repository it may already be in, then uploads it in one piece.
 */
export async function uploadBlob(
  session: RegistrySession,
  blob: UploadBlob,
  mountFrom: string | null,
  onBytes: (sent: number) => void,
): Promise<UploadOutcome> {
  if (await blobExists(session, blob.digest)) return 'exists';
  for (let attempt = 0; ; attempt += 1) {
    try {
      const started = await startUpload(session, blob.digest, attempt === 0 ? mountFrom : null);
      if (started === null) return 'mounted';
      await sendBlob(session, started, blob, onBytes);
      return 'pushed';
    } catch (error) {
      if (!(error instanceof TransportError) || attempt >= session.retries) throw error;
      await session.pause(attempt);
    }
  }
}

/** Makes a blob of another repository of the same registry one of this repository. Throws when the registry does not. */
export async function mountBlob(session: RegistrySession, digest: Digest, from: string): Promise<void> {
  if (await blobExists(session, digest)) return;
  session.addScope(from);
  if ((await startUpload(session, digest, from)) !== null)
    throw new EngineError('internal', `${session.host} does not take ${digest} over from ${from}`);
}

/** Whether a repository has a blob. */
export async function blobExists(session: RegistrySession, digest: Digest): Promise<boolean> {
  const target = `/v2/${session.repository}/blobs/${digest}`;
  const response = await session.request({ method: 'HEAD', target });
  response.body.resume();
  if (response.status === 200) return true;
  if (response.status === 404) return false;
  throw await refusal(response, 'push');
}

/** Address to send the bytes to, or null when the mount made that needless. */
async function startUpload(session: RegistrySession, digest: Digest, mountFrom: string | null): Promise<URL | null> {
  const query = mountFrom === null ? '' : `?${new URLSearchParams({ mount: digest, from: mountFrom }).toString()}`;
  const target = `/v2/${session.repository}/blobs/uploads/${query}`;
  const response = await session.request({ method: 'POST', target, headers: { 'Content-Length': 0 } });
  if (response.status === 201 && mountFrom !== null) {
    response.body.resume();
    return null;
  }
  if (response.status !== 202) throw await refusal(response, 'push');
  return locationOf(response);
}

function locationOf(response: HttpResponse): URL {
  response.body.resume();
  const { location } = response.headers;
  if (location === undefined) throw new EngineError('internal', `${response.url.host} gave no upload location`);
  return parseLocation(location, response.url);
}

/** One PATCH with all bytes, then the closing PUT: what every registry knows, as it is how Docker pushes. */
async function sendBlob(
  session: RegistrySession,
  location: URL,
  blob: UploadBlob,
  onBytes: (sent: number) => void,
): Promise<void> {
  let sent = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _, done) {
      sent += chunk.length;
      onBytes(sent);
      done(null, chunk);
    },
  });
  const file = createReadStream(blob.path, { highWaterMark: 256 * 1024 });
  file.on('error', (error) => meter.destroy(error));
  meter.on('close', () => file.destroy());
  file.pipe(meter);
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': blob.size };
  let patched: HttpResponse;
  try {
    patched = await session.request({ method: 'PATCH', target: location, headers, body: meter });
  } finally {
    meter.destroy();
  }
  if (patched.status >= 500) {
    patched.body.resume();
    throw new TransportError(`${session.host} answered ${patched.status} to an upload`, 'EBUSY');
  }
  if (patched.status !== 202) throw await refusal(patched, 'push');
  const target = locationOf(patched);
  target.searchParams.set('digest', blob.digest);
  const closed = await session.request({ method: 'PUT', target, headers: { 'Content-Length': 0 } });
  if (closed.status !== 201 && closed.status !== 204) throw await refusal(closed, 'push');
  closed.body.resume();
}

/** Puts a manifest under a tag (or its digest). */
export async function uploadManifest(
  session: RegistrySession,
  reference: string,
  mediaType: string,
  bytes: Buffer,
): Promise<void> {
  const response = await session.request({
    method: 'PUT',
    target: `/v2/${session.repository}/manifests/${reference}`,
    headers: { 'Content-Type': mediaType, 'Content-Length': bytes.length },
    body: bytes,
  });
  if (response.status !== 201 && response.status !== 200) throw await refusal(response, 'push');
  response.body.resume();
}
