import { readFile } from 'node:fs/promises';
import { expect, test } from '../fixtures/test.ts';
import { choose, home, press } from '../pages/keyboard.ts';

const LOOP = 'while true; do sleep 0.2; done';
const SERVER = `sh -c "trap 'exit 0' TERM; mkdir -p /srv; echo hello > /srv/index.txt; echo ERROR no wind; echo a needle; ${LOOP}"`;

// Many tasks in one go, on a machine that does other things too.
test.setTimeout(240_000);

test('containers, without a pointer', async ({ page, containers, engine, task }) => {
  const name = (text: string) => page.getByRole('heading', { name: text, level: 1 });
  await page.evaluate(
    (line) => navigator.clipboard.writeText(line),
    `docker run -d --name worker busybox:latest ${SERVER}`,
  );
  await task('paste', 'keyboard', async () => {
    await press(page, 'Control+Alt+n');
    await expect(page.getByRole('dialog').getByLabel('Image')).toBeFocused();
    await press(page, 'Control+v', 'Control+Enter');
    await expect(name('worker')).toBeVisible();
  });
  await home(page);
  const row = containers.row('worker');
  await expect(row).toContainText('Running');
  await task('log', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'Enter');
    await expect(containers.log()).toContainText('a needle');
  });
  const lines = containers.log().locator('.log-row', { hasText: /\S/ });
  await task('log-errors', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'e');
    await expect(lines).toHaveText(['ERROR no wind']);
  });
  // The same key gives the others back: the keyboard is still in the log.
  await press(page, 'e');
  await expect(containers.log()).toContainText('a needle');
  const saving = page.waitForEvent('download');
  await task('log-save', 'keyboard', async () => {
    await press(page, 'Control+s');
    await saving;
  });
  expect(await readFile(await (await saving).path(), 'utf8')).toContain('a needle');
  await task('log-search', 'keyboard', async () => {
    await press(page, 'Control+f');
    await page.keyboard.insertText('needle');
    await press(page, 'Enter');
    await expect(page.locator('.log-current')).toContainText('a needle');
  });
  await home(page);
  await task('stats', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'Enter', 'Control+6');
    await expect(page.getByRole('img', { name: /^Processors:/ })).toBeVisible();
  });
  await home(page);
  await task('changes', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'Enter', 'Control+8');
    await expect(page.getByRole('row', { name: 'Added /srv/index.txt' })).toBeVisible();
  });
  await home(page);
  await task('file-edit', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'f');
    const tree = page.getByRole('tree', { name: 'Files of worker' });
    await expect(tree.getByRole('treeitem', { name: /^srv/ })).toBeVisible();
    await press(page, 'ArrowDown', 's', 'ArrowRight');
    await expect(tree.getByRole('treeitem', { name: /^index.txt/ })).toBeVisible();
    await press(page, 'ArrowDown', 'Enter');
    const text = page.getByRole('textbox', { name: 'Content of index.txt' });
    await expect(text).toHaveText('hello');
    await press(page, 'Enter');
    await expect(text).toBeFocused();
    await press(page, 'Control+a');
    await page.keyboard.insertText('changed');
    await press(page, 'Control+s');
    await expect(page.getByText('Saved')).toBeVisible();
  });
  await home(page);
  const shown = page.locator('[data-testid="terminal"]:not([hidden]) .xterm-rows');
  await task('shell', 'keyboard', async () => {
    await press(page, 'ArrowDown', 't');
    await expect(page.locator('.xterm-rows')).toContainText('#');
  });
  await page.keyboard.type('echo the-$((2-1))st\n');
  await task('shell-more', 'keyboard', async () => {
    await press(page, 'Control+Shift+Backquote');
    await expect(page.getByRole('button', { name: /^Terminal \d/ })).toHaveCount(2);
    await expect(shown).toContainText('#');
  });
  await expect(shown).not.toContainText('the-1st');
  await press(page, 'Control+Shift+ArrowLeft');
  await expect(shown).toContainText('the-1st');
  await home(page);
  await task('snapshot', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'c');
    await expect(page.getByText(/^Snapshot .* taken$/)).toBeVisible({ timeout: 20_000 });
  });
  await home(page);
  await task('go-back', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'Enter', 'Control+9');
    await expect(page.getByRole('button', { name: 'Go back to it' })).toBeVisible();
    await press(page, 'ArrowDown', 'Tab', 'Enter');
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await press(page, 'Control+Enter');
    await expect(page.getByText('worker is as it was')).toBeVisible({ timeout: 30_000 });
  });
  await home(page);
  await task('pause', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'p');
    await expect(row).toContainText('Paused');
  });
  await press(page, 'p');
  await expect(row).toContainText('Running');
  await home(page);
  await task('stop', 'keyboard', async () => {
    await press(page, 'ArrowDown', 's');
    await expect(row).toContainText('Exited');
  });
  await home(page);
  await task('start', 'keyboard', async () => {
    await press(page, 'ArrowDown', 's');
    await expect(row).toContainText('Running');
  });
  await home(page);
  await task('edit', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'e');
    const dialog = page.getByRole('dialog', { name: 'Edit worker' });
    await expect(dialog).toBeVisible();
    await press(page, 'Alt+e');
    await expect(dialog.getByLabel(/^Variable name/).last()).toBeFocused();
    await page.keyboard.insertText('EXTRA');
    await press(page, 'Tab');
    await page.keyboard.insertText('yes');
    await press(page, 'Control+Enter');
    await expect(dialog).toHaveCount(0, { timeout: 30_000 });
  });
  const { Config } = (await engine.api('GET', '/v1.41/containers/worker/json')) as { Config: { Env: string[] } };
  expect(Config.Env).toContain('EXTRA=yes');
  await home(page);
  await task('rename', 'keyboard', async () => {
    await choose(page, 'rename worker', /^Rename/);
    await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused();
    await page.keyboard.insertText('old');
    await press(page, 'Enter');
    await expect(containers.row('old')).toContainText('Running');
  });
  await engine.api('POST', '/v1.41/containers/old/stop');
  await expect(containers.row('old')).toContainText('Exited');
  await home(page);
  await task('undo', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'Delete');
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
    await press(page, 'F8', 'Enter');
    await expect(containers.row('old')).toBeVisible();
  });
  await engine.api('POST', '/berth/trash/old');
  await home(page);
  await task('restore', 'keyboard', async () => {
    await press(page, 'g', 't');
    await expect(page.getByRole('row', { name: 'old' })).toBeVisible();
    await press(page, 'ArrowDown', 'Enter');
    await expect(page.getByText('old is back')).toBeVisible();
  });
  await engine.api('POST', '/berth/trash/old');
  await home(page);
  await task('empty-trash', 'keyboard', async () => {
    await press(page, 'g', 't');
    await expect(page.getByRole('row', { name: 'old' })).toBeVisible();
    await press(page, 'ArrowDown', 'Control+a', 'Delete');
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await press(page, 'Control+Enter');
    await expect(page.getByText('1 container deleted')).toBeVisible();
  });
  await home(page);
  await task('run', 'keyboard', async () => {
    await press(page, 'Control+Alt+n');
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByLabel('Image')).toBeFocused();
    await press(page, 'Tab');
    await page.keyboard.insertText('api-1');
    await press(page, 'Tab');
    await expect(dialog.getByLabel('Command')).toBeFocused();
    await page.keyboard.insertText(SERVER);
    await press(page, 'Control+Enter');
    await expect(name('api-1')).toBeVisible();
  });
});

