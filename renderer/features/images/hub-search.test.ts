import { expect, it } from 'vitest';
import { searchTerm } from './hub-search.ts';

it.each([
  ['ng', 'ng'],
  [' nginx ', 'nginx'],
  ['bitnami/', 'bitnami/'],
  ['bitnami/redis', 'bitnami/redis'],
  ['n', null],
  ['', null],
  ['nginx:1', null],
  ['nginx@sha256:0', null],
  ['ghcr.io/team', null],
  ['registry.exa', null],
  ['localhost/tools', null],
  ['localhost:5000/app', null],
  ['a/b/c', null],
])('%j looks for %j', (reference, term) => {
  expect(searchTerm(reference)).toBe(term);
});
