import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LocalRegistry } from '../fixtures/registry.ts';
import { specDirectory, writeSpecFile } from '../fixtures/spec-user.ts';
import { expect, test } from '../fixtures/test.ts';
import { choose, home, pick, press } from '../pages/keyboard.ts';

const LOOP = 'while true; do sleep 0.2; done';

// Many tasks in one go, on a machine that does other things too.
test.setTimeout(240_000);

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
  // What is in use stays: only what was made of it here goes.
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  const [used] = (await engine.api('GET', '/v1.41/containers/json?all=1')) as { Id: string }[];
  await engine.api('POST', `/v1.41/commit?container=${used?.Id ?? ''}&repo=spare&tag=1`);
  await task('prune-images', 'keyboard', async () => {
    await choose(page, 'clean up unused images', /^Clean up: All unused images/);
    await expect(page.getByRole('alertdialog')).toContainText('Remove');
    await press(page, 'Control+Enter');
    await expect(page.getByText(/^Freed/)).toBeVisible();
  });
  const images = (await engine.api('GET', '/v1.41/images/json')) as { RepoTags: string[] }[];
  expect(images.flatMap(({ RepoTags }) => RepoTags)).toEqual(['busybox:latest']);
  await engine.clear();
  const saving = page.waitForEvent('download');
  await choose(page, 'save busybox', /^Save to a file: busybox/);
  const archive = await (await saving).path();
  await task('load-image', 'keyboard', async () => {
    const choosing = page.waitForEvent('filechooser');
    await choose(page, 'load images', /^Load images/);
    await (await choosing).setFiles(archive);
    await expect(page.getByText('Loaded busybox:latest', { exact: true })).toBeVisible();
  });

  const title = (text: string) => page.getByRole('heading', { name: text, level: 1 });
  await task('volume', 'keyboard', async () => {
    await choose(page, 'make a volume', /^Make a volume/);
    await expect(page.getByRole('dialog').getByLabel('Name', { exact: true })).toBeFocused();
    await page.keyboard.insertText('shop-data');
    await press(page, 'Enter');
    await expect(title('shop-data')).toBeFocused();
  });
  const tree = page.getByRole('tree', { name: 'Files of shop-data' });
  await expect(tree).toContainText('empty');
  const file = tree.getByRole('treeitem', { name: 'tide.bin' });
  await task('upload', 'keyboard', async () => {
    const choosing = page.waitForEvent('filechooser');
    await press(page, 'ArrowDown', 'Control+u');
    const content = { mimeType: 'application/octet-stream', buffer: Buffer.alloc(30_000, 7) };
    await (
      await choosing
    ).setFiles([
      { name: 'buoy.txt', ...content },
      { name: 'tide.bin', ...content },
    ]);
    await expect(file).toContainText('30.0 kB');
  });
  await home(page);
  await choose(page, 'shop-data', /^shop-data/);
  await expect(file).toBeVisible();
  await task('permissions', 'keyboard', async () => {
    await press(page, 'ArrowDown', 't', 'Alt+Enter');
    await expect(page.getByRole('dialog').getByLabel('Mode, octal')).toBeFocused();
    await page.keyboard.insertText('600');
    await press(page, 'Enter');
    await expect(file).toContainText('-rw-------');
  });
  // Everything else is in the row's menu.
  await expect(file).toBeFocused();
  await pick(page, 'r', 'Remove');
  await expect(page.getByRole('alertdialog')).toBeVisible();
  await press(page, 'Control+Enter');
  await expect(file).toHaveCount(0);
  await expect(tree.getByRole('treeitem', { name: 'buoy.txt' })).toBeVisible();
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
  const backup = await (await saved).path();
  await task('restore-volume', 'keyboard', async () => {
    const choosing = page.waitForEvent('filechooser');
    await choose(page, 'restore from a file', /^Restore from a file/);
    await (await choosing).setFiles(backup);
    await expect(page.getByLabel('Into the volume')).toBeFocused();
    await page.keyboard.insertText('shop-again');
    await press(page, 'Enter');
    await expect(page.getByText('Restored shop-again')).toBeVisible();
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
  await choose(page, 'shop network', /^shop/);
  await expect(title('shop')).toBeFocused();
  await expect(page.getByRole('row', { name: /web/ })).toBeVisible();
  await task('disconnect', 'keyboard', async () => {
    await press(page, 'ArrowDown', 'Tab', 'Enter');
    await expect(page.getByText('web left shop')).toBeVisible();
  });
  await containers.open();
  // Now, not while the next test loads its page: a browser gives requests up when interfaces of the machine go.
  await engine.clear();
  await engine.clearNetworks();
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
      await press(page, 'Control+Enter');
      await expect(page.getByText('Up done: quay')).toBeVisible({ timeout: 30_000 });
    });
    await home(page);
    await choose(page, 'quay', /^quay/);
    await expect(page.getByRole('heading', { name: 'quay' })).toBeFocused();
    await task('scale', 'keyboard', async () => {
      await press(page, 'ArrowDown', '+');
      await expect(page.getByRole('row', { name: /^web 2 of 2 running/ })).toBeVisible({ timeout: 30_000 });
    });
    await home(page);
    await choose(page, 'quay', /^quay/);
    await expect(page.getByRole('heading', { name: 'quay' })).toBeFocused();
    await task('compose-edit', 'keyboard', async () => {
      await press(page, 'Control+2');
      const editor = page.getByRole('textbox', { name: 'Text of compose.yaml' });
      await expect(editor).toContainText('services');
      await press(page, 'ArrowDown');
      await expect(editor).toBeFocused();
      await press(page, 'Control+End');
      await page.keyboard.insertText('  extra:\n    image: busybox\n    command: sleep 100\n    init: true\n');
      await expect(page.getByText('extra is made')).toBeVisible();
      await press(page, 'Control+Enter');
      await expect(page.getByText('Up done: quay').last()).toBeVisible({ timeout: 30_000 });
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
    await expect(page.locator('.xterm-rows')).toContainText(/[#$]/, { timeout: 30_000 });
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
