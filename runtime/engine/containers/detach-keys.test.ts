import { describe, expect, it } from 'vitest';
import { DetachFilter, parseDetachKeys } from './detach-keys.ts';

async function through(keys: string, chunks: readonly string[]): Promise<{ text: string; detached: number }> {
  let detached = 0;
  const filter = new DetachFilter(parseDetachKeys(keys), () => (detached += 1));
  const out: Buffer[] = [];
  filter.on('data', (chunk: Buffer) => out.push(chunk));
  for (const chunk of chunks) filter.write(Buffer.from(chunk));
  filter.end();
  await new Promise((resolve) => filter.once('end', resolve));
  return { text: Buffer.concat(out).toString(), detached };
}

describe('DetachFilter', () => {
  it('takes the default sequence out and passes nothing after it, also when it is split', async () => {
    expect(await through('', ['before\u0010\u0011after'])).toEqual({ text: 'before', detached: 1 });
    expect(await through('', ['a\u0010', '\u0011b'])).toEqual({ text: 'a', detached: 1 });
  });

  it('passes a sequence that is broken off on, late', async () => {
    expect(await through('', ['a\u0010', 'b'])).toEqual({ text: 'a\u0010b', detached: 0 });
    expect(await through('', ['\u0010\u0010\u0011'])).toEqual({ text: '\u0010', detached: 1 });
  });

  it('reads other sequences and refuses what is none', async () => {
    expect(await through('ctrl-x,q', ['1\u0018q2'])).toEqual({ text: '1', detached: 1 });
    expect(() => parseDetachKeys('ctrl-')).toThrow('Invalid detach keys');
    expect(() => parseDetachKeys('ab')).toThrow('Invalid detach keys');
  });
});
