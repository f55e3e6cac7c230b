import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import tar from 'tar-stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contextPatterns, locateContext, registryConfigHeader } from './build-context.ts';
import { DockerConfig } from './docker-config.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-patterns-'));
  mkdirSync(join(root, 'docker'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

it('reads what a build leaves out from the Dockerfile’s own ignore file, else from the usual one', async () => {
  expect((await contextPatterns(root)).isEmpty).toBe(true);
  writeFileSync(join(root, '.dockerignore'), '# a comment\nusual\n');
  writeFileSync(join(root, 'docker/other.dockerignore'), 'own\n');
  const left = async (file?: string): Promise<string[]> => {
    const patterns = await contextPatterns(root, file);
    return ['usual', 'own', '# a comment'].filter((path) => patterns.matches(path));
  };
  expect(await left()).toEqual(['usual']);
  expect(await left('docker/plain')).toEqual(['usual']);
  expect(await left('docker/other')).toEqual(['own']);
});

it('takes the standard input for a Dockerfile or an archive, and a name only beside an archive', async () => {
  const plain = 'FROM scratch\n';
  const chunked = (content: Buffer): Readable => Readable.from([content.subarray(0, 3), content.subarray(3)]);
  const located = async (content: Buffer, file?: string): Promise<string> => {
    const context = await locateContext('-', file, chunked(content));
    if (context.kind !== 'archive') throw new Error(context.kind);
    const whole = await buffer(context.stream);
    return `${context.dockerfile} ${whole.equals(content)}`;
  };
  const archive = tar.pack();
  archive.entry({ name: 'Dockerfile' }, plain);
  archive.finalize();
  const packed = await buffer(archive);
  expect(await located(Buffer.from(plain))).toBe(' true');
  expect(await located(packed)).toBe(' true');
  for (const content of [packed, gzipSync(packed), zstdCompressSync(packed)])
    expect(await located(content, 'other')).toBe('other true');
  const ambiguous = 'ambiguous Dockerfile source';
  await expect(located(Buffer.from(plain), 'other')).rejects.toThrow(ambiguous);
  await expect(located(Buffer.from('x'.repeat(5000)), 'other')).rejects.toThrow(ambiguous);
});

it('hands a build the logins of the registries that it may need', async () => {
  const hosts = ['https://index.docker.io/v1/', 'one.example', 'two.example:5000'];
  const auths = Object.fromEntries(hosts.map((host) => [host, { auth: btoa(`ada:${host}`) }]));
  writeFileSync(join(root, 'config.json'), JSON.stringify({ auths, credHelpers: { 'broken.example': 'no-such' } }));
  const sent = async (dockerfile: string, ...others: string[]): Promise<string[]> => {
    const header = await registryConfigHeader(dockerfile, new DockerConfig(root, {}), others);
    const text = Buffer.from(header['X-Registry-Config'] ?? '', 'base64url').toString();
    return text === '' ? [] : Object.keys(JSON.parse(text) as object).sort();
  };
  const all = ['docker.io', 'one.example', 'two.example:5000'];
  expect(await sent('FROM scratch')).toEqual([]);
  expect(await sent('FROM --platform=linux/arm64 one.example/base AS x')).toEqual(['one.example']);
  expect(await sent('FROM scratch\nCOPY --from=two.example:5000/a /x /', 'one.example/cache')).toEqual(all.slice(1));
  expect(await sent('FROM scratch\nRUN --mount=type=bind,from=one.example/a,target=/x true')).toEqual(['one.example']);
  // Nothing is known of what stands in an archive or comes from elsewhere, nor of what variables hold.
  expect(await sent('')).toEqual(all);
  expect(await sent('ARG BASE\nFROM $BASE')).toEqual(all);
  expect(await sent('FROM ${REGISTRY}/base')).toEqual(all);
  expect(await sent('FROM scratch\nCOPY --from=${BASE} /x /')).toEqual(all);
});
