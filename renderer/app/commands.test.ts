import { expect, it } from 'vitest';
import { conflicts } from './keys.ts';
import { SCREENS } from './screens.tsx';

it('finds keys that two commands claim, and a pair whose first letter is taken', () => {
  expect(conflicts([{ keys: 'g c' }, { keys: 'g i' }, { keys: 'Ctrl+K' }, {}])).toEqual([]);
  expect(conflicts([{ keys: '?' }, { keys: '?' }])).toEqual(['?']);
  expect(conflicts([{ keys: 'g c' }, { keys: 'g' }])).toEqual(['g']);
});

it('gives every screen keys of its own', () => {
  expect(conflicts(SCREENS)).toEqual([]);
});
