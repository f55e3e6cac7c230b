import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

const LOOP = 'while true; do sleep 0.2; done';

// A machine that does other things too takes its time for axe.
test.setTimeout(120_000);

test.beforeEach(async ({ engine }) => {
  await engine.clearNetworks();
});

test('a network is made, a container connected, seen in the picture, disconnected, and the network removed', async ({
  page,
  engine,
  containers,
  task,
}) => {
  await engine.runScript('web', LOOP, { HostConfig: { NetworkMode: 'bridge' } });
  await task('network', 'mouse', async () => {
    await page.getByRole('link', { name: 'Networks' }).click();
    await expect(page.getByRole('row', { name: 'bridge' })).toContainText('web');
    await page.getByRole('button', { name: 'New network' }).click();
    const dialog = page.getByRole('dialog', { name: 'New network' });
    await dialog.getByLabel('Name').fill('shop');
    await dialog.getByLabel('Subnet').click();
    await page.keyboard.insertText('172.29.77.0/24');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'shop' })).toBeVisible();
  });
  await expect(page.getByText('No container is in it')).toBeVisible();
  await task('connect', 'mouse', async () => {
    await page.getByRole('button', { name: 'Connect a container' }).click();
    await page.getByRole('dialog').getByLabel('Address').click();
    await page.keyboard.insertText('172.29.77.9');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('row', { name: /web/ })).toContainText('172.29.77.9');
  });

  await containers.open();
  const picture = page.getByRole('group', { name: 'Networks and the containers in them' });
  await task('picture', 'mouse', async () => {
    await page.getByRole('link', { name: 'Networks' }).click();
    await page.getByText('Picture').click();
    await expect(picture.getByRole('link', { name: /^web, running, .*172\.29\.77\.9/ })).toBeVisible();
  });
  await expectAccessible(page);
  await picture.getByRole('link', { name: /^web/ }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('shop');

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await expect(page.getByText('shop is in use')).toBeVisible();
  await task('disconnect', 'mouse', async () => {
    await page.getByRole('button', { name: 'Disconnect web' }).click();
    await expect(page.getByText('web left shop')).toBeVisible();
  });
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByRole('heading', { name: 'This network is gone' })).toBeVisible();
  const names = (await engine.api('GET', '/v1.41/networks')) as { Name: string }[];
  expect(names.map(({ Name }) => Name)).not.toContain('shop');
});
