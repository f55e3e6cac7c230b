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

  it('takes every label, and reads none where there is no SELinux', () => {
    expect(parseSecurityOptions(['label=type:a_t', 'label:level:s0:c1,c2', 'label=nonsense']).labels).toEqual([
      'type:a_t',
      'level:s0:c1,c2',
      'nonsense',
    ]);
    expect(parseSecurityOptions([]).labels).toEqual([]);
  });

  it.each(['writable-cgroups=1', 'writeable-cgroups=true'])('refuses %s', (option) => {
    expect(() => parseSecurityOptions([option])).toThrow(`invalid --security-opt 2: "${option}"`);
  });
});
