import { expect, it } from 'vitest';
import { autostartCommand, startsInBackground } from './autostart.ts';

it.each([
  [
    'a package',
    ['/opt/Berth/berth-app', '--data-root=/d', 'berth://containers'],
    {},
    true,
    ['/opt/Berth/berth-app', '--data-root=/d'],
  ],
  [
    'an AppImage',
    ['/tmp/.mount_x/berth-app'],
    { APPIMAGE: '/home/me/Berth.AppImage' },
    true,
    ['/home/me/Berth.AppImage'],
  ],
  ['a folder', ['/e/electron', '/b/main.mjs'], {}, false, ['/e/electron', '/b/main.mjs']],
] as const)('starts %s in the background', (_name, words, environment, isPackaged, command) => {
  const found = autostartCommand(words, environment, isPackaged);
  expect(found).toEqual([...command, '--background']);
  expect(startsInBackground(found)).toBe(true);
  expect(startsInBackground(words)).toBe(false);
});
