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
