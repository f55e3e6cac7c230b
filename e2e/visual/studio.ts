import { chromium, type Page } from '@playwright/test';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { startEngine, type TestEngine } from '../fixtures/engine.ts';
import { startNode } from '../fixtures/process.ts';
import type { Scene, View } from './scene.ts';

/** How a window looks when its picture is taken; sizes in CSS pixels. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'light' | 'dark';
}

/** The app on an engine of its own, with a browser that takes its pictures. */
export interface Studio {
  readonly engine: TestEngine;
  readonly page: Page;
  /** Goes to a view and takes its picture. */
  take(view: View, scene: Scene, look: Look, path: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens the app's page; `scale` is the number of picture pixels for each of the window's. */
export async function openStudio(scale = 1): Promise<Studio> {
  const engine = await startEngine();
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const app = await startNode(
    [BERTH_COMMAND, 'app', '--web', ...engine.words],
    /http:\/\/127\S+#token=[\w-]+/,
    engine.appEnvironment,
  );
  const page = await browser.newPage({ deviceScaleFactor: scale });
  await page.goto(app.match[0]);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return {
    engine,
    page,
    take: async (view, scene, { width, height, colorScheme }, path) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.keyboard.press('Escape');
      await page.evaluate((hash) => {
        location.hash = hash;
      }, view.path(scene));
      await view.prepare?.(page);
      await page.waitForTimeout(view.settle ?? 900);
      await page.screenshot({ path });
    },
    close: async () => {
      await app.stop();
      await browser.close();
      await engine.dispose();
    },
  };
}
