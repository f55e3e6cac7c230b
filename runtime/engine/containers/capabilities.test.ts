import { describe, expect, it } from 'vitest';
import { capabilityMask, containerCapabilities } from './capabilities.ts';

const ALL = (1n << 41n) - 1n;
const mask = (add: readonly string[], drop: readonly string[], privileged = false, available = ALL): bigint =>
  capabilityMask(containerCapabilities({ add, drop, privileged }, available));

describe('containerCapabilities', () => {
  it("starts from Docker's set", () => {
    expect(mask([], [])).toBe(0xa80425fbn);
  });

  it('adds and drops by name in any spelling', () => {
    expect(mask(['net_admin'], []) ^ 0xa80425fbn).toBe(1n << 12n);
    expect(mask([], ['CAP_CHOWN']) ^ 0xa80425fbn).toBe(1n);
    expect(mask(['ALL'], [])).toBe(ALL);
    expect(mask(['ALL'], ['SYS_ADMIN'])).toBe(ALL & ~(1n << 21n));
    expect(mask(['SYS_TIME'], ['ALL'])).toBe(1n << 25n);
    expect(mask([], [], true)).toBe(ALL);
  });

  it('never gives what the engine does not have', () => {
    expect(mask(['ALL'], [], false, 0b101n)).toBe(0b101n);
    expect(mask([], [], true, 0b101n)).toBe(0b101n);
  });

  it('refuses an unknown name', () => {
    expect(() => mask(['FLY'], [])).toThrow('invalid capability: "FLY"');
  });
});
