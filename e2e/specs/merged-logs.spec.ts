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
  await engine.runScript('gone', 'echo "a needle that is gone"');
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
  await expect(gamma.getByRole('listitem').first()).toContainText('needle 2');
  await expect(gamma.getByRole('listitem').first()).toContainText('two');
  await expect(page.getByRole('region', { name: 'gone' })).toContainText('a needle that is gone');
  await expectAccessible(page);
  await gamma
    .getByRole('link', { name: /^Open log of gamma at/ })
    .last()
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
