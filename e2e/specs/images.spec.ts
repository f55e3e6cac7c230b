import { expectAccessible } from '../fixtures/accessible.ts';
import { LocalRegistry } from '../fixtures/registry.ts';
import { slowRegistry } from '../fixtures/slow-registry.ts';
import { expect, test } from '../fixtures/test.ts';

test('a pull shows its layers, goes on elsewhere, and is cancelled', async ({ page, engine, task }) => {
  const { server, address } = await slowRegistry();
  try {
    const dialog = page.getByRole('dialog', { name: 'Pull an image' });
    await task('pull', 'mouse', async () => {
      await page.getByRole('link', { name: /^Images/ }).click();
      await page.getByRole('button', { name: 'Pull', exact: true }).click();
      await dialog.getByLabel('Image').fill(`${address}/slow:1`);
      await page.keyboard.press('Enter');
      await expect(dialog.getByRole('progressbar', { name: /^Layer/ })).toBeVisible();
    });
    await expect(dialog.getByText(/kB of 4\.19 MB|MB of 4\.19 MB/)).toBeVisible();
    await dialog.getByRole('button', { name: 'Go on in the background' }).click();
    await page.keyboard.press('Control+,');
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeFocused();
    await page.getByRole('button', { name: new RegExp(`Pull ${address}/slow:1`) }).click();
    const tasks = page.getByRole('dialog', { name: 'Tasks' });
    await expect(tasks.getByRole('progressbar').first()).toBeVisible();
    await tasks.getByRole('button', { name: 'Cancel' }).click();
    await expect(tasks.getByText('Cancelled')).toBeVisible();
    // The buttons that were pressed are gone, and the keyboard is not with them.
    await expect(tasks).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(tasks.getByRole('button', { name: 'Clear finished' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(tasks).toHaveCount(0);
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeFocused();
    const images = (await engine.api('GET', '/v1.41/images/json')) as { RepoTags: string[] | null }[];
    expect(images.flatMap((image) => image.RepoTags ?? [])).toEqual(['busybox:latest']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a pull of what is not there says so', async ({ page }) => {
  const { server, address } = await slowRegistry();
  try {
    await page.getByRole('link', { name: /^Images/ }).click();
    await page.getByRole('button', { name: 'Pull', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Image').fill(`${address}/missing:1`);
    await page.keyboard.press('Enter');
    await expect(dialog.getByText(/not found/i).first()).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Pull again' })).toBeEnabled();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('running an image that is not here pulls it first with all that was filled in, and can be given up', async ({
  page,
  containers,
  engine,
}) => {
  const registry = await LocalRegistry.start();
  const slow = await slowRegistry();
  try {
    const name = `${registry.host}/team/app`;
    await engine.api('POST', `/v1.41/images/busybox:latest/tag?repo=${encodeURIComponent(name)}&tag=1`);
    await engine.api('POST', `/v1.41/images/${name}/push?tag=1`);
    await engine.api('DELETE', `/v1.41/images/${name}:1`);
    await containers.open();
    await page.getByRole('button', { name: 'Run a container' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run a container' });
    await dialog.getByLabel('Image').fill(`${slow.address}/slow:1`);
    await dialog.getByLabel('Command').fill("sh -c 'echo here; sleep 100'");
    await dialog.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(dialog.getByRole('progressbar', { name: `Pull ${slow.address}/slow:1` })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('button', { name: /^Pull .*slow:1/ })).toBeHidden();
    await expect(page.getByRole('heading', { name: 'The quay is empty' })).toBeVisible();
    await page.getByRole('button', { name: 'Run a container' }).click();
    await dialog.getByLabel('Image').fill(`${name}:1`);
    await dialog.getByLabel('Name').fill('fetched');
    await dialog.getByLabel('Command').fill("sh -c 'echo here; sleep 100'");
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'fetched' })).toBeVisible();
    await expect(containers.log()).toContainText('here');
  } finally {
    slow.server.closeAllConnections();
    slow.server.close();
    await registry.stop();
  }
});

test('a registry that nobody answers for is named', async ({ page }) => {
  await page.getByRole('link', { name: /^Images/ }).click();
  await page.getByRole('button', { name: 'Pull', exact: true }).click();
  const dialog = page.getByRole('dialog');
  // Port 9 (discard) is closed on any machine of today.
  await dialog.getByLabel('Image').fill('127.0.0.1:9/team/app:1');
  await page.keyboard.press('Enter');
  // Told once, by the dialog, and nothing looks as if it went on.
  await expect(page.getByText('The registry at 127.0.0.1:9 cannot be reached.')).toHaveCount(1);
  await expect(dialog.getByRole('progressbar')).toHaveCount(0);
  await expect(dialog.getByRole('button', { name: 'Pull again' })).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: '1 of 1 task failed' })).toBeVisible();
});

test('an image gets a name of a registry and is pushed there', async ({ page, engine, task }) => {
  const registry = await LocalRegistry.start();
  const name = `${registry.host}/team/tools`;
  try {
    const row = page.getByRole('row', { name: `${name}:1.0` });
    await task('tag', 'mouse', async () => {
      await page.getByRole('link', { name: /^Images/ }).click();
      await page.getByRole('button', { name: 'More actions for busybox:latest' }).click();
      await page.getByRole('menuitem', { name: 'Tag' }).click();
      const dialog = page.getByRole('dialog', { name: 'Add a name' });
      await dialog.getByLabel('Name').fill(`${name}:1.0`);
      await expectAccessible(page);
      await page.keyboard.press('Enter');
      await expect(row).toBeVisible();
    });
    await task('push', 'mouse', async () => {
      await row.getByRole('button', { name: /^More actions/ }).click();
      await page.getByRole('menuitem', { name: 'Push' }).click();
      await expect(page.getByText(`Pushed ${name}:1.0`)).toBeVisible();
    });
    const answer = await fetch(`http://${registry.host}/v2/team/tools/tags/list`);
    expect(await answer.json()).toEqual({ name: 'team/tools', tags: ['1.0'] });

    // What the registry has now is found again: its repositories, the tags of one, and from there a pull.
    await page.getByRole('link', { name: 'Registries' }).click();
    await page.getByRole('button', { name: 'Browse a registry' }).click();
    await page.getByLabel('Registry or repository').fill(registry.host);
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: 'team/tools' }).click();
    await expect(page.getByRole('heading', { name: 'Tags', exact: true })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: `Pull ${name}:1.0` }).click();
    await expect(page.getByRole('dialog').getByLabel('Image')).toHaveValue(`${name}:1.0`);
    await page.keyboard.press('Escape');
    await page.getByLabel('Registry or repository').fill(`${registry.host}/none`);
    await page.keyboard.press('Enter');
    await expect(page.getByText('The registry has no such repository.')).toBeVisible();
  } finally {
    await engine.api('DELETE', `/v1.41/images/${name}:1.0`);
    await registry.stop();
  }
});

