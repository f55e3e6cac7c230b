import { describe, expect, test } from 'vitest';
import { ALL_DEVICES, DEFAULT_DEVICE_RULES } from './devices.ts';
import { deviceProgram } from './device-program.ts';
import type { OciDeviceRule } from './oci-spec.ts';

const TYPES = { b: 1, c: 2 } as const;
const ACCESS = { m: 1, r: 2, w: 4 } as const;

/** Runs a program as the kernel would for one access; only the instructions that the generator knows. */
function allowed(program: Uint8Array, type: 'b' | 'c', major: number, minor: number, access: string): boolean {
  const asked = Object.entries(ACCESS).reduce(
    (mask, [letter, bit]) => (access.includes(letter) ? mask | bit : mask),
    0,
  );
  const context = [(asked << 16) | TYPES[type], major, minor];
  const registers = new Array<number>(11).fill(0);
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  for (let at = 0; ; at += 8) {
    const destination = view.getUint8(at + 1) & 15;
    const source = view.getUint8(at + 1) >> 4;
    const offset = view.getInt16(at + 2, true);
    const immediate = view.getInt32(at + 4, true);
    const value = registers[destination] ?? 0;
    switch (view.getUint8(at)) {
      case 0x61:
        registers[destination] = context[offset / 4] ?? NaN;
        break;
      case 0xbc:
        registers[destination] = registers[source] ?? NaN;
        break;
      case 0xb4:
        registers[destination] = immediate;
        break;
      case 0x54:
        registers[destination] = value & immediate;
        break;
      case 0x74:
        registers[destination] = value >>> immediate;
        break;
      case 0x15:
        if (value === immediate) at += offset * 8;
        break;
      case 0x55:
        if (value !== immediate) at += offset * 8;
        break;
      case 0x95:
        return registers[0] === 1;
      default:
        throw new Error(`unknown opcode ${view.getUint8(at)}`);
    }
  }
}

const rule = (
  allow: boolean,
  type: string,
  major: number | null,
  minor: number | null,
  access: string,
): OciDeviceRule => ({
  allow,
  type,
  major,
  minor,
  access,
});

describe('the device program', () => {
  test.each([
    ['c', 1, 3, 'rw', true],
    ['c', 1, 3, 'm', true],
    ['c', 1, 1, 'r', false], // /dev/mem
    ['c', 1, 1, 'm', true],
    ['b', 254, 0, 'r', false],
    ['b', 254, 0, 'w', false],
    ['b', 254, 0, 'm', true],
    ['b', 254, 0, 'rm', false],
    ['b', 1, 3, 'r', false], // the null device's numbers, the other type
    ['c', 136, 77, 'rw', true],
    ['c', 137, 77, 'rw', false],
    ['c', 5, 2, 'rwm', true],
  ] as const)("of Docker's default rules: %s %i:%i %s is %s", (type, major, minor, access, expected) => {
    expect(allowed(deviceProgram(DEFAULT_DEVICE_RULES), type, major, minor, access)).toBe(expected);
  });

  test('of a privileged container allows everything', () => {
    expect(allowed(deviceProgram(ALL_DEVICES), 'b', 8, 0, 'rwm')).toBe(true);
  });

  test('without rules refuses everything', () => {
    expect(allowed(deviceProgram([]), 'c', 1, 3, 'r')).toBe(false);
  });

  test('lets the last rule that fits decide', () => {
    const program = deviceProgram([
      rule(true, 'a', null, null, 'rwm'),
      rule(false, 'b', 8, null, 'w'),
      rule(true, 'b', 8, 1, 'rw'),
    ]);
    expect(allowed(program, 'b', 8, 0, 'r')).toBe(true);
    expect(allowed(program, 'b', 8, 0, 'rw')).toBe(false);
    expect(allowed(program, 'b', 8, 1, 'rw')).toBe(true);
    expect(allowed(program, 'c', 8, 0, 'w')).toBe(true);
  });

  test('allows only what one rule allows whole', () => {
    const program = deviceProgram([rule(true, 'c', 10, 229, 'r')]);
    expect(allowed(program, 'c', 10, 229, 'r')).toBe(true);
    expect(allowed(program, 'c', 10, 229, 'rw')).toBe(false);
  });
});
