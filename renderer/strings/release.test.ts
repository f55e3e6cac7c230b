import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { releaseNotes } from './release-notes.ts';
import { LATEST_RELEASE } from './release.ts';

it('has notes for the version that this is, the newest first', () => {
  expect(LATEST_RELEASE).toBe(manifest.version);
  expect(releaseNotes.releases[0]?.version).toBe(manifest.version);
});
