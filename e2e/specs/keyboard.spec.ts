import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { LocalRegistry } from '../fixtures/registry.ts';
import { specDirectory, writeSpecFile } from '../fixtures/spec-user.ts';
import { expect, test } from '../fixtures/test.ts';

const LOOP = 'while true; do sleep 0.2; done';
const SERVER = `sh -c "trap 'exit 0' TERM; mkdir -p /srv; echo hello > /srv/index.txt; echo a needle; ${LOOP}"`;

// Many tasks in one go, on a machine that does other things too.
test.setTimeout(240_000);

/** Presses keys one after the other. */
async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Goes to the list of containers as the app opens with it: the keyboard is at the title. */
async function home(page: Page): Promise<void> {
  // F6 leaves a terminal, which takes all other keys.
  await press(page, 'F6', 'Control+,');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeFocused();
  await press(page, 'g', 'c');
  await expect(page.getByRole('heading', { name: 'Containers', level: 1 })).toBeFocused();
}

/** From anywhere: writes what is meant into the palette, sees it come first, and takes it. */
async function choose(page: Page, words: string, first: RegExp): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await page.keyboard.insertText(words);
  await expect(page.getByRole('option').first()).toHaveText(first);
  await page.keyboard.press('Enter');
}

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
  await task('shell', 'keyboard', async () => {
    await press(page, 'ArrowDown', 't');
    await expect(page.locator('.xterm-rows')).toContainText('#');
  });
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
  await expect(containers.row('api-2')).toBeVisible();
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

test('images, volumes and networks, without a pointer', async ({ page, containers, engine, task }) => {
  await engine.clearVolumes();
  await engine.clearNetworks();
  const registry = await LocalRegistry.start();
  const name = `${registry.host}/team/tools:1.0`;
  try {
    await task('tag', 'keyboard', async () => {
      await choose(page, 'tag busybox', /busybox/);
      await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused();
      await page.keyboard.insertText(name);
      await press(page, 'Enter');
      await expect(page.getByRole('dialog')).toHaveCount(0);
    });
    await task('push', 'keyboard', async () => {
      await choose(page, 'push team/tools', /^Push/);
      await expect(page.getByText(`Pushed ${name}`)).toBeVisible();
    });
    await engine.api('DELETE', `/v1.41/images/${name}`);
    await task('pull', 'keyboard', async () => {
      await choose(page, 'pull an image', /^Pull an image/);
      await expect(page.getByRole('dialog').getByLabel('Image')).toBeFocused();
      await page.keyboard.insertText(name);
      await press(page, 'Enter');
      await expect(page.getByRole('dialog').getByRole('button', { name: 'Run it' })).toBeVisible();
    });
    await press(page, 'Escape');
    await engine.api('DELETE', `/v1.41/images/${name}`);
  } finally {
    await registry.stop();
  }
  await home(page);
  await task('layers', 'keyboard', async () => {
    await press(page, 'g', 'i');
    await expect(page.getByRole('row', { name: 'busybox:latest' })).toBeVisible();
    await press(page, 'ArrowDown', 'Enter');
    await expect(page.getByRole('heading', { name: 'busybox:latest', level: 1 })).toBeFocused();
    await press(page, 'Control+2');
    await expect(page.getByRole('tree', { name: 'Files of Layer 1' })).toBeVisible();
  });
  await home(page);
  await task('run-image', 'keyboard', async () => {
    await press(page, 'g', 'i');
    await expect(page.getByRole('row', { name: 'busybox:latest' })).toBeVisible();
    await press(page, 'ArrowDown', 'r');
    await expect(page.getByRole('dialog').getByLabel('Name', { exact: true })).toBeFocused();
    await press(page, 'Control+Enter');
    await expect(page.getByRole('navigation', { name: /^Views of/ })).toBeVisible();
  });
  await engine.clear();

  const title = (text: string) => page.getByRole('heading', { name: text, level: 1 });
  await task('volume', 'keyboard', async () => {
    await choose(page, 'make a volume', /^Make a volume/);
    await expect(page.getByRole('dialog').getByLabel('Name', { exact: true })).toBeFocused();
    await page.keyboard.insertText('shop-data');
    await press(page, 'Enter');
    await expect(title('shop-data')).toBeVisible();
  });
  await task('clone', 'keyboard', async () => {
    await choose(page, 'clone shop', /^Clone/);
    await expect(page.getByLabel('Name of the copy')).toBeFocused();
    await page.keyboard.insertText('shop-copy');
    await press(page, 'Enter');
    await expect(page.getByText('Cloned to shop-copy')).toBeVisible();
  });
  const saved = page.waitForEvent('download');
  await task('back-up', 'keyboard', async () => {
    await choose(page, 'back up shop-copy', /^Back up/);
    await saved;
  });

  await engine.runScript('web', LOOP, { HostConfig: { NetworkMode: 'bridge' } });
  await task('network', 'keyboard', async () => {
    await choose(page, 'make a network', /^Make a network/);
    await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused();
    await page.keyboard.insertText('shop');
    await press(page, 'Tab', 'Tab');
    await expect(page.getByRole('dialog').getByLabel('Subnet')).toBeFocused();
    await page.keyboard.insertText('172.29.78.0/24');
    await press(page, 'Control+Enter');
    await expect(title('shop')).toBeVisible();
  });
  await task('connect', 'keyboard', async () => {
    await choose(page, 'connect shop', /^Connect/);
    await expect(page.getByRole('dialog').getByLabel('Container')).toHaveText('web');
    await press(page, 'Tab', 'Tab');
    await expect(page.getByRole('dialog').getByLabel('Address')).toBeFocused();
    await page.keyboard.insertText('172.29.78.9');
    await press(page, 'Control+Enter');
    await expect(page.getByRole('row', { name: /web/ })).toContainText('172.29.78.9');
  });
  await home(page);
  await task('picture', 'keyboard', async () => {
    await press(page, 'g', 'n');
    await expect(page.getByRole('row', { name: 'shop' })).toBeVisible();
    await press(page, 'Tab', 'Tab', 'ArrowRight');
    const picture = page.getByRole('group', { name: 'Networks and the containers in them' });
    await expect(picture.getByRole('link', { name: /^web, running/ })).toBeVisible();
  });
  await containers.open();
});

