import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';

const LOOP = 'while true; do sleep 0.2; done';

/** What the visible terminal shows. */
function screen(page: Page) {
  return page.locator('[data-testid="terminal"]:not([hidden]) .xterm-rows');
}

test('a terminal types, resizes, and several live side by side', async ({ page, containers, engine }) => {
  await engine.runScript('box', LOOP);
  await containers.openView('box', 'Terminal');
  await expect(screen(page)).toContainText('#');
  await page.keyboard.type('echo first-$((40+2)); stty size\n');
  await expect(screen(page)).toContainText('first-42');
  await expect(screen(page)).toContainText(/\d\d \d\d\d/);

  await page.setViewportSize({ width: 900, height: 600 });
  // The size follows when the window has come to rest, so one answer may still be the old one.
  await expect(async () => {
    await page.keyboard.type('clear; stty size\n');
    await expect(screen(page)).toContainText(/[12]\d \d\d\b/, { timeout: 1000 });
  }).toPass();
  await page.setViewportSize({ width: 1280, height: 820 });

  await page.getByRole('button', { name: 'New terminal' }).click();
  await expect(page.getByRole('button', { name: /^Terminal \d/ })).toHaveCount(2);
  await expect(screen(page)).toContainText('#');
  await page.keyboard.type('echo second-one\n');
  await expect(screen(page)).toContainText('second-one');
  await page.getByRole('button', { name: /^Terminal 1/ }).click();
  await expect(screen(page)).not.toContainText('second-one');
});

test('a session survives a reload and ends with its exit code', async ({ page, containers, engine }) => {
  await engine.runScript('box', LOOP);
  await containers.openView('box', 'Terminal');
  await expect(screen(page)).toContainText('#');
  await page.keyboard.type('MARK=kept; echo before-reload\n');
  await expect(screen(page)).toContainText('before-reload');
  await page.reload();
  await expect(screen(page)).toContainText('before-reload');
  await page.keyboard.type('echo it-is-$MARK\n');
  await expect(screen(page)).toContainText('it-is-kept');
  await page.keyboard.type('exit 7\n');
  await expect(page.getByRole('button', { name: /^Terminal 1.*ended 7/ })).toBeVisible();
});

test('text is copied out of and pasted into a terminal', async ({ page, containers, engine }) => {
  await engine.runScript('box', LOOP);
  await containers.openView('box', 'Terminal');
  await expect(screen(page)).toContainText('#');
  await page.evaluate(() => navigator.clipboard.writeText('echo pasted-text'));
  await page.keyboard.press('Control+Shift+V');
  await page.keyboard.press('Enter');
  await expect(screen(page)).toContainText('pasted-text');
  const box = await screen(page)
    .locator('div', { hasText: /^pasted-text/ })
    .first()
    .boundingBox();
  await page.mouse.dblclick((box?.x ?? 0) + 20, (box?.y ?? 0) + 8);
  await page.keyboard.press('Control+Shift+C');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/pasted/);
});

test('the host shell has DOCKER_HOST', async ({ page, engine }) => {
  await page.getByRole('link', { name: 'Host shell' }).click();
  await page.getByRole('textbox', { name: /Terminal/ }).waitFor();
  await page.keyboard.type('echo "host=$DOCKER_HOST"\n');
  await expect(screen(page)).toContainText(`host=unix://${engine.socketPath}`);
  await page.getByRole('button', { name: 'Close terminal 1' }).click();
  await expect(page.getByText('No shell is open.')).toBeVisible();
});
