import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LogBuffer } from '../../ui/log/log-buffer.ts';
import { LogSearch } from './search.ts';

const frames: (() => void)[] = [];
let clock = 0;

beforeEach(() => {
  clock = 0;
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('requestAnimationFrame', (task: () => void) => frames.push(task));
  // Each look takes a slice's time: one look, one frame.
  vi.spyOn(performance, 'now').mockImplementation(() => (clock += 5));
});
afterEach(() => {
  while (frames.length > 0) frame();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function frame(): void {
  for (const task of frames.splice(0)) task();
}

/** Every hundredth line has a needle, and the last one. */
function filled(lines: number): LogBuffer {
  const buffer = new LogBuffer();
  const texts = Array.from({ length: lines }, (_, line) => (line % 100 === 99 ? 'needle' : 'hay'));
  buffer.push(new TextEncoder().encode(texts.map((text) => `\x012026-11-29T00:00:00.000000000Z ${text}\n`).join('')));
  return buffer;
}

it('tells whoever asked early when all is searched, so that the newest match is known', () => {
  const buffer = filled(1000);
  const search = new LogSearch(buffer, () => undefined);
  search.start(/needle/);
  const heard = vi.fn(() => search.matches.at(-1));
  search.whenSearched(heard);
  frame();
  expect(search.matches.length).toBeGreaterThan(0);
  expect(heard).not.toHaveBeenCalled();
  for (let count = 0; count < 10; count += 1) frame();
  expect(heard).toHaveBeenCalledExactlyOnceWith();
  expect(heard).toHaveReturnedWith(999);
  // It has been searched: the answer comes in the next frame.
  const again = vi.fn();
  search.whenSearched(again);
  frame();
  expect(again).toHaveBeenCalledOnce();
});

it('forgets who asked when something else is looked for', () => {
  const search = new LogSearch(filled(1000), () => undefined);
  search.start(/needle/);
  const heard = vi.fn();
  search.whenSearched(heard);
  search.start(/hay/);
  for (let count = 0; count < 10; count += 1) frame();
  expect(heard).not.toHaveBeenCalled();
});
