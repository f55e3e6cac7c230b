import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { _electron, expect, test } from '@playwright/test';
import { ensurePage } from '../../runtime/web/page-build.ts';
import { electronBinary } from '../fixtures/electron-binary.ts';
import { startEngine } from '../fixtures/engine.ts';
import { root } from '../fixtures/process.ts';

/** Builds what the shell runs from; resolves to Electron's program and the words it needs. */
async function shell(profile: string): Promise<{ executablePath: string; args: string[] }> {
  const executablePath = electronBinary();
  if (executablePath === null) throw new Error('Electron’s program is not at hand');
  await ensurePage(root);
  for (const bundle of ['electron/packaging/bundle.ts', 'runtime/bin/bundle.ts']) {
    await promisify(execFile)(process.execPath, [join(root, bundle)], { cwd: root });
  }
  return {
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      `--user-data-dir=${profile}`,
      join(root, 'dist/electron/main.mjs'),
    ],
  };
}

test('the desktop window shows the engine’s containers and follows a log', async () => {
  const profile = await mkdtemp(join(tmpdir(), 'berth-electron-'));
  const engine = await startEngine();
  const app = await _electron.launch({
    ...(await shell(profile)),
    env: { ...process.env, BERTH_ENGINE_SOCKET: engine.socketPath },
  });
  try {
    await engine.ensureImage();
    await engine.runScript('desk', 'while true; do echo tick; sleep 0.2; done');
    const page = await app.firstWindow();
    await page.getByRole('row', { name: /^desk,/ }).click();
    await expect(page.getByRole('log')).toContainText('tick');
    expect(await page.evaluate(() => 'require' in window || 'process' in window)).toBe(false);
  } finally {
    await app.close();
    await engine.dispose();
    await rm(profile, { recursive: true, force: true });
  }
});

test('the app brings an engine of its own, and links lead to its screens', async () => {
  const profile = await mkdtemp(join(tmpdir(), 'berth-electron-'));
  const { executablePath, args } = await shell(profile);
  const app = await _electron.launch({ executablePath, args: [...args, `--data-root=${join(profile, 'd')}`] });
  try {
    const page = await app.firstWindow();
    await expect(page.getByRole('button', { name: /^Engine running/ })).toBeVisible();
    await app.evaluate((electron) => {
      electron.app.emit('second-instance', {}, ['berth-app', 'berth://volumes'], '');
    });
    await expect(page.getByRole('heading', { name: 'Volumes' })).toBeVisible();
  } finally {
    await app.close();
    await rm(profile, { recursive: true, force: true });
  }
});
