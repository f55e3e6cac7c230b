import { expect, it } from 'vitest';
import { forTerminal, LineDiscipline } from './line-discipline.ts';

async function typed(text: string) {
  const done: string[] = [];
  let shown = '';
  const discipline = new LineDiscipline({
    echo: (part) => {
      shown += part;
    },
    send: (bytes) => {
      done.push(new TextDecoder().decode(bytes));
      return Promise.resolve();
    },
    interrupt: () => done.push('interrupt'),
    end: () => done.push('end'),
  });
  // Byte by byte, as a terminal may hand them over.
  for (const byte of new TextEncoder().encode(text)) await discipline.input(Uint8Array.of(byte));
  return { done, shown };
}

it.each([
  ['a line', 'ls\r', ['ls\n'], 'ls\r\n'],
  ['a correction', 'lx\u007fs\r', ['ls\n'], 'lx\b \bs\r\n'],
  ['a correction of what takes several bytes', 'ä€\u007fb\r', ['äb\n'], 'ä€\b \bb\r\n'],
  ['a line thrown away', 'abc\u0015x\r', ['x\n'], 'abc\b \b\b \b\b \bx\r\n'],
  ['more corrections than there is', '\b\ba\r', ['a\n'], 'a\r\n'],
  ['keys without a meaning', 'a\u001b[Ab\u001bOPc\u001b[3~\r', ['abc\n'], 'abc\r\n'],
  ['the end', '\u0004', ['end'], ''],
  ['the end after what was typed', 'a\u0004', ['a'], 'a'],
  ['an interruption', 'a\u0003', ['interrupt'], 'a^C\r\n'],
])('takes %s', async (_name, text, done, shown) => {
  expect(await typed(text)).toEqual({ done, shown });
});

it('takes no more in a line than the kernel does', async () => {
  const { done } = await typed(`${'a'.repeat(5000)}\r`);
  expect(done.map((line) => line.length)).toEqual([4096]);
});

it('has lines begin at the left', () => {
  const say = (text: string) => new TextDecoder().decode(forTerminal(new TextEncoder().encode(text)));
  expect(say('a\nb\r\nc')).toBe('a\r\nb\r\nc');
});
