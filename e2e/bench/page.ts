import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from '@playwright/test';
import { startNode } from '../fixtures/process.ts';

const EXECUTABLE = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/**
 * Milliseconds from opening the app's page, served on loopback and showing a running engine, until its list of
 * containers answers the keyboard; one value a round. Null where there is no Chromium.
 */
export async function pageTimes(socketPath: string, row: string, rounds: number): Promise<number[] | null> {
  if (!existsSync(EXECUTABLE)) return null;
  const berth = join('runtime', 'bin', 'berth.mjs');
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
  try {
    const times: number[] = [];
    // The first window compiles the page's code; a window that is opened again is what people wait for.
    for (let round = -1; round < rounds; round += 1) {
      // A token opens one window.
      const web = await startNode(
        [berth, '-H', `unix://${socketPath}`, 'app', '--web'],
        /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/,
      );
      try {
        const time = await once(browser, web.match[0], row);
        if (round >= 0) times.push(time);
      } finally {
        await web.stop();
      }
    }
    return times;
  } finally {
    await browser.close();
  }
}

async function once(browser: Browser, address: string, row: string): Promise<number> {
  const page = await browser.newPage();
  try {
    await page.goto(address);
    const listed = page.getByRole('row', { name: row }).first();
    await listed.waitFor();
    await page.reload({ waitUntil: 'commit' });
    await listed.waitFor();
    return await page.evaluate(() => performance.now());
  } finally {
    await page.close();
  }
}
