import { startEngine } from '../fixtures/engine.ts';
import { expect, expectAccessible, test } from '../fixtures/test.ts';

test('events show as they happen, and what happened before', async ({ page, engine }) => {
  await engine.runScript('early', 'exit 3');
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(page.getByRole('row', { name: 'container die early' })).toContainText('die (3)');
  await engine.runScript('late', 'exit 0');
  await expect(page.getByRole('row', { name: 'container die late' })).toContainText('die (0)');
  await page.keyboard.press('/');
  await page.keyboard.type('early');
  await expect(page.getByRole('row', { name: /late/ })).toHaveCount(0);
  await expectAccessible(page);
});

test('disk usage names what takes room, and cleans up what nothing uses', async ({ page, engine }) => {
  await engine.runScript('heavy', 'dd if=/dev/zero of=/big bs=1000 count=5000');
  await expect.poll(async () => (await engine.api('GET', '/v1.41/containers/json')) as unknown[]).toEqual([]);
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  const tile = page.getByRole('button', { name: /^Containers heavy, 5\.00 MB, can go/ });
  await expect(tile).toBeVisible({ timeout: 20_000 });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Remove: Stopped containers' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText(/^Freed 5\.0/)).toBeVisible();
  await expect(tile).toHaveCount(0);
});

test('another engine is added, shown, and left again', async ({ page, engine, containers }) => {
  const other = await startEngine();
  try {
    await engine.runScript('mine', 'sleep 100');
    await expect(containers.row('mine')).toBeVisible();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('button', { name: 'Add an engine' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('other');
    await dialog.getByLabel('Address').fill('unix:///nowhere.sock');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Show other' }).click();
    await expect(page.getByText('No engine answers at unix:///nowhere.sock.')).toBeVisible();
    await page.getByRole('button', { name: 'Remove other' }).click();
    await page.getByRole('button', { name: 'Add an engine' }).click();
    await dialog.getByLabel('Name').fill('second');
    await dialog.getByLabel('Address').fill(`unix://${other.socketPath}`);
    await page.keyboard.press('Enter');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show second' }).click();
    await expect(page.getByText('Now showing second')).toBeVisible();
    await containers.open();
    await expect(page.getByRole('heading', { name: 'The quay is empty' })).toBeVisible();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('button', { name: 'Show local' }).click();
    await containers.open();
    await expect(containers.row('mine')).toBeVisible();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('button', { name: 'Remove second' }).click();
    await expect(page.getByRole('button', { name: 'Show second' })).toHaveCount(0);
  } finally {
    await other.dispose();
  }
});

test('registries: nobody is logged in, and a wrong password is told', async ({ page }) => {
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.getByRole('button', { name: 'Log in' }).click();
  const dialog = page.getByRole('dialog', { name: 'Log in to a registry' });
  await dialog.getByLabel('Registry').fill('127.0.0.1:1');
  await dialog.getByLabel('User').fill('me');
  await dialog.getByLabel('Password or access token').fill('secret');
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toBeVisible({ timeout: 20_000 });
});