test('many containers, without a pointer', async ({ page, containers, engine, task }) => {
  const script = `trap 'exit 0' TERM; echo I am here; ${LOOP}`;
  const shop = { Labels: { 'com.docker.compose.project': 'a-shop' } };
  await engine.runScript('a-shop-web', script, shop);
  await engine.runScript('a-shop-db', script, shop);
  for (const name of ['api-1', 'api-2']) await engine.runScript(name, script);
  await expect(containers.row('api-2')).toContainText('Running');
  await home(page);
  await task('merged', 'keyboard', async () => {
    await press(page, 'g', 'l');
    await expect(page.getByRole('button', { name: 'All running' })).toBeVisible();
    await press(page, 'ArrowDown', 'Enter');
    await expect(page.getByRole('log')).toContainText('api-2');
  });
  await home(page);
  await task('stop-some', 'keyboard', async () => {
    await press(page, '/');
    await page.keyboard.insertText('api');
    await expect(containers.row('a-shop-db')).toHaveCount(0);
    await press(page, 'ArrowDown', 'Control+a', 's');
    await expect(page.getByText('Stopped 2 containers')).toBeVisible({ timeout: 25_000 });
  });
  await press(page, '/', 'Escape');
  await home(page);
  await task('stop-project', 'keyboard', async () => {
    await press(page, 'ArrowDown', 's');
    await expect(page.getByRole('row', { name: 'Project a-shop, 0 of 2 running' })).toBeVisible({ timeout: 25_000 });
  });
  await task('disk', 'keyboard', async () => {
    await choose(page, 'stopped containers', /^Clean up: Stopped containers/);
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await press(page, 'Control+Enter');
    await expect(page.getByText(/^Freed/)).toBeVisible();
  });
  await expect.poll(() => engine.api('GET', '/v1.41/containers/json?all=1')).toEqual([]);
});

test('the keyboard is never nowhere', async ({ page, containers, engine }) => {
  await engine.runScript('web', 'exit 0');
  const row = containers.row('web');
  await expect(row).toContainText('Exited');
  const title = page.getByRole('heading', { level: 1 });
  await home(page);
  await press(page, 'ArrowDown', '/', 'Escape');
  await expect(row).toBeFocused();
  // From part to part of the window, and around.
  await press(page, 'Enter');
  await expect(title).toHaveText('web');
  await expect(title).toBeFocused();
  await press(page, 'F6');
  await expect(page.getByRole('link', { name: 'Overview' })).toBeFocused();
  await press(page, 'F6');
  await expect(page.getByRole('button', { name: 'Find anything' })).toBeFocused();
  await press(page, 'F6');
  await expect(title).toBeFocused();
  await press(page, 'Shift+F6', 'Shift+F6');
  await expect(page.getByRole('link', { name: 'Overview' })).toBeFocused();
  // A row goes, and the next takes its place; then the last, and the list with it.
  await engine.runScript('api', 'exit 0');
  await home(page);
  await expect(containers.row('api')).toContainText('Exited');
  await press(page, 'ArrowDown', 'Delete');
  await expect(page.getByRole('row', { name: /, Exited/ })).toHaveCount(1);
  await expect(page.getByRole('row', { name: /, Exited/ })).toBeFocused();
  // What is said of it goes when it is answered, and the keyboard goes back to the list.
  await press(page, 'F8');
  await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused();
  await press(page, 'Enter');
  await expect(page.getByRole('row', { name: /, Exited/ })).toHaveCount(2);
  await expect(page.getByRole('row', { name: /, Exited/ }).and(page.locator(':focus'))).toHaveCount(1);
  await press(page, 'Delete');
  await expect(page.getByRole('row', { name: /, Exited/ })).toHaveCount(1);
  await expect(page.getByRole('row', { name: /, Exited/ })).toBeFocused();
  await press(page, 'Delete');
  await expect(page.getByRole('heading', { name: 'The quay is empty' })).toBeVisible();
  await expect(title).toBeFocused();
});
