import { describe, expect, it } from 'vitest';
import { ENGINE_MODES } from '../fixtures/engine-process.ts';
import { killedLoad } from '../fixtures/killed-load.ts';

/** A sample of what `npm run soak` does a thousand times. */
const KILLS = 60;

describe.each(ENGINE_MODES)('a mixed load as %s', (mode) => {
  it(`loses and leaves nothing under ${KILLS} kills of engine, launcher and monitors`, async () => {
    const tally = await killedLoad(mode, KILLS, 7);
    expect(tally.violations).toEqual([]);
    expect(Object.keys(tally.acknowledged).length).toBeGreaterThan(8);
    // Monitors live too shortly for every sample to meet one.
    expect(Math.min(tally.kills.engine, tally.kills.zygote)).toBeGreaterThan(0);
  }, 300_000);
});
