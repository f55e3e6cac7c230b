import { readFile, readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { root } from '../fixtures/process.ts';

const MAX_FIRST_LOAD_BYTES = 250_000;

test('the first load is small', async () => {
  const directory = join(root, 'dist/renderer');
  const html = await readFile(join(directory, 'index.html'), 'utf8');
  const entries = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '');
  expect(entries.length).toBeGreaterThan(1);
  expect((await readdir(join(directory, 'assets'))).length).toBeGreaterThan(entries.length);
  const sizes = await Promise.all(
    entries.map(async (entry) => gzipSync(await readFile(join(directory, entry))).length),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  test.info().annotations.push({ type: 'first load', description: `${String(total)} bytes gzip` });
  expect(total).toBeLessThan(MAX_FIRST_LOAD_BYTES);
});
