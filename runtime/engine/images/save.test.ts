import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { BlobStore } from '../store/blob-store.ts';
import { parseDigest } from '../store/digest.ts';
import { bundleArchive } from './save.ts';

test('an archive that nobody reads any more fails without an end of the engine', async () => {
  const digest = parseDigest(`sha256:${'0'.repeat(64)}`, 'a digest');
  const top = { mediaType: 'x', digest, size: 1 };
  const gone = { has: () => false } as unknown as BlobStore;
  const archive = bundleArchive(gone, { images: [], index: { top, further: [top] } });
  // An error event that nobody listens to would end the process, as vitest would tell.
  for (let tries = 0; tries < 100 && !archive.destroyed; tries++) await sleep(10);
  expect(archive.destroyed).toBe(true);
});
