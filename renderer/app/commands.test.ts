import { expect, it } from 'vitest';
import { conflicts } from './keys.ts';

it('finds keys that two commands claim, and a pair whose first letter is taken', () => {
  expect(conflicts([{ keys: 'g c' }, { keys: 'g i' }, { keys: 'Ctrl+K' }, {}])).toEqual([]);
  expect(conflicts([{ keys: '?' }, { keys: '?' }])).toEqual(['?']);
  expect(conflicts([{ keys: 'g c' }, { keys: 'g' }])).toEqual(['g']);
});
