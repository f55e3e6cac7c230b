import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Bytes of one layer before compression; five make 150 MB. */
const LAYER_SIZE = 30e6;

/** Files below a directory that are no larger than `largest` bytes, until they are `LAYER_SIZE` together. */
function* files(directory: string, largest: number, budget: { left: number }): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (budget.left <= 0) return;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      yield* files(path, largest, budget);
    } else if (entry.isFile()) {
      const { size } = statSync(path);
      if (size > largest) continue;
      budget.left -= size;
      yield path;
    }
  }
}

async function tarOf(entries: Iterable<readonly [name: string, content: Buffer]>): Promise<Buffer> {
  const tar = pack();
  const chunks: Buffer[] = [];
  const read = (async () => {
    for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  })();
  for (const [name, content] of entries) tar.entry({ name, mode: 0o755, mtime: new Date(0) }, content);
  tar.finalize();
  await read;
  return Buffer.concat(chunks);
}

function* copies(directory: string, largest: number): Generator<readonly [string, Buffer]> {
  for (const path of files(directory, largest, { left: LAYER_SIZE })) yield [path.slice(1), readFileSync(path)];
}

/** The small image that the measurements run: static busybox, and programs of the bench's own. */
export async function smallImage(programs: readonly (readonly [string, Buffer])[] = []): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'bin', type: 'directory', mode: 0o755 });
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, readFileSync('/bin/busybox'));
  for (const name of ['sh', 'true', 'sleep']) tar.entry({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' });
  for (const [name, content] of programs) tar.entry({ name, mode: 0o755 }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function put(url: string, method: string, type: string, body?: Buffer): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { 'Content-Type': type },
    body: (body as BodyInit | undefined) ?? null,
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}

async function uploadBlob(repository: string, bytes: Buffer): Promise<string> {
  const digest = sha256(bytes);
  const begun = await put(`${repository}/blobs/uploads/`, 'POST', 'application/octet-stream');
  const location = new URL(begun.headers.get('location') ?? '', repository);
  location.searchParams.set('digest', digest);
  await put(location.href, 'PUT', 'application/octet-stream', bytes);
  return digest;
}

/**
 * Pushes an image of five gzip layers, 150 MB unpacked, to a registry: shared objects, programs, many small files, text,
 * all copied from this machine, and random bytes. Returns its reference and a description.
 */
export async function pushLargeImage(host: string): Promise<{ reference: string; description: string }> {
  const layers = [
    await tarOf(copies('/usr/lib', 20e6)),
    await tarOf(copies('/usr/bin', 10e6)),
    await tarOf(copies('/usr/share', 8e3)),
    await tarOf(copies('/usr/include', 1e6)),
    await tarOf([['random', randomBytes(LAYER_SIZE)]]),
  ];
  const repository = `http://${host}/v2/bench/large`;
  const descriptors = [];
  for (const layer of layers) {
    const gzip = gzipSync(layer, { level: 6 });
    const mediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
    descriptors.push({ mediaType, size: gzip.length, digest: await uploadBlob(repository, gzip) });
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '2026-01-01T00:00:00Z',
      config: { Cmd: ['/usr/bin/true'] },
      rootfs: { type: 'layers', diff_ids: layers.map(sha256) },
      history: layers.map(() => ({ created: '2026-01-01T00:00:00Z', created_by: 'bench' })),
    }),
  );
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = {
    schemaVersion: 2,
    mediaType: type,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: await uploadBlob(repository, config),
    },
    layers: descriptors,
  };
  await put(`${repository}/manifests/latest`, 'PUT', type, Buffer.from(JSON.stringify(manifest)));
  const megabytes = (sizes: readonly number[]): string => (sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(0);
  const plain = megabytes(layers.map(({ length }) => length));
  const packed = megabytes(descriptors.map(({ size }) => size));
  return {
    reference: `${host}/bench/large:latest`,
    description: `${layers.length} layers, ${plain} MB, ${packed} MB as gzip`,
  };
}
