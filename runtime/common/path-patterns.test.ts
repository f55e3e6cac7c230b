import { describe, expect, it } from 'vitest';
import { globMatcher, PatternError, Patterns } from './path-patterns.ts';

/** What a matcher that tries every place for every star would need longer for than the sun shines. */
const STARS = `${'a*'.repeat(24)}b`;
const NAME = 'a'.repeat(200);

describe('a path pattern', () => {
  it.each([
    ['a*', 'ab', true],
    ['a*', 'a/b', false],
    ['*/b?', 'a/bc', true],
    ['a*b*c*d', 'axbxbxcxd', true],
    ['a*b*c*d', 'axbxcxdx', false],
    ['a*b*c*d', 'axb/xcxd', false],
    ['*.[^a-m]*[0-9]*.txt', 'x.z17.txt', true],
    ['*.[^a-m]*[0-9]*.txt', 'x.b17.txt', false],
    [String.raw`\**\?*x*`, '*q?x', true],
    [String.raw`\**\?*x*`, 'qq?x', false],
    ['*a*a*a*', 'ü-aä\naa', true],
  ])('%s of %s: %s', (pattern, path, matches) => {
    expect(globMatcher(pattern).test(path)).toBe(matches);
  });

  it('takes its time from its own length and the path’s, however many stars it has', () => {
    expect(globMatcher(STARS).test(NAME)).toBe(false);
    expect(globMatcher(STARS).test(`${NAME}b`)).toBe(true);
  });

  it('is refused when it cannot be read', () => {
    expect(() => globMatcher('a*b*c*[')).toThrow(PatternError);
    expect(() => globMatcher('a*b*c*[z-a]')).toThrow(PatternError);
  });
});

describe('patterns of .dockerignore', () => {
  it.each([
    ['**/a/**/b/**', 'x/a/y/z/b/c', true],
    ['**/a/**/b/**', 'a/b/c', true],
    ['**/a/**/b/**', 'xa/b/c', false],
    ['**/*.a*.b*.c', 'x/y.a1.b2.c', true],
    ['**/*.a*.b*.c', 'y.a1.b2.c', true],
    ['**/*.a*.b*.c', 'x/y.a1/2.b.c', false],
    // Two stars at the beginning of a name that has no more of them.
    ['**.o', 'x.o', true],
    ['**.o', 'a/b/x.o', true],
    ['**.o', 'a/b/x.oo', false],
    ['**.o/y', 'a/x.o/y', true],
    ['**.[o]', 'x.o', false],
    ['a/**.o', 'a/x.o', false],
  ])('%s of %s: %s', (pattern, path, matches) => {
    expect(new Patterns([pattern]).matches(path)).toBe(matches);
  });

  it('take no longer for many stars', () => {
    expect(new Patterns([STARS]).matches(`d/${NAME}`)).toBe(false);
    expect(new Patterns([`${'**/a'.repeat(24)}b`]).matches('a/'.repeat(100))).toBe(false);
  });
});