test('Compose, looks and words, without a pointer', async ({ page, engine, task }) => {
  const directory = specDirectory('quay-');
  const service = `    image: busybox\n    command: sh -c '${LOOP}'\n    init: true\n`;
  writeSpecFile(join(directory, 'compose.yaml'), `name: quay\nservices:\n  web:\n${service}`);
  try {
    await task('up', 'keyboard', async () => {
      await choose(page, 'open a project', /project/);
      await expect(page.getByRole('dialog').getByLabel('Folder or file')).toBeFocused();
      await page.keyboard.insertText(directory);
      await press(page, 'Enter');
      await expect(page.getByRole('heading', { name: 'quay' })).toBeFocused();
      await expect(page.getByRole('button', { name: 'Up' })).toBeVisible();
      await press(page, 'Tab', 'Enter');
      await expect(page.getByText('Up done: quay')).toBeVisible({ timeout: 30_000 });
    });
    await task('down', 'keyboard', async () => {
      await choose(page, 'down quay', /^Down/);
      await expect(page.getByRole('alertdialog')).toBeVisible();
      await press(page, 'Control+Enter');
      await expect(page.getByText('Down done: quay')).toBeVisible({ timeout: 30_000 });
    });
  } finally {
    await engine.clear();
    await engine.clearNetworks();
    rmSync(directory, { recursive: true });
  }
  await home(page);
  await task('host-shell', 'keyboard', async () => {
    await press(page, 'Control+`');
    await expect(page.locator('.xterm-rows')).toContainText(/[#$]/);
  });
  await home(page);
  await task('palette', 'keyboard', async () => {
    await choose(page, 'busybox', /^busybox:latest/);
    await expect(page.getByRole('heading', { name: 'busybox:latest', level: 1 })).toBeVisible();
  });
  await task('theme', 'keyboard', async () => {
    await choose(page, 'light and dark', /^Switch between/);
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  });
  await task('language', 'keyboard', async () => {
    await choose(page, 'deutsch', /Deutsch/);
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  });
});
