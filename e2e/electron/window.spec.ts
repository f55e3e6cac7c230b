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

test('the desktop window shows the engine’s containers and follows a log', async () => {
  const executablePath = electronBinary();
  if (executablePath === null) throw new Error('Electron’s program is not at hand');
  await ensurePage(root);
  await promisify(execFile)(process.execPath, [join(root, 'electron/packaging/bundle.ts')], { cwd: root });
  const profile = await mkdtemp(join(tmpdir(), 'berth-electron-'));
  const engine = await startEngine();
  const app = await _electron.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      `--user-data-dir=${profile}`,
      join(root, 'dist/electron/main.mjs'),
    ],
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
