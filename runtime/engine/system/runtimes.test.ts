import { expect, test } from 'vitest';
import { OciRuntimes, parseRuntimes } from './runtimes.ts';

test.each([
  ['name', 'form NAME=PATH'],
  ['=/bin/true', 'form NAME=PATH'],
  ['name=', 'form NAME=PATH'],
  ['berth=/bin/true', "runtime name 'berth' is reserved"],
])('%j is refused', (word, reason) => {
  expect(() => parseRuntimes([word])).toThrow(reason);
});

test('a name may be given once', () => {
  expect(() => parseRuntimes(['own=/bin/true', 'own=/bin/sh'])).toThrow("runtime 'own' was already defined");
});

test('what is added is found by path or name, comes before what is known, and must be a program', () => {
  const runtimes = OciRuntimes.find('', parseRuntimes(['by-path=/bin/sh', 'by-name=sh', 'runc=/bin/true']));
  expect(runtimes.program('by-path')).toBe('/bin/sh');
  expect(runtimes.program('by-name')).toMatch(/^\/.*\/sh$/);
  expect(runtimes.program('runc')).toBe('/bin/true');
  expect(runtimes.program('')).toBeNull();
  expect(() => runtimes.program('other')).toThrow('unknown or invalid runtime name: other');
  expect(() => OciRuntimes.find('', [], 'nope')).toThrow("specified default runtime 'nope' does not exist");
  expect(OciRuntimes.find('', parseRuntimes(['own=/bin/sh']), 'own').defaultName).toBe('own');
  expect(runtimes.defaultName).toBe('berth');
  expect(() => OciRuntimes.find('', parseRuntimes(['x=/etc/passwd']))).toThrow('/etc/passwd is not a program');
});
