import { expect, test } from '../fixtures/test.ts';

test('a lost engine is told, found again, and the log goes on without a gap', async ({ page, containers, engine }) => {
  test.skip(!engine.owned, 'the engine was given from outside and is not ours to kill');
  await engine.runScript('counter', 'i=0; while true; do echo "n $i"; i=$((i+1)); sleep 0.1; done');
  await containers.openView('counter', 'Logs');
  await expect(containers.log()).toContainText(/n \d/);
  await engine.kill();
  await expect(page.getByRole('alert')).toContainText(/engine/i);
  await engine.restart();
  await expect(page.getByRole('alert')).toHaveCount(0, { timeout: 15_000 });
  const last = async () => {
    const rows = await containers.log().locator('.log-text').allTextContents();
    return Math.max(...rows.flatMap((row) => (/^n (\d+)$/.exec(row) === null ? [] : [Number(row.slice(2))])));
  };
  const before = await last();
  await expect.poll(last).toBeGreaterThan(before);
  const rows = (await containers.log().locator('.log-text').allTextContents()).filter((row) => row !== '');
  const numbers = rows.map((row) => Number(row.slice(2)));
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  // A page that never knew what there is says why it shows nothing.
  await containers.open();
  await engine.kill();
  await page.reload();
  await expect(page.getByRole('main').getByText('The engine is not running.')).toBeVisible();
  await engine.restart();
  await expect(containers.row('counter')).toContainText('Running', { timeout: 15_000 });
});

test('a page whose files are lost on the way begins anew, and later needs nobody to open its screens', async ({
  page,
  app,
}) => {
  // What a browser does when an interface of the machine comes or goes: once, at the start and on the way to a screen.
  const lost = new Set<string>();
  await page.route(/\/assets\/(drop-|NetworksView-).*\.js$/, async (route) => {
    const name = new URL(route.request().url()).pathname;
    if (lost.has(name)) await route.continue();
    else {
      lost.add(name);
      await route.abort('connectionreset');
    }
  });
  // It remembers 250 by itself, and the page has more parts.
  await page.addInitScript(() => {
    performance.setResourceTimingBufferSize(1000);
  });
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Containers');
  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Networks');
  expect(lost.size).toBe(2);
  await page.unroute(/\/assets\/(drop-|NetworksView-).*\.js$/);

  const wanted = (await (await page.request.get(`${app.origin}/parts.json`)).json()) as string[];
  const missing = () =>
    page.evaluate(
      (names) => names.filter((name) => performance.getEntriesByName(name).length === 0),
      wanted.map((name) => `${app.origin}/${name}`),
    );
  await expect.poll(missing).toEqual([]);
  await page.context().setOffline(true);
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Disk usage');
  await page.context().setOffline(false);
});

test('a dialog whose file is lost on the way opens in the page that begins anew', async ({ page }) => {
  let lost = 0;
  await page.route(/\/assets\/RunDialog-.*\.js$/, async (route) => {
    // Not what the page fetches to have it later.
    if (lost > 0 || route.request().resourceType() !== 'script') await route.continue();
    else {
      lost += 1;
      await route.abort('connectionreset');
    }
  });
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Containers');
  await page.keyboard.press('Control+Alt+n');
  await expect(page.getByRole('dialog', { name: 'Run a container' })).toBeVisible();
  expect(lost).toBe(1);
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Containers');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a screen that comes late takes the keyboard from nobody', async ({ page }) => {
  let send: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    send = resolve;
  });
  await page.route(/\/assets\/NetworksView-.*\.js$/, async (route) => {
    await asked;
    await route.continue();
  });
  await page.reload();
  const title = page.getByRole('heading', { level: 1 });
  await expect(title).toHaveText('Containers');
  await page.getByRole('link', { name: /^Networks/ }).click();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('combobox');
  await page.keyboard.insertText('vol');
  send();
  await expect(page.locator('main h1')).toHaveText('Networks');
  await expect(palette).toBeFocused();
  await expect(palette).toHaveValue('vol');
  await page.keyboard.press('Escape');
  await expect(title).toBeFocused();
});

test('a lost page connection is told and comes back by itself', async ({ page, containers, engine }) => {
  await engine.runScript('steady', 'while true; do sleep 0.2; done');
  // A proxy of the page's socket that can be cut, as a sleeping laptop cuts it.
  let cut: () => Promise<void> = () => Promise.resolve();
  let refuse = false;
  await page.routeWebSocket(/\/rpc$/, async (socket) => {
    if (refuse) {
      await socket.close();
      return;
    }
    socket.connectToServer();
    cut = () => socket.close();
  });
  await page.reload();
  await expect(containers.row('steady')).toContainText('Running');
  refuse = true;
  await cut();
  await expect(page.getByRole('alert')).toContainText('Connecting again');
  // What was known stays on the screen, also on one that asks for more when it opens.
  await page.getByRole('link', { name: /^Images/ }).click();
  await page.getByRole('link', { name: /^Containers/ }).click();
  await expect(containers.row('steady')).toBeVisible();
  refuse = false;
  await expect(page.getByRole('alert')).toHaveCount(0, { timeout: 15_000 });
  await engine.api('DELETE', '/v1.41/containers/steady?force=1');
  await expect(containers.row('steady')).toHaveCount(0);
  // A page that comes before the app is shown as it was left once the app is there.
  const look = page.locator('html');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
  await expect(look).toHaveAttribute('data-theme', 'dark');
  refuse = true;
  await page.evaluate(() => {
    localStorage.removeItem('berth.settings');
  });
  await page.reload();
  await expect(page.getByRole('alert')).toContainText('Connecting again');
  await expect(look).toHaveAttribute('data-theme', 'light');
  refuse = false;
  await expect(look).toHaveAttribute('data-theme', 'dark', { timeout: 15_000 });
});
