import { expect, it } from 'vitest';
import { attestation, cacheReference } from './build-requests.ts';

it('finds the registries of caches', () => {
  expect(['a/b', 'inline', 'type=registry,ref=c/d,mode=max', 'type=local,dest=x'].map(cacheReference)).toEqual([
    'a/b',
    '',
    'c/d',
    '',
  ]);
});

it('reads what is to be attested', () => {
  expect(['true', 'false', 'mode=max', 'maybe'].map((value) => attestation('provenance', value))).toEqual([
    'type=provenance',
    'type=provenance,disabled=true',
    'type=provenance,mode=max',
    null,
  ]);
});
