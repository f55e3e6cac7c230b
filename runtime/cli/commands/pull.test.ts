import { expect, it } from 'vitest';
import { canonicalName, familiarName } from './pull.ts';

it.each([
  ['busybox', 'docker.io/library/busybox:latest'],
  ['docker.io/busybox:1', 'docker.io/library/busybox:1'],
  ['some/name', 'docker.io/some/name:latest'],
  ['localhost:5000/a', 'localhost:5000/a:latest'],
  ['ghcr.io/a/b:c', 'ghcr.io/a/b:c'],
  ['a@sha256:1', 'docker.io/library/a@sha256:1'],
])('%s is %s', (given, full) => {
  expect(canonicalName(given)).toBe(full);
});

it('leaves out again what goes without saying', () => {
  expect(['busybox', 'docker.io/a/b:c', 'localhost:5000/a'].map(familiarName)).toEqual([
    'busybox:latest',
    'a/b:c',
    'localhost:5000/a:latest',
  ]);
});
