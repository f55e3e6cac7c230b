import { expect, it } from 'vitest';
import { placeOf, sortTags } from './place.ts';

it.each([
  ['docker.io', 'registry docker.io'],
  ['https://registry.example:5000/', 'registry registry.example:5000'],
  ['localhost', 'registry localhost'],
  ['127.0.0.1:5000', 'registry 127.0.0.1:5000'],
  ['workshop:5000', 'registry workshop:5000'],
  ['redis:7.2', 'repository redis'],
  ['redis', 'repository redis'],
  [' ghcr.io/owner/name:1@sha256:abc ', 'repository ghcr.io/owner/name'],
  ['localhost:5000/team/app', 'repository localhost:5000/team/app'],
  ['', 'none'],
  ['a b', 'none'],
])('reads %j', (written, meant) => {
  const place = placeOf(written);
  expect(
    place === null ? 'none' : `${place.kind} ${place.kind === 'registry' ? place.registry : place.repository}`,
  ).toBe(meant);
});

it('has the newest tags first', () => {
  expect(sortTags(['1.2', 'alpine', '1.10', 'latest', '2'])).toEqual(['latest', 'alpine', '2', '1.10', '1.2']);
});
