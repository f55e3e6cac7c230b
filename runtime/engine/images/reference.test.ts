import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familiarName, parseReference, repositoryOf, withDefaultTag } from './reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('parseReference', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine', 'latest', 'alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine', '3.20', 'alpine:3.20'],
    ['user/app', 'docker.io/user/app', 'latest', 'user/app:latest'],
    ['docker.io/alpine', 'docker.io/library/alpine', 'latest', 'alpine:latest'],
    ['index.docker.io/library/alpine', 'docker.io/library/alpine', 'latest', 'alpine:latest'],
    ['localhost/app', 'localhost/app', 'latest', 'localhost/app:latest'],
    ['localhost:5000/a/b:x', 'localhost:5000/a/b', 'x', 'localhost:5000/a/b:x'],
    ['[::1]:5000/app', '[::1]:5000/app', 'latest', '[::1]:5000/app:latest'],
    ['ghcr.io/o/r:v1.0_a-b', 'ghcr.io/o/r', 'v1.0_a-b', 'ghcr.io/o/r:v1.0_a-b'],
    ['a__b/c.d-e', 'docker.io/a__b/c.d-e', 'latest', 'a__b/c.d-e:latest'],
  ])('reads %s', (text, repository, tag, familiar) => {
    const reference = withDefaultTag(parseReference(text));
    expect(repositoryOf(reference)).toBe(repository);
    expect(reference.tag).toBe(tag);
    expect(familiarName(reference)).toBe(familiar);
  });

  it('keeps tag and digest', () => {
    expect(parseReference(`a:b@${DIGEST}`)).toEqual({
      domain: 'docker.io',
      path: 'library/a',
      tag: 'b',
      digest: DIGEST,
    });
  });

  it.each([
    '',
    ':x',
    '/a',
    'a/',
    'a//b',
    'A',
    'a:',
    'a:-x',
    'a..b',
    '-a',
    'a@sha256:00',
    'a@md5:00',
    'a b',
    '../etc',
    'a:b:c/',
    'x/../y',
    'a'.repeat(300),
    `a:${'t'.repeat(129)}`,
    'http://a/b',
    'a\n',
    'a%2f',
    '.a/b',
  ])('refuses %j', (text) => {
    expect(() => parseReference(text)).toThrow(/invalid reference format/);
  });

  it('refuses a name that looks like an id', () => {
    expect(() => parseReference('a'.repeat(64))).toThrow('cannot specify 64-byte hexadecimal strings');
  });

  it('reads back what it writes, and nothing it accepts can leave its place in a URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1.:/@_-A %?#'), maxLength: 30 }), (text) => {
        let reference;
        try {
          reference = withDefaultTag(parseReference(text));
        } catch {
          return;
        }
        expect(parseReference(familiarName(reference))).toEqual(reference);
        expect(new URL(`https://host/v2/${reference.path}/x`).pathname).toBe(`/v2/${reference.path}/x`);
      }),
      { numRuns: 5000 },
    );
  });
});
