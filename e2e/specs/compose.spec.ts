import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expectAccessible } from '../fixtures/accessible.ts';
import { specDirectory, writeSpecFile } from '../fixtures/spec-user.ts';
import { expect, test } from '../fixtures/test.ts';

const SHOP = `services:
  web:
    image: busybox
    command: sh -c 'while true; do sleep 0.2; done'
    init: true
    depends_on: [api]
    ports: ["127.0.0.1::80"]
  api:
    image: busybox
    command: sh -c 'while true; do sleep 0.2; done'
    init: true
    depends_on:
      store: {condition: service_healthy}
  store:
    image: busybox
    command: sh -c 'while true; do sleep 0.2; done'
    init: true
    healthcheck: {test: "true", interval: 200ms}
`;

// A machine that does other things too takes its time for containers and for axe.
test.setTimeout(240_000);

let directory = '';

test.beforeEach(() => {
  directory = specDirectory('shop-');
  writeSpecFile(join(directory, 'compose.yaml'), `name: shop\n${SHOP}`);
});

test.afterEach(async ({ engine }) => {
  await engine.clear();
  await engine.clearNetworks();
  rmSync(directory, { recursive: true });
});

test('a project is opened, brought up, scaled, edited with its effect shown, and taken down', async ({
  page,
  engine,
  task,
}) => {
  const graph = page.getByRole('group', { name: 'Services and what they depend on' });
  await task('up', 'mouse', async () => {
    await page.getByRole('link', { name: 'Compose' }).click();
    await expect(page.getByRole('heading', { name: 'No projects yet' })).toBeVisible();
    await page.getByRole('button', { name: 'Open a project' }).click();
    await page.getByRole('dialog').getByLabel('Folder or file').fill(directory);
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('heading', { name: 'shop' })).toBeVisible();
    await expect(graph.getByRole('link', { name: 'web, not up, needs api' })).toBeVisible();

    await page.getByRole('button', { name: 'Up' }).click();
    await expect(page.getByText('Up done: shop')).toBeVisible({ timeout: 30_000 });
  });
  await expect(graph.getByRole('link', { name: 'store, 1 of 1 running' })).toBeVisible();
  await task('scale', 'mouse', async () => {
    await page.getByRole('button', { name: 'One container of api more' }).click();
    await expect(page.getByRole('row', { name: /^api 2 of 2 running/ })).toBeVisible({ timeout: 30_000 });
  });
  await expectAccessible(page);

  await page.keyboard.press('Control+2');
  const editor = page.getByRole('textbox', { name: 'Text of compose.yaml' });
  await expect(editor).toContainText('service_healthy');
  await editor.click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.insertText('oops: 1\n');
  await expect(page.getByText('oops is not known here')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save and bring up' })).toBeDisabled();
  // A look elsewhere costs nothing, and the window does not close over it without a question.
  await page.keyboard.press('Control+1');
  await page.keyboard.press('Control+2');
  await expect(editor).toContainText('oops: 1');
  const question = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  expect((await question).type()).toBe('beforeunload');
  await (await question).dismiss();
  await page.getByRole('button', { name: 'Throw the changes away' }).click();
  await expect(editor).not.toContainText('oops');
  // Keys and values are offered that may stand there.
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('  extra:\n    ');
  await page.keyboard.type('rest');
  await expect(page.getByRole('option', { name: /^restart/ })).toBeVisible();
  // For 75 ms after it opens the editor takes no key for the list.
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await page.keyboard.type('un');
  await expect(page.getByRole('option', { name: /^unless-stopped/ })).toBeVisible();
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await expect(editor).toContainText('restart: unless-stopped');
  await page.getByRole('button', { name: 'Throw the changes away' }).click();
  await page.keyboard.press('Control+1');
  const effect = page.getByRole('complementary', { name: 'What bringing it up would change' });
  await task('compose-edit', 'mouse', async () => {
    await page.getByRole('link', { name: 'File', exact: true }).click();
    await editor.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('  extra:\n    image: busybox\n    command: sleep 100\n    init: true\n');
    await expect(effect.getByText('extra is made')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save and bring up' }).click();
    await expect(page.getByText('Up done: shop').last()).toBeVisible({ timeout: 30_000 });
  });
  expect(readFileSync(join(directory, 'compose.yaml'), 'utf8')).toContain('extra:');
  await expect(effect.getByText('Nothing: everything is as the file says.')).toBeVisible();

  await task('down', 'mouse', async () => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Down', exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Down' }).click();
    await expect(page.getByText('Down done: shop')).toBeVisible({ timeout: 30_000 });
  });
  expect(await engine.api('GET', '/v1.41/containers/json?all=1')).toEqual([]);
});

test('a project that another tool made is shown and driven', async ({ page, engine }) => {
  await engine.runScript('old_web_1', 'while true; do sleep 0.2; done', {
    Labels: {
      'com.docker.compose.project': 'old',
      'com.docker.compose.service': 'web',
      'com.docker.compose.container-number': '1',
      'com.docker.compose.oneoff': 'False',
    },
  });
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  const row = page.getByRole('row', { name: 'old', exact: true });
  await expect(row).toContainText('1 of 1 running');
  await row.getByText('old').first().dblclick();
  await expect(page.getByRole('heading', { name: 'old' })).toBeVisible();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Stop' }).click();
  await expect(page.getByText('Stop done: old')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('row', { name: /^web 0 of 1 running/ })).toBeVisible();
});

test('a file with a fault says where', async ({ page }) => {
  writeSpecFile(join(directory, 'compose.yaml'), 'services:\n  web:\n    imag: busybox\n');
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Open a project' }).click();
  await page.getByRole('dialog').getByLabel('Folder or file').fill('/nowhere');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('There is no Compose file at /nowhere.')).toBeVisible();
  await page.getByRole('dialog').getByLabel('Folder or file').fill(directory);
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('alert')).toHaveText(
    /Line 3: services\.web\.imag is not known here; did you mean "image"\?/,
  );
  // One is made beside it, never over it.
  await page.getByRole('button', { name: 'Back to the projects' }).click();
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByLabel('Begins with').selectOption('redis');
  await page.getByRole('dialog').getByLabel('Folder').fill(directory);
  await page.keyboard.press('Enter');
  await expect(page.getByText(`There is a Compose file in ${directory} already.`)).toBeVisible();
  await page.getByRole('dialog').getByLabel('Folder').fill(`${directory}/cache`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Text of compose.yaml' })).toContainText('appendonly');
});
