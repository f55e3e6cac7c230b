import { expect, test } from 'vitest';
import { isChangedSince } from './firewall-stamp.ts';

const stamp = (generation: number, rules = 0): bigint => (BigInt(generation) << 32n) | BigInt(rules);

test.each([
  ['the same', stamp(7), stamp(7), false],
  ['a later generation', stamp(7), stamp(8), true],
  ['an earlier one, which a slow start tells', stamp(7), stamp(6), false],
  ['a later one past the largest', stamp(0xffffffff), stamp(1), true],
  ['an earlier one before that', stamp(1), stamp(0xffffffff), false],
  ['other rules of an older iptables', stamp(7, 5), stamp(7, 3), true],
  ['nothing that was asserted', 0n, stamp(7), false],
  ['nothing that was seen', stamp(7), 0n, false],
])('%s', (_, asserted, seen, isChanged) => {
  expect(isChangedSince(asserted, seen)).toBe(isChanged);
});
