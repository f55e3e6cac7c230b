import { expect, it } from 'vitest';

const sources = import.meta.glob<string>('../**/*.tsx', { query: '?raw', import: 'default', eager: true });

it('leaves quotation marks to the texts, as each language has its own', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(100);
  const quoting = Object.entries(sources).filter(([, source]) =>
    /[“”„]/.test(source.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')),
  );
  expect(quoting.map(([path]) => path)).toEqual([]);
});
