import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

test('logs of several containers are one, to be searched and filtered by level', async ({
  page,
  containers,
  engine,
  task,
}) => {
  await engine.runScript('alpha', 'echo "alpha starts"; sleep 1; echo "WARN alpha is slow"; sleep 100');
  await engine.runScript('beta', 'echo "beta starts"; sleep 100');
  await expect(containers.row('beta')).toBeVisible();
  const log = page.getByRole('log');
  await task('merged', 'mouse', async () => {
    await page.getByRole('link', { name: 'Logs', exact: true }).click();
    await page.getByRole('button', { name: 'All running' }).click();
    await expect(log).toContainText('alpha starts');
    await expect(log).toContainText('beta starts');
  });
  await expect(log).toContainText('WARN alpha is slow');
  await expectAccessible(page);
  const warnings = page.getByRole('group', { name: 'Levels' }).getByRole('button', { name: 'Warnings' });
  await warnings.click();
  await expect(log).not.toContainText('beta starts');
  await expect(log).toContainText('WARN alpha is slow');
  await warnings.click();
  await expect(log).toContainText('beta starts');
  await page.getByRole('button', { name: 'Regular expression' }).click();
  await page.getByLabel('Find in log').fill('^beta');
  await expect(log).toContainText('beta starts');
  await expect(log).not.toContainText('alpha');
});

test('whole logs are searched, also of what was removed, and a match leads into its log', async ({ page, engine }) => {
  await engine.runScript('gamma', 'echo one; echo "needle 1"; echo two; echo "needle 2" >&2; sleep 100');
  await engine.runScript('gone', 'echo "a needle that is gone"; echo "a needle right below"');
  await expect
    .poll(async () => ((await engine.api('GET', '/v1.41/containers/gone/json')) as { State: { Status: string } }).State)
    .toMatchObject({ Status: 'exited' });
  await engine.api('POST', '/berth/trash/gone');
  await page.getByRole('link', { name: 'Logs', exact: true }).click();
  await page.getByRole('link', { name: 'Search' }).click();
  await page.getByLabel('Text or expression').fill('needle');
  await page.keyboard.press('Enter');
  const gamma = page.getByRole('region', { name: 'gamma' });
  await expect(gamma).toContainText('2 matches');
  // Lines between two matches are there once, in the order of the log.
  await expect(gamma.getByRole('listitem')).toHaveText([/^one.*needle 1.*two.*needle 2/]);
  await expect(page.getByRole('region', { name: 'gone' })).toContainText('a needle that is gone');
  await expectAccessible(page);
  await gamma
    .getByRole('link', { name: /^Open log of gamma at/ })
    .first()
    .click();
  await expect(page.locator('.log-current')).toContainText('needle 1');
  await page.goBack();
  await expect(gamma).toContainText('2 matches');
  await page.getByRole('button', { name: 'Regular expression' }).click();
  await page.getByLabel('Text or expression').fill('^needle \\d$');
  await page.keyboard.press('Control+Enter');
  await expect(gamma).toContainText('2 matches');
  await expect(page.getByRole('region', { name: 'gone' })).toHaveCount(0);
});

test('an alert tells of a line in any log, whatever is on the screen, and leads there', async ({ page, engine }) => {
  await page.getByRole('link', { name: 'Logs', exact: true }).click();
  await page.getByRole('link', { name: 'Alerts' }).click();
  await page.getByRole('button', { name: 'New alert' }).click();
  const dialog = page.getByRole('dialog', { name: 'New alert' });
  await dialog.getByLabel('Name', { exact: true }).fill('Disk');
  await dialog.getByLabel('Text or expression').fill('disk (full|broken)');
  await dialog.getByLabel('It is a regular expression').check();
  await dialog.getByLabel('For which containers').selectOption('name');
  await dialog.getByLabel('Which', { exact: true }).fill('delta*');
  await expectAccessible(page);
  await page.keyboard.press('Control+Enter');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('checkbox', { name: 'Disk: on' })).toBeChecked();
  await page.getByRole('link', { name: /^Volumes/ }).click();
  await engine.runScript('delta-1', 'echo fine; echo "disk full"; echo "disk broken"; sleep 100');
  await engine.runScript('epsilon', 'echo "disk full"; sleep 100');
  const told = page.getByRole('region', { name: /^Notifications/ });
  await expect(told.getByText('Disk: delta-1')).toBeVisible();
  await told.getByRole('button', { name: 'Open log' }).click();
  await expect(page.locator('.log-current')).toContainText('disk');
  await page.goto(page.url().replace(/#.*/, '#/logs/alerts'));
  await expect(page.getByRole('listitem').filter({ hasText: 'Disk: delta-1' })).toBeVisible();
  await expect(page.getByText('Disk: epsilon')).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Remove Disk' }).click();
  await expect(page.getByRole('checkbox', { name: 'Disk: on' })).toHaveCount(0);
});
