import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalRegistry } from '../fixtures/registry.ts';
import { expect, expectAccessible, test } from '../fixtures/test.ts';

/** A registry that answers the manifest of one image and then dribbles its layer, for as long as it is asked. */
async function slowRegistry(): Promise<{ server: Server; address: string }> {
  const layer = Buffer.alloc(4 * 1024 * 1024, 1);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] },
    }),
  );
  const digest = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.length,
        digest: digest(config),
      },
      layers: [
        { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: layer.length, digest: digest(layer) },
      ],
    }),
  );
  const server = createServer((call, response) => {
    const path = call.url ?? '';
    if (path.includes('/missing/')) {
      response.writeHead(404, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
    } else if (path.includes('/manifests/')) {
      response.writeHead(200, {
        'Content-Type': 'application/vnd.docker.distribution.manifest.v2+json',
        'Docker-Content-Digest': digest(manifest),
        'Content-Length': manifest.length,
      });
      response.end(call.method === 'HEAD' ? undefined : manifest);
    } else if (path.includes(digest(config))) {
      response.writeHead(200, { 'Content-Length': config.length });
      response.end(config);
    } else if (path.includes('/blobs/')) {
      response.writeHead(200, { 'Content-Length': layer.length });
      let sent = 0;
      const timer = setInterval(() => {
        if (sent < layer.length / 2) response.write(layer.subarray(sent, sent + 16 * 1024));
        sent += 16 * 1024;
      }, 30);
      response.on('close', () => {
        clearInterval(timer);
      });
    } else {
      response.writeHead(200, { 'Docker-Distribution-Api-Version': 'registry/2.0' });
      response.end('{}');
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, address: `127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

test('a pull shows its layers, goes on elsewhere, and is cancelled', async ({ page, engine }) => {
  const { server, address } = await slowRegistry();
  try {
    await page.getByRole('link', { name: /^Images/ }).click();
    await page.getByRole('button', { name: 'Pull', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Pull an image' });
    await dialog.getByLabel('Image').fill(`${address}/slow:1`);
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('progressbar', { name: /^Layer/ })).toBeVisible();
    await expect(dialog.getByText(/kB of 4\.19 MB|MB of 4\.19 MB/)).toBeVisible();
    await dialog.getByRole('button', { name: 'Go on in the background' }).click();
    await page.keyboard.press('Control+,');
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeFocused();
    await page.getByRole('button', { name: new RegExp(`Pull ${address}/slow:1`) }).click();
    const tasks = page.getByRole('dialog', { name: 'Tasks' });
    await expect(tasks.getByRole('progressbar').first()).toBeVisible();
    await tasks.getByRole('button', { name: 'Cancel' }).click();
    await expect(tasks.getByText('Cancelled')).toBeVisible();
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

test('a registry that nobody answers for is named', async ({ page }) => {
  await page.getByRole('link', { name: /^Images/ }).click();
  await page.getByRole('button', { name: 'Pull', exact: true }).click();
  const dialog = page.getByRole('dialog');
  // Port 9 (discard) is closed on any machine of today.
  await dialog.getByLabel('Image').fill('127.0.0.1:9/team/app:1');
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('The registry at 127.0.0.1:9 cannot be reached.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Pull again' })).toBeEnabled();
});

test('an image gets a name of a registry and is pushed there', async ({ page, engine }) => {
  const registry = await LocalRegistry.start();
  const name = `${registry.host}/team/tools`;
  try {
    await page.getByRole('link', { name: /^Images/ }).click();
    await page.getByRole('button', { name: 'More actions for busybox:latest' }).click();
    await page.getByRole('menuitem', { name: 'Tag' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a name' });
    await dialog.getByLabel('Name').fill(`${name}:1.0`);
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    const row = page.getByRole('row', { name: `${name}:1.0` });
    await expect(row).toBeVisible();
    await row.getByRole('button', { name: /^More actions/ }).click();
    await page.getByRole('menuitem', { name: 'Push' }).click();
    await expect(page.getByText(`Pushed ${name}:1.0`)).toBeVisible();
    const answer = await fetch(`http://${registry.host}/v2/team/tools/tags/list`);
    expect(await answer.json()).toEqual({ name: 'team/tools', tags: ['1.0'] });
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
  await row.click();
  await expect(page.getByRole('dialog', { name: 'Run a container' }).getByLabel('Image')).toHaveValue('busybox:latest');
});

test('first start: a starter image from this computer, and a first container from it', async ({
  page,
  engine,
  containers,
}) => {
  await engine.clear(true);
  await page.reload();
  await page.getByRole('button', { name: 'Get an image first' }).click();
  await expect(page.getByRole('heading', { name: 'No images yet' })).toBeVisible();
  await page.getByRole('button', { name: 'Make a starter image from this computer' }).click();
  const row = page.getByRole('row', { name: 'localhost/host-tools:latest' });
  await expect(row).toBeVisible({ timeout: 60_000 });
  await row.getByRole('button', { name: /^Run/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Run a container' });
  await dialog.getByLabel('Name', { exact: true }).fill('first');
  await expect(dialog.getByLabel('Terminal')).toBeChecked();
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.locator('.xterm-rows')).toContainText(/[#$]/);
  await page.keyboard.type('echo I-am-in-$((6*7))\n');
  await expect(page.locator('.xterm-rows')).toContainText('I-am-in-42');
  await containers.open();
  await expect(containers.row('first')).toContainText('Running');
});
