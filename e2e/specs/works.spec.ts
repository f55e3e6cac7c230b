import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { slowRegistry } from '../fixtures/slow-registry.ts';
import { specDirectory } from '../fixtures/spec-user.ts';
import { expect, test } from '../fixtures/test.ts';

/** Work belongs to the app: pages come and go. */
test('a pull goes on while the page is loaded anew, is found in every window, and is cancelled from any', async ({
  page,
  context,
  app,
}) => {
  const { server, address } = await slowRegistry();
  const name = `Pull ${address}/slow:1`;
  try {
    // A browser that asked before it let the page go would have to say what would be lost.
    const questions: string[] = [];
    page.on('dialog', (dialog) => {
      questions.push(dialog.type());
      void dialog.accept();
    });
    await page.getByRole('link', { name: /^Images/ }).click();
    await page.getByRole('button', { name: 'Pull', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Pull an image' });
    await dialog.getByLabel('Image').fill(`${address}/slow:1`);
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('progressbar', { name: /^Layer/ })).toBeVisible();
    let cut: () => Promise<void> = () => Promise.resolve();
    await page.routeWebSocket(/\/rpc$/, (socket) => {
      socket.connectToServer();
      cut = () => socket.close();
    });
    await page.reload();
    const far = async (on: typeof page) => {
      const bar = on.getByRole('progressbar', { name }).first();
      return Number(await bar.getAttribute('aria-valuenow'));
    };
    await expect(page.getByRole('progressbar', { name })).toBeVisible();
    const before = await far(page);
    await expect.poll(() => far(page)).toBeGreaterThan(before);
    expect(questions).toEqual([]);
    // Nor does it matter that the page loses the app for a moment, as on a laptop that slept.
    await cut();
    await expect(page.getByRole('alert')).toContainText('Connecting again');
    await expect(page.getByRole('alert')).toHaveCount(0, { timeout: 15_000 });
    const then = await far(page);
    await expect.poll(() => far(page)).toBeGreaterThan(then);

    const other = await context.newPage();
    await other.goto(app.origin);
    await expect(other.getByRole('progressbar', { name })).toBeVisible();
    await page.close();
    await other.getByRole('button', { name: new RegExp(`^${name}`) }).click();
    const tasks = other.getByRole('dialog', { name: 'Tasks' });
    await expect(tasks.getByText(/of 4\.19 MB/)).toBeVisible();
    const left = new Promise((resolve) => server.once('blob-left', resolve));
    await tasks.getByRole('button', { name: 'Cancel' }).click();
    await expect(tasks.getByText('Cancelled')).toBeVisible();
    await left;
    await other.reload();
    await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(other.getByRole('progressbar', { name })).toHaveCount(0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a project that comes up says where it is in a page that is loaded anew, and what failed meanwhile is told', async ({
  page,
}) => {
  const { server, address } = await slowRegistry();
  const directory = specDirectory('berth-work-');
  const folder = join(directory, 'tower');
  try {
    await mkdir(folder);
    await writeFile(join(folder, 'compose.yaml'), `services:\n  web:\n    image: ${address}/waiting/image:1\n`);
    await page.getByRole('link', { name: /^Compose/ }).click();
    await page.getByRole('button', { name: 'Open a project' }).first().click();
    await page.getByRole('dialog').getByLabel('Folder or file').fill(folder);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Up', exact: true }).click();
    const cancel = page.getByRole('button', { name: 'Stop this' });
    await expect(cancel).toBeVisible();
    await page.reload();
    await expect(page.getByRole('heading', { level: 2, name: /tower/ })).toBeVisible();
    await expect(cancel).toBeVisible();
    // What becomes of it while nobody looks is told to who comes next.
    const { origin } = new URL(page.url());
    await page.goto('about:blank');
    await expect.poll(() => server.listenerCount('answer')).toBe(1);
    server.emit('answer');
    await page.goto(origin);
    await expect(page.getByText('Up failed: tower')).toBeVisible();

    // One thing at a time for a project: what is asked for meanwhile comes after it, and is not lost.
    await page.getByRole('link', { name: /^Compose/ }).click();
    await page.getByRole('row', { name: /tower/ }).click();
    await page.getByRole('button', { name: 'Up', exact: true }).click();
    await expect(cancel).toBeVisible();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Down', exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Down' }).click();
    await expect(page.getByText('Down begins when Up is done')).toBeVisible();
    await expect.poll(() => server.listenerCount('answer')).toBe(1);
    server.emit('answer');
    await expect(page.getByText('Down done: tower')).toBeVisible();
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
});