test('an image is run from its row, is in use, and its removal can be undone', async ({ page, engine }) => {
  await page.getByRole('link', { name: /^Images/ }).click();
  const row = page.getByRole('row', { name: 'busybox:latest' });
  await expect(row).toContainText('unused');
  await engine.runScript('user', 'while true; do sleep 0.2; done');
  await expect(row).toContainText('1 container');
  await row.getByRole('button', { name: 'Remove busybox:latest' }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row).toBeVisible();
  // In use, so the engine refuses; the row comes back and the reason is shown.
  await row.getByRole('button', { name: 'Remove busybox:latest' }).click();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByRole('alert')).toContainText(/container/);
  await expect(row).toBeVisible();
  await row.focus();
  await page.keyboard.press('r');
  await expect(page.getByRole('dialog', { name: 'Run a container' }).getByLabel('Image')).toHaveValue('busybox:latest');
});

test('an image is opened: what its layers did, what is carried for nothing, how it came to be', async ({
  page,
  engine,
  containers,
  task,
}) => {
  // On a busy machine the many steps take longer than one test may.
  test.setTimeout(120_000);
  // Two layers on top of busybox: one brings a large file, the other replaces it and takes something away.
  const layer = async (from: string, script: string, tag: string) => {
    const name = `make-${tag}`;
    await engine.runScript(name, script, { Image: from });
    await engine.api('POST', `/v1.41/containers/${name}/wait`);
    await engine.api('POST', `/v1.41/commit?container=${name}&repo=layered&tag=${tag}`);
    await engine.api('DELETE', `/v1.41/containers/${name}`);
  };
  await layer('busybox:latest', 'mkdir /srv; head -c 300000 /dev/zero > /srv/data; echo x > /srv/old', 'one');
  await layer('layered:one', 'echo small > /srv/data; rm /srv/old; echo new > /srv/new', 'two');
  try {
    await page.getByRole('link', { name: /^Images/ }).click();
    await page.getByRole('row', { name: 'layered:two' }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'layered:two', level: 1 })).toBeFocused();
    await expect(page.getByText('No container was made from it.')).toBeVisible();
    await expectAccessible(page);

    await containers.open();
    const list = page.getByRole('region', { name: 'Layers' });
    await task('layers', 'mouse', async () => {
      await page.getByRole('link', { name: /^Images/ }).click();
      await page.getByRole('row', { name: 'layered:two' }).click();
      await page.getByRole('link', { name: 'Layers', exact: true }).click();
      await expect(list.getByRole('button')).toHaveCount(3);
    });
    await expect(list).toContainText('300 kB carried for nothing');
    const files = page.getByRole('tree', { name: 'Files of Layer 3' });
    await expect(files.getByRole('treeitem', { name: 'new, added' })).toBeVisible();
    await expect(files.getByRole('treeitem', { name: 'data, changed' })).toBeVisible();
    await expect(files.getByRole('treeitem', { name: 'old, deleted' })).toBeVisible();
    await expectAccessible(page);
    await list.getByRole('button').nth(2).focus();
    await page.keyboard.press('ArrowUp');
    const second = page.getByRole('tree', { name: 'Files of Layer 2' });
    await expect(second.getByRole('treeitem', { name: 'data, added, superseded in layer 3' })).toContainText('300 kB');
    await page.keyboard.press('ArrowUp');
    await page.getByLabel('Filter files').fill('etc/passwd');
    await expect(page.getByRole('tree').getByRole('treeitem')).toHaveCount(2);
    await page.getByRole('radio', { name: /^Deleted/ }).check({ force: true });
    await expect(page.getByRole('heading', { name: 'No file matches' })).toBeVisible();

    await page.keyboard.press('Control+3');
    await expect(page.getByRole('table').getByRole('row')).toHaveCount(4);
    await page.keyboard.press('Control+4');
    await expect(page.getByRole('button', { name: 'Copy JSON' })).toBeVisible();

    // Beside the one before, which the dialog proposes.
    await page.getByRole('button', { name: 'More actions', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Compare with…' }).click();
    await expect(page.getByRole('dialog').getByLabel('Compared with')).toHaveValue('layered:one');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await expect(page.getByRole('row', { name: /only in layered:two/ })).toHaveCount(1);
    await expect(page.getByText('2 layers in both')).toBeVisible();
    await page.keyboard.press('Control+2');
    const differing = page.getByRole('tree', { name: 'Files that differ' });
    await expect(differing.getByRole('treeitem', { name: 'data, changed, was 300 kB' })).toBeVisible();
    await expect(differing.getByRole('treeitem', { name: 'old, deleted, was 2 B' })).toBeVisible();
    await expect(differing.getByRole('treeitem', { name: 'new, added' })).toBeVisible();
    await expectAccessible(page);
    await page.goBack();
    await page.goBack();

    // Saved as a file, removed, and loaded from the file again.
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'More actions', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Save to a file' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('layered-two.tar');
    await engine.api('DELETE', '/v1.41/images/layered:two');
    await expect(page.getByRole('heading', { name: 'This image is not there' })).toBeVisible();
    await page.getByRole('button', { name: 'All images', exact: true }).click();
    await containers.open();
    await task('load-image', 'mouse', async () => {
      await page.getByRole('link', { name: /^Images/ }).click();
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Load from a file' }).click();
      await (await choosing).setFiles(await saved.path());
      await expect(page.getByText('Loaded layered:two', { exact: true })).toBeVisible();
    });
    await expect(page.getByRole('row', { name: 'layered:two' })).toBeVisible();

    // Those that nobody uses, and away with them.
    await engine.runScript('holds-one', 'sleep 100', { Image: 'layered:one' });
    await page.getByRole('radio', { name: 'In use' }).check({ force: true });
    await expect(page.getByRole('row', { name: 'layered:one' })).toBeVisible();
    await expect(page.getByRole('row', { name: 'layered:two' })).toHaveCount(0);
    await page.getByRole('radio', { name: 'No name' }).check({ force: true });
    await expect(page.getByRole('heading', { name: 'No image matches' })).toBeVisible();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await containers.open();
    await task('prune-images', 'mouse', async () => {
      await page.getByRole('link', { name: /^Images/ }).click();
      await page.getByRole('button', { name: 'Clean up' }).click();
      await page.getByRole('menuitem', { name: 'Remove all unused images…' }).click();
      await expect(page.getByRole('alertdialog')).toContainText('2 images');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Remove them' }).click();
      await expect(page.getByText(/^Freed /)).toBeVisible();
    });
    await expect(page.getByRole('row', { name: 'layered:two' })).toHaveCount(0);
    await expect(page.getByRole('row', { name: 'layered:one' })).toBeVisible();
    await containers.open();
  } finally {
    await engine.clear(true);
  }
});

