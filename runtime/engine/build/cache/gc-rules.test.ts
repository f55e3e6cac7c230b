import { expect, it } from 'vitest';
import { parseConfiguration } from '../../configuration/configuration.ts';
import { gcRules } from './gc-rules.ts';

const rules = (gc: object) =>
  gcRules(parseConfiguration(JSON.stringify({ builder: { gc } })).configuration.builder.gc, {
    total: 100e9,
    free: 1e9,
  });
const spaces = (gc: object) => rules(gc).map(({ space }) => space);

it('does nothing where it is switched off', () => {
  expect(rules({ enabled: false, defaultKeepStorage: '1GB', policy: [{ all: true }] })).toEqual([]);
});

it('keeps the usual bounds where none are said, and those that are said', () => {
  const reproducible = { reserved: 0, maxUsed: 512e6, minFree: 0 };
  const usual = { reserved: 2e9, maxUsed: 80e9, minFree: 20e9 };
  expect(spaces({})).toEqual([reproducible, usual, usual]);
  expect(rules({}).map(({ filters }) => Object.fromEntries(filters))).toEqual([
    { type: ['source.local', 'source.git.checkout', 'exec.cachemount'], 'unused-for': ['48h'] },
    { 'unused-for': ['1440h'] },
    {},
  ]);
  const [, said] = spaces({ defaultReservedSpace: '3GB', defaultMaxUsedSpace: '9GB', defaultMinFreeSpace: '5GB' });
  expect(said).toEqual({ reserved: 3e9, maxUsed: 9e9, minFree: 5e9 });
  expect(spaces({ defaultKeepStorage: '30GB' })[1]).toEqual({ ...usual, reserved: 30e9 });
  // Less than is usually reserved.
  expect(spaces({ defaultMaxUsedSpace: '1GB' })[1]).toEqual({ ...usual, reserved: 1e9, maxUsed: 1e9 });
});

it('follows a policy instead, in its order, with filters in both forms', () => {
  expect(
    rules({
      defaultMaxUsedSpace: '1GB',
      policy: [
        { keepStorage: '10GB', filter: ['Unused-For = 2200h', 'type=a', 'type=b'] },
        {
          all: true,
          reservedSpace: '1GB',
          maxUsedSpace: '2GB',
          minFreeSpace: '3GB',
          filter: { until: { '1h': true } },
        },
      ],
    }),
  ).toEqual([
    {
      all: false,
      space: { reserved: 10e9, maxUsed: 0, minFree: 0 },
      filters: new Map([
        ['unused-for', ['2200h']],
        ['type', ['a', 'b']],
      ]),
    },
    { all: true, space: { reserved: 1e9, maxUsed: 2e9, minFree: 3e9 }, filters: new Map([['until', ['1h']]]) },
  ]);
  expect(rules({ policy: [] })).toEqual([]);
});
