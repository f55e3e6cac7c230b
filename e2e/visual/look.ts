// Pictures of screens to look at while they are made: `node e2e/visual/look.ts DIRECTORY [NAME...]`. Real engine, real
// containers, light and dark, large and small.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { startEngine } from '../fixtures/engine.ts';
import { root, startNode } from '../fixtures/process.ts';
import { furnish, VIEWS, type Scene, type View } from './scene.ts';

const directory = process.argv[2] ?? join(root, '.cache/look');
const wanted = new Set(process.argv.slice(3));
await mkdir(directory, { recursive: true });
const engine = await startEngine();
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const app = await startNode(
    ['runtime/bin/web.ts', '--host', `unix://${engine.socketPath}`],
    /http:\/\/127\S+#token=[\w-]+/,
  );
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  await page.goto(app.match[0]);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const take = async (view: View, scene: Scene) => {
    for (const [width, height, colorScheme, suffix] of [
      [1440, 900, 'light', ''],
      [1440, 900, 'dark', '-dark'],
      [1024, 640, 'light', '-small'],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.keyboard.press('Escape');
      await page.evaluate((hash) => {
        location.hash = hash;
      }, view.path(scene));
      await view.prepare?.(page);
      await page.waitForTimeout(view.settle ?? 900);
      await page.screenshot({ path: join(directory, `${view.name}${suffix}.png`) });
    }
  };
  const views = VIEWS.filter(({ name }) => wanted.size === 0 || wanted.has(name));
  for (const view of views.filter(({ empty }) => empty === true)) await take(view, { front: '', network: '' });
  if (views.some(({ empty }) => empty !== true)) {
    const scene = await furnish(engine);
    await page.waitForTimeout(4000);
    for (const view of views.filter(({ empty }) => empty !== true)) await take(view, scene);
  }
  await app.stop();
} finally {
  await browser.close();
  await engine.dispose();
}
