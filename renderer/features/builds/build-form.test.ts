import { expect, it } from 'vitest';
import { NO_SETTINGS } from '../../data/builds.ts';
import { formOf, toBuildSettings } from './build-form.ts';

const form = { ...formOf(NO_SETTINGS), directory: '/src/shop/' };

it('reads names, folder and arguments', () => {
  expect(
    toBuildSettings({
      ...form,
      names: 'shop:2.4, Registry.example:5000/team/shop',
      args: [
        { name: ' VERSION ', value: '2' },
        { name: '', value: '' },
      ],
    }),
  ).toEqual({
    settings: {
      ...NO_SETTINGS,
      directory: '/src/shop',
      tags: ['shop:2.4', 'Registry.example:5000/team/shop'],
      args: [{ name: 'VERSION', value: '2' }],
    },
  });
});

it('says what is wrong, where', () => {
  const fields = (change: Partial<typeof form>) => {
    const result = toBuildSettings({ ...form, ...change });
    return 'errors' in result ? Object.keys(result.errors) : [];
  };
  expect(fields({})).toEqual([]);
  expect(fields({ directory: 'shop' })).toEqual(['directory']);
  expect(fields({ names: 'Shop' })).toEqual(['names']);
  expect(fields({ names: 'shop:' })).toEqual(['names']);
  expect(fields({ args: [{ name: 'A=B', value: '' }] })).toEqual(['args.0']);
});
