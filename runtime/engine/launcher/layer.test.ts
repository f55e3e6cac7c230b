import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLauncher } from './client.ts';
import type { Launcher } from './interface.ts';

/** The archive's bytes in chunks, as a stream that knows nothing of tar. */
async function whole(archive: AsyncIterable<unknown>): Promise<Readable> {
  const bytes = await buffer(Readable.from(archive));
  const chunks = Array.from({ length: Math.ceil(bytes.length / 65536) }, (_, index) =>
    bytes.subarray(index * 65536, (index + 1) * 65536),
  );
  return Readable.from(chunks);
}

let directory: string;
let launcher: Launcher;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bl-'));
  launcher = await openLauncher({ runDirectory: join(directory, 'run') });
});
afterAll(async () => {
  await launcher.close();
  await rm(directory, { recursive: true });
});

test('a layer goes from the connection to the directory', async () => {
  const target = join(directory, 'good');
  await launcher.makeDirectory(target, 0o755);
  const archive = pack();
  archive.entry({ name: 'a/', type: 'directory' });
  archive.entry({ name: 'a/file' }, 'x'.repeat(300_000));
  archive.finalize();
  expect(await launcher.applyLayer(await whole(archive), target, [])).toMatchObject({ size: 300_000, warnings: [] });
  expect((await readFile(join(target, 'a/file'), 'utf8')).length).toBe(300_000);
  await launcher.removeTree(target);
});

test('a refused layer says why, however much still comes', async () => {
  const target = join(directory, 'bad');
  await launcher.makeDirectory(target, 0o755);
  const archive = pack();
  archive.entry({ name: '../escape' }, 'x');
  for (let index = 0; index < 50; index++) archive.entry({ name: `f${index}` }, Buffer.alloc(200_000));
  archive.finalize();
  const outcome = launcher.applyLayer(await whole(archive), target, []);
  await expect(outcome).rejects.toMatchObject({ kind: 'internal' });
  expect(await readdir(directory)).not.toContain('escape');
});

test('a source that fails is what the caller learns of', async () => {
  const target = join(directory, 'broken');
  await launcher.makeDirectory(target, 0o755);
  const source = new Readable({
    read() {
      this.destroy(new Error('the registry hung up'));
    },
  });
  await expect(launcher.applyLayer(source, target, [])).rejects.toThrow('the registry hung up');
});
