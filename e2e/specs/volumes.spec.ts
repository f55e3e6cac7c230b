import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

const LOOP = 'while true; do sleep 0.2; done';

// A machine that does other things too takes its time for axe.
test.setTimeout(120_000);

test.beforeEach(async ({ engine }) => {
  await engine.clearVolumes();
});

test('a volume is made, browsed, edited, filled and emptied', async ({ page, engine, task }) => {
  await task('volume', 'mouse', async () => {
    await page.getByRole('link', { name: /^Volumes/ }).click();
    await expect(page.getByRole('heading', { name: 'No volumes yet' })).toBeVisible();
    await page.getByRole('button', { name: 'New volume' }).click();
    const dialog = page.getByRole('dialog', { name: 'New volume' });
    await dialog.getByLabel('Name', { exact: true }).fill('shop-data');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'shop-data' })).toBeVisible();
  });

  const tree = page.getByRole('tree', { name: 'Files of shop-data' });
  await expect(tree).toContainText('empty');
  await page.getByRole('button', { name: 'New folder' }).click();
  await page.getByLabel('Name of the folder').fill('conf');
  await page.keyboard.press('Enter');
  await tree.getByRole('treeitem', { name: 'conf' }).click();
  await page.getByRole('button', { name: 'New file' }).click();
  await page.getByLabel('Name of the file').fill('app.json');
  await page.keyboard.press('Enter');
  await expect(tree.getByRole('treeitem', { name: 'app.json' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Content of app.json' }).click();
  await page.keyboard.type('{"port": 8080}');
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Saved')).toBeVisible();
  await expectAccessible(page);

  await task('upload', 'mouse', async () => {
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await (
      await choosing
    ).setFiles({ name: 'big.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(3_000_000, 7) });
    await expect(tree.getByRole('treeitem', { name: 'big.bin' })).toContainText('3.00 MB');
  });

  // What was written is what a container sees.
  const said = await engine.runToEnd('echo -n "it has "; cat /v/conf/app.json; stat -c " %s" /v/conf/big.bin', {
    HostConfig: { Mounts: [{ Type: 'volume', Source: 'shop-data', Target: '/v' }] },
  });
  expect(said.trim()).toBe('it has {"port": 8080} 3000000');

  await tree.getByRole('treeitem', { name: 'big.bin' }).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  expect((await readFile(await (await saved).path())).length).toBe(3_000_000);
  await task('permissions', 'mouse', async () => {
    await tree.getByRole('treeitem', { name: 'big.bin' }).click();
    await page.getByRole('button', { name: 'Permissions…' }).click();
    await expect(page.getByRole('dialog').getByLabel('Mode, octal')).toBeFocused();
    await page.keyboard.insertText('600');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(tree.getByRole('treeitem', { name: 'big.bin' })).toContainText('-rw-------');
  });
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(tree.getByRole('treeitem', { name: 'big.bin' })).toHaveCount(0);
  await expect(tree.getByRole('treeitem', { name: 'app.json' })).toBeVisible();
});

test('a volume in use is not removed; then it is', async ({ page, containers, engine }) => {
  await engine.runScript('keeper', LOOP, {
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: 'kept', Target: '/v' }] },
  });
  await page.getByRole('link', { name: /^Volumes/ }).click();
  const row = page.getByRole('row', { name: 'kept' });
  await expect(row).toContainText('keeper');
  await row.focus();
  await page.keyboard.press('Delete');
  await expect(page.getByText('kept is in use')).toBeVisible();
  await engine.api('DELETE', '/v1.41/containers/keeper?force=1');
  await expect(row).toContainText('unused');
  await row.focus();
  await page.keyboard.press('Delete');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByRole('heading', { name: 'No volumes yet' })).toBeVisible();
  await containers.open();
});

test('a volume is cloned, backed up and restored', async ({ page, engine, containers, task }) => {
  await engine.runToEnd('mkdir /v/a; echo one > /v/a/x; ln -s a/x /v/link; chmod 751 /v/a', {
    HostConfig: { Mounts: [{ Type: 'volume', Source: 'first', Target: '/v' }] },
  });
  const moreOf = (name: string) =>
    page
      .getByRole('row', { name })
      .getByRole('button', { name: `More actions for ${name}` })
      .click();
  await task('clone', 'mouse', async () => {
    await page.getByRole('link', { name: /^Volumes/ }).click();
    await moreOf('first');
    await page.getByRole('menuitem', { name: 'Clone…' }).click();
    await page.getByLabel('Name of the copy').fill('second');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Cloned to second')).toBeVisible();
  });
  await expect(page.getByRole('row', { name: 'second' })).toBeVisible();

  await containers.open();
  const saved = page.waitForEvent('download');
  await task('back-up', 'mouse', async () => {
    await page.getByRole('link', { name: /^Volumes/ }).click();
    await moreOf('second');
    await page.getByRole('menuitem', { name: 'Back up to a file' }).click();
    await saved;
  });
  const file = await (await saved).path();
  expect(gunzipSync(await readFile(file)).includes('one\n')).toBe(true);

  await task('restore-volume', 'mouse', async () => {
    await moreOf('second');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('menuitem', { name: 'Restore from a file…' }).click();
    await (await chooser).setFiles(file);
    await expect(page.getByLabel('Into the volume')).toBeFocused();
    await page.getByLabel('Into the volume').fill('third');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Restored third')).toBeVisible();
  });
  const said = await engine.runToEnd('cat /v/link; stat -c %a /v/a; ls /v | wc -l', {
    HostConfig: { Mounts: [{ Type: 'volume', Source: 'third', Target: '/v' }] },
  });
  expect(said.split(/\s+/).filter(Boolean)).toEqual(['one', '751', '2']);

  // The bridge's own containers and image are gone or shown nowhere.
  const left = (await engine.api('GET', '/v1.41/containers/json?all=1')) as { Names: string[] }[];
  expect(left.filter(({ Names }) => Names.some((name) => name.includes('berth-files')))).toEqual([]);
  await page.getByRole('link', { name: /^Images/ }).click();
  await expect(page.getByRole('row', { name: 'busybox:latest' })).toBeVisible();
  await expect(page.getByRole('row', { name: /helper/ })).toHaveCount(0);
});

test('a volume is backed up by a schedule, and comes back from a backup', async ({ page, engine }) => {
  await engine.clearVolumes();
  await engine.runToEnd('echo precious > /v/note', {
    HostConfig: { Mounts: [{ Type: 'volume', Source: 'ledger', Target: '/v' }] },
  });
  await page.evaluate(() => {
    location.hash = '#/volumes/ledger/backups';
  });
  const folder = join(engine.directory, 'backups');
  await page.getByLabel('Folder').fill(folder);
  await page.getByLabel('Backups to keep').fill('2');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(/^Next: /)).toBeVisible();
  await page.getByRole('button', { name: 'Back up now' }).click();
  const restore = page.getByRole('button', { name: /^Restore the backup of / });
  await expect(restore).toBeVisible();
  expect(await readdir(folder)).toEqual([expect.stringMatching(/^ledger-\d{8}T\d{6}Z\.tar\.gz$/)]);
  await restore.click();
  await page.getByRole('dialog').getByLabel('Into the volume').fill('ledger-back');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Restored ledger-back').first()).toBeVisible();
  const note = await engine.runToEnd('cat /v/note', {
    HostConfig: { Mounts: [{ Type: 'volume', Source: 'ledger-back', Target: '/v' }] },
  });
  expect(note).toContain('precious');
  await page.getByRole('button', { name: 'Remove the schedule' }).click();
  await expect(page.getByText('Save a schedule first')).toBeVisible();
});
