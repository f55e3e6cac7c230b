import { expect, expectAccessible, test } from '../fixtures/test.ts';

const LOOP = 'while true; do echo line; sleep 0.5; done';

test('empty screens', async ({ page }) => {
  await expect(page.getByRole('heading', { name: 'The quay is empty' })).toBeVisible();
  await expectAccessible(page);
});

test('lists, with a selection', async ({ page, containers, engine }) => {
  await engine.runScript('web', LOOP);
  await engine.runScript('broken', 'exit 3');
  await expect(containers.row('broken')).toContainText('Exited (3)');
  await containers.select('web');
  await expectAccessible(page);
  await page.getByRole('link', { name: /^Images/ }).click();
  await expect(page.getByRole('row', { name: 'busybox:latest' })).toBeVisible();
  await expectAccessible(page);
});

test('every view of a container', async ({ page, containers, engine }) => {
  await engine.runScript('web', LOOP, { Env: ['API_TOKEN=x'], Labels: { app: 'web' } });
  await containers.openView('web', 'Logs');
  await expect(containers.log()).toContainText('line');
  await expectAccessible(page);
  for (const view of ['Overview', 'Inspect', 'Terminal']) {
    await page.getByRole('link', { name: view, exact: true }).click();
    await expect(page.getByRole('link', { name: view, exact: true })).toHaveAttribute('aria-current', 'page');
    if (view === 'Terminal') await expect(page.locator('.xterm-rows')).toContainText('#');
    await expectAccessible(page);
  }
});

test('dialogs, palette, settings and the engine’s panel', async ({ page }) => {
  await page.getByRole('button', { name: 'Run a container' }).click();
  await page.getByRole('button', { name: 'Publish a port' }).click();
  await page.getByRole('button', { name: 'Limits, network, restart and user' }).click();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+,');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: /Engine running/ }).click();
  await expect(page.getByText('export DOCKER_HOST')).toBeVisible();
  await expectAccessible(page);
});

test('the host shell', async ({ page }) => {
  await page.getByRole('link', { name: /shell/i }).click();
  await expect(page.locator('.xterm-rows')).toContainText(/[#$]/);
  await expectAccessible(page);
});
