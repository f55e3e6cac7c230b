import { describe, expect, it } from 'vitest';
import { visible } from './visible.ts';

describe('text of strangers', () => {
  const title = 'a\tb\u001b]0;gone\u0007\u009b2J\r\n';

  it('does nothing to a terminal', () => {
    expect(visible(title, { isTTY: true })).toBe('a\tb\\x1b]0;gone\\x07\\x9b2J\\x0d\n');
  });

  it('stays as it is for programs, and in a template with colours of its own', () => {
    expect(visible(title, {})).toBe(title);
    expect(visible(title, { isTTY: true }, '\u001b[1m{{.Names}}')).toBe(title);
  });
});
