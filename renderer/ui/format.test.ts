import { afterEach, expect, it, vi } from 'vitest';
import { chooseLanguage } from '../strings/language.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SPANS = [0, 93_000, 5 * HOUR, 15 * DAY, 70 * DAY, 800 * DAY];

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** A language is chosen when a page loads, so each has its own. */
async function pageIn(language: string) {
  vi.stubGlobal('localStorage', { getItem: () => JSON.stringify({ language: chooseLanguage(language, []) }) });
  vi.resetModules();
  const { formatDuration, formatBytes } = await import('./format.ts');
  const { common } = await import('../strings/common.ts');
  return { ago: (span: number) => common.ago(formatDuration(span)), formatBytes };
}

it('says how long ago something was, and how much it is, as each language does', async () => {
  const english = await pageIn('en');
  expect(SPANS.map(english.ago)).toEqual(['0 s ago', '1 min ago', '5 h ago', '15 d ago', '2 mo ago', '2 y ago']);
  expect(english.formatBytes(1_234_567)).toBe('1.23 MB');
  const german = await pageIn('de');
  expect(SPANS.map(german.ago)).toEqual(['vor 0 s', 'vor 1 min', 'vor 5 h', 'vor 15 Tg.', 'vor 2 Mon.', 'vor 2 J.']);
  expect(german.formatBytes(1_234_567)).toBe('1,23 MB');
});
