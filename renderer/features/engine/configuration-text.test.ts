import { expect, it } from 'vitest';
import {
  CACHE_MAX,
  documentOf,
  LIST,
  member,
  NUMBER,
  numberMember,
  PAIRS,
  POOLS,
  ULIMITS,
  withOption,
} from './configuration-text.ts';

it('changes one option and leaves all others as they are', () => {
  const text = '{"hosts": [1], "dns": ["1.1.1.1"]}';
  expect(documentOf(withOption(text, 'dns', ['9.9.9.9']))).toEqual({ hosts: [1], dns: ['9.9.9.9'] });
  expect(documentOf(withOption(text, 'dns', undefined))).toEqual({ hosts: [1] });
  expect(documentOf(withOption('', 'debug', true))).toEqual({ debug: true });
  expect([documentOf('['), documentOf('[]'), documentOf('')]).toEqual([null, null, {}]);
});

it.each([
  [LIST, 'https://a, http://b:1', ['https://a', 'http://b:1'], 'https://a http://b:1'],
  [PAIRS, 'max-size=10m max-file=3', { 'max-size': '10m', 'max-file': '3' }, 'max-size=10m max-file=3'],
  [
    ULIMITS,
    'nofile=1024:2048 core=0 cpu=x',
    {
      nofile: { Name: 'nofile', Soft: 1024, Hard: 2048 },
      core: { Name: 'core', Soft: 0, Hard: 0 },
      cpu: { Name: 'cpu', Soft: 'x', Hard: 'x' },
    },
    'nofile=1024:2048 core=0 cpu=x',
  ],
  [POOLS, '10.10.0.0/16=24', [{ base: '10.10.0.0/16', size: 24 }], '10.10.0.0/16=24'],
  [NUMBER, ' 5 ', 5, '5'],
  [CACHE_MAX, '20GB', { gc: { defaultMaxUsedSpace: '20GB' } }, '20GB'],
])('reads and shows $1', (shape, line, value, shown) => {
  expect(shape.read(line)).toEqual(value);
  expect(shape.show(value)).toBe(shown);
  expect(shape.read('')).toBeUndefined();
  expect(shape.show(undefined)).toBe('');
});

it('leaves the other texts of an option', () => {
  const shape = member('no-proxy');
  const before = { 'http-proxy': 'http://p', 'no-proxy': 'a' };
  expect(shape.show(before)).toBe('a');
  expect(shape.read('b,.c ', before)).toEqual({ 'http-proxy': 'http://p', 'no-proxy': 'b,.c' });
  expect(shape.read('', before)).toEqual({ 'http-proxy': 'http://p' });
  expect(shape.read('', { 'no-proxy': 'a' })).toBeUndefined();
});

it('reads a number among several', () => {
  const shape = numberMember('cpus');
  expect(shape.read(' 1.5', { memory: '4g' })).toEqual({ memory: '4g', cpus: 1.5 });
  expect(shape.read('much')).toEqual({ cpus: 'much' });
  expect(shape.show({ cpus: 1.5 })).toBe('1.5');
  expect(shape.read('', { cpus: 2 })).toBeUndefined();
});

it('leaves what else is said of the build cache', () => {
  const before = { gc: { policy: [{ all: true }], defaultMaxUsedSpace: '1GB' } };
  expect(CACHE_MAX.read('2GB', before)).toEqual({ gc: { policy: [{ all: true }], defaultMaxUsedSpace: '2GB' } });
  expect(CACHE_MAX.read('', before)).toEqual({ gc: { policy: [{ all: true }] } });
});
