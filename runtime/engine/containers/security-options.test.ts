import { describe, expect, it } from 'vitest';
import { parseSecurityOptions } from './security-options.ts';

describe('security options', () => {
  it.each([
    [[], null],
    [['writable-cgroups'], true],
    [['writable-cgroups=true'], true],
    [['writable-cgroups=false'], false],
  ])('%j says of writable control groups: %s', (options, expected) => {
    expect(parseSecurityOptions(options).writableCgroups).toBe(expected);
  });

  it.each(['writable-cgroups=1', 'writeable-cgroups=true'])('refuses %s', (option) => {
    expect(() => parseSecurityOptions([option])).toThrow(`invalid --security-opt 2: "${option}"`);
  });
});
