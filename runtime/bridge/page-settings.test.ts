import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PageSettings } from './page-settings.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-page-settings-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

it('keeps what was written last, for this person alone', async () => {
  const path = join(directory, 'berth/app.json');
  const settings = new PageSettings(path);
  expect(await settings.read()).toEqual({ text: null });
  await Promise.all(['one', 'two', 'three'].map((text) => settings.write(text)));
  expect(await settings.read()).toEqual({ text: 'three' });
  expect(await new PageSettings(path).read()).toEqual({ text: 'three' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(directory, 'berth'))).toEqual(['app.json']);
});

it('says when it cannot write, and goes on', async () => {
  writeFileSync(join(directory, 'berth'), 'a file in the way');
  const settings = new PageSettings(join(directory, 'berth/app.json'));
  await expect(settings.write('one')).rejects.toThrow();
  rmSync(join(directory, 'berth'));
  await settings.write('two');
  expect(await settings.read()).toEqual({ text: 'two' });
});