test('first start: from nothing to a shell in a running container, in two keys, and without a network', async ({
  page,
  engine,
  containers,
  task,
}) => {
  // Three times an image is made of this computer's programs, each of which may take a minute on a busy machine.
  test.setTimeout(240_000);
  await engine.clear(true);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Welcome aboard' })).toBeVisible();
  await expectAccessible(page);
  await task('first', 'keyboard', async () => {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Making an image…').first()).toBeVisible();
    await expect(page.locator('.xterm-rows')).toContainText(/[#$]/, { timeout: 60_000 });
  });
  await page.keyboard.type('echo I-am-in-$((6*7))\n');
  await expect(page.locator('.xterm-rows')).toContainText('I-am-in-42');
  await containers.open();
  await expect(page.getByRole('row', { name: /, Running/ })).toBeVisible();

  // And from the list of images, by mouse.
  await engine.clear(true);
  await page.getByRole('link', { name: /^Images/ }).click();
  await expect(page.getByRole('heading', { name: 'No images yet' })).toBeVisible();
  await page.getByRole('button', { name: 'Make a starter image from this computer' }).click();
  const row = page.getByRole('row', { name: 'localhost/host-tools:latest' });
  await expect(row).toBeVisible({ timeout: 60_000 });
  await containers.open();
  await task('run-image', 'mouse', async () => {
    await page.getByRole('link', { name: /^Images/ }).click();
    await row.getByRole('button', { name: /^Run/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Run a container' });
    await expect(dialog.getByLabel('Terminal')).toBeChecked();
    await dialog.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(page.locator('.xterm-rows')).toContainText(/[#$]/);
  });
  await containers.open();
  await engine.clear(true);
  await task('first', 'mouse', async () => {
    await page.getByRole('button', { name: 'Open a shell in a container' }).click();
    await expect(page.locator('.xterm-rows')).toContainText(/[#$]/, { timeout: 60_000 });
  });
});
