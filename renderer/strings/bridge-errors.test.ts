import { expect, it } from 'vitest';
import { GERMAN, inLanguage, translator } from './bridge-errors.ts';

/** Sources of the app behind the page, by path. */
const SOURCES = import.meta.glob<string>(
  ['../../runtime/bridge/**/*.ts', '../../runtime/rpc/server.ts', '!**/*.test.ts'],
  { query: '?raw', import: 'default', eager: true },
);

const TEXT = /(?:new BridgeError\(\s*'[a-z-]+',\s*|hint:\s*|sentence:\s*\(\w*\)\s*=>\s*)(?:'([^']*)'|`([^`]*)`)/g;

it('knows every sentence that the app behind the page says in its own words', () => {
  const said = Object.values(SOURCES).flatMap((source) =>
    [...source.matchAll(TEXT)].map(([, plain, template]) => plain ?? template?.replaceAll(/\$\{[^}]*\}/g, '*') ?? ''),
  );
  expect(said.length).toBeGreaterThan(50);
  // One is put together of parts, one is only what an engine said, and one the page has words of its own for.
  const others = /^(The registry\$\{.*|\*\.|The answer is too large for one message\.)$/s;
  expect(said.filter((sentence) => !(sentence in GERMAN) && !others.test(sentence))).toEqual([]);
});

it('says them with the names that stand in them', () => {
  const say = translator(GERMAN);
  expect(say('There is a volume “a$&b” already.')).toBe('Ein Volume „a$&b“ gibt es schon.');
  expect(say('The registry at 127.0.0.1:5000 cannot be reached.')).toBe(
    'Die Registry unter 127.0.0.1:5000 ist nicht zu erreichen.',
  );
  expect(say('/srv/Dockerfile cannot be read.')).toBe('/srv/Dockerfile lässt sich nicht lesen.');
  expect(say('Start it first.')).toBe('Starte ihn zuerst.');
  expect(say('No such container: web.')).toBe('No such container: web.');
  expect(inLanguage('Start it first.')).toBe('Start it first.');
});

it('has one place for a name on both sides', () => {
  for (const [english, german] of Object.entries(GERMAN))
    expect([english, german.split('*').length]).toEqual([english, Math.min(2, english.split('*').length)]);
});
