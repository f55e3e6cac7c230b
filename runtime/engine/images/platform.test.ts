import { expect, it } from 'vitest';
import { choosePlatform, formatPlatform, fullPlatform, parsePlatform } from './platform.ts';

it('knows the version of a Windows, which counts where it is asked for', () => {
  const wanted = parsePlatform('windows(10.0.17763.1)/amd64');
  expect(wanted).toEqual({ os: 'windows', architecture: 'amd64', variant: '', osVersion: '10.0.17763.1' });
  expect([formatPlatform(wanted), fullPlatform(wanted)]).toEqual(['windows/amd64', 'windows(10.0.17763.1)/amd64']);
  const offers = ['10.0.20348.1', '10.0.17763.1'].map((osVersion) => ({ platform: { ...wanted, osVersion } }));
  expect(choosePlatform(offers, wanted)).toBe(offers[1]);
  expect(choosePlatform(offers, parsePlatform('windows/amd64'))).toBe(offers[0]);
  expect(choosePlatform(offers, { ...wanted, osVersion: '10.0.20348.9' })).toBe(offers[0]);
  expect(choosePlatform(offers, { ...wanted, osVersion: '10.0.1' })).toBe(undefined);
});

it.each([
  ['linux(', 'is an invalid OS component of "linux("'],
  ['linux/', '"" is an invalid component of "linux/": platform specifier component must match'],
  ['linux/a/b/c', '"linux/a/b/c": cannot parse platform specifier'],
  ['beos', '"beos": unknown operating system or architecture'],
])('refuses %j', (text, words) => {
  expect(() => parsePlatform(text)).toThrow(words);
});
