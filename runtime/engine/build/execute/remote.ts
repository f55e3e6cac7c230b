import { posix } from 'node:path';
import { EngineError } from '../../errors.ts';
import { send } from '../../registry/http.ts';
import type { ProxySettings } from '../../registry/proxy.ts';
import { FileTree } from '../tree/file-tree.ts';
import type { Selection } from '../tree/select.ts';

/** ms without a byte before a download fails. */
const STALL_TIME = 30_000;
const DOWNLOAD_MODE = 0o600;

/** Fetches an http(s) address as a file. Throws `invalid` when the checksum differs, `internal` when it cannot be had. */
export async function fetchFile(
  address: string,
  checksum: string,
  spoolPath: string,
  headers: Readonly<Record<string, string>>,
  proxies: ProxySettings,
  signal: AbortSignal,
): Promise<Selection> {
  const url = new URL(address);
  const {
    status,
    headers: answer,
    body,
  } = await send({
    method: 'GET',
    url,
    headers: { ...headers },
    signal,
    stallTime: STALL_TIME,
    insecure: false,
    proxies,
  });
  if (status >= 400) {
    body.resume();
    throw new EngineError('invalid', `invalid response status ${status} for ${address}`);
  }
  const name = posix.basename(decodeURIComponent(url.pathname)) || '__unnamed__';
  const time = Date.parse(answer['last-modified'] ?? '');
  const modified = BigInt(Number.isNaN(time) ? 0 : time) * 1_000_000n;
  const tree = await FileTree.ofStream(
    { path: name, mode: DOWNLOAD_MODE, modified },
    body as AsyncIterable<Buffer>,
    spoolPath,
  );
  const entry = tree.get(name);
  if (entry === undefined) throw new EngineError('internal', `${address} has no name`);
  if (checksum !== '' && checksum !== `sha256:${entry.content}`) {
    await tree.dispose();
    throw new EngineError('invalid', `digest mismatch sha256:${entry.content}: ${checksum}`);
  }
  return { tree, kind: 'file', name, members: [{ entry, path: '' }] };
}
