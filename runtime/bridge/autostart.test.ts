import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { autostartEntry, autostartFile, AutostartService } from './autostart.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-autostart-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

it('is where desktops look', () => {
  expect(autostartFile({ HOME: '/home/me' })).toBe('/home/me/.config/autostart/berth.desktop');
  expect(autostartFile({ HOME: '/home/me', XDG_CONFIG_HOME: '/c' })).toBe('/c/autostart/berth.desktop');
});

it('writes words as the specification has them', () => {
  const entry = autostartEntry(['/opt/a b/node', '100%', 'x"$HOME`\\']);
  expect(entry).toContain('Exec="/opt/a b/node" "100%%" "x\\\\"\\\\$HOME\\\\`\\\\\\\\"\n');
});

it('is switched on and off', async () => {
  const path = join(directory, 'autostart/berth.desktop');
  const service = new AutostartService(['/usr/bin/berth', 'engine'], path);
  expect(await service.state()).toEqual({ offered: true, enabled: false });
  expect(await service.set(true)).toEqual({ offered: true, enabled: true });
  expect(await readFile(path, 'utf8')).toContain('Exec="/usr/bin/berth" "engine"');
  // The desktop's own settings switch an entry off without removing it.
  await writeFile(path, '[Desktop Entry]\nX-GNOME-Autostart-enabled=false\n');
  expect((await service.state()).enabled).toBe(false);
  expect((await service.set(true)).enabled).toBe(true);
  expect((await service.set(false)).enabled).toBe(false);
  expect((await service.set(false)).enabled).toBe(false);
});

it('is not offered where nobody knows the command', async () => {
  const service = new AutostartService([], join(directory, 'berth.desktop'));
  expect(await service.state()).toEqual({ offered: false, enabled: false });
  await expect(service.set(true)).rejects.toMatchObject({ code: 'unsupported' });
});
