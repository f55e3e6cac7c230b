import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

const LOOP = 'while true; do sleep 0.2; done';

// A machine that does other things too takes its time for axe.
test.setTimeout(120_000);

test('files of a running container: what changed is marked, text is edited', async ({
  page,
  containers,
  engine,
  task,
}) => {
  await engine.runScript('web', `mkdir /srv; echo "hello" > /srv/index.txt; rm /etc/group; ${LOOP}`);
  await containers.openView('web', 'Files');
  const tree = page.getByRole('tree', { name: 'Files of web' });
  await expect(tree.getByRole('treeitem', { name: 'srv, added since the image' })).toBeVisible();
  await tree.getByRole('treeitem', { name: /^etc/ }).click();
  await expect(tree.getByRole('treeitem', { name: 'group, deleted since the image' })).toBeVisible();
  await tree.getByRole('treeitem', { name: /^srv/ }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(tree.getByRole('treeitem', { name: /^index.txt/ })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const editor = page.getByRole('textbox', { name: 'Content of index.txt' });
  await expect(editor).toHaveText('hello');
  await expectAccessible(page);
  await editor.click();
  await page.keyboard.insertText('half ');
  await containers.open();
  await expect(containers.row('web')).toBeVisible();
  await task('file-edit', 'mouse', async () => {
    await containers.openView('web', 'Files');
    await tree.getByRole('treeitem', { name: /^srv/ }).click();
    await tree.getByRole('treeitem', { name: /^index.txt/ }).click();
    await expect(editor).toContainText('half ');
    await editor.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('changed here');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Saved')).toBeVisible();
  });
  await containers.open();
  await task('changes', 'mouse', async () => {
    await containers.openView('web', 'Changes');
    await expect(page.getByRole('row', { name: 'Added /srv/index.txt' })).toBeVisible();
  });
  await expect(page.getByRole('row', { name: 'Deleted /etc/group' })).toBeVisible();

  // The same works when it is stopped.
  await engine.api('POST', '/v1.41/containers/web/kill');
  await page.getByRole('link', { name: 'Files', exact: true }).click();
  await tree.getByRole('treeitem', { name: /^srv/ }).click();
  await tree.getByRole('treeitem', { name: /^index.txt/ }).click();
  await expect(page.getByRole('textbox', { name: 'Content of index.txt' })).toHaveText('changed here');

  // What is typed is asked for before the page goes, for as long as there is something that it could be saved to.
  await page.getByRole('textbox', { name: 'Content of index.txt' }).click();
  await page.keyboard.insertText('not saved ');
  await expect(page.getByRole('button', { name: 'Throw the changes away' })).toBeVisible();
  const questions: string[] = [];
  page.on('dialog', (question) => {
    questions.push(question.type());
    void question.dismiss();
  });
  await page.reload({ timeout: 2000 }).catch(() => null);
  expect(questions).toEqual(['beforeunload']);
  await engine.api('DELETE', '/v1.41/containers/web?force=1');
  await expect(page.getByText('This container is gone')).toBeVisible();
  await page.reload();
  expect(questions).toEqual(['beforeunload']);
});

test('stats and processes are live', async ({ page, containers, engine, task }) => {
  await engine.runScript('busy', 'while true; do j=0; while [ $j -lt 9000 ]; do j=$((j+1)); done; sleep 0.1; done');
  await expect(containers.row('busy')).toContainText('%', { timeout: 20_000 });
  await task('stats', 'mouse', async () => {
    await containers.openView('busy', 'Stats');
    await expect(page.getByRole('img', { name: /^Processors: .*% now/ })).toBeVisible({ timeout: 20_000 });
  });
  await expect(page.locator('canvas').first()).toBeVisible();
  await expectAccessible(page);
  await page.getByText('Table', { exact: true }).click();
  await expect(page.getByRole('table')).toContainText('%');
  await page.getByRole('link', { name: 'Processes', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Processes' })).toContainText('sh -c');
});

test('a snapshot is taken, and the container goes back to it', async ({ page, containers, engine, task }) => {
  await engine.runScript('db', `trap "exit 0" TERM; [ -e /state ] || echo first > /state; ${LOOP}`);
  await expect(containers.row('db')).toContainText('Running');
  await task('snapshot', 'mouse', async () => {
    await containers.row('db').getByRole('button', { name: 'More actions for db' }).click();
    await page.getByRole('menuitem', { name: 'Take a snapshot' }).click();
    await expect(page.getByText(/^Snapshot .* taken$/)).toBeVisible({ timeout: 20_000 });
  });
  await engine.execIn('db', ['sh', '-c', 'echo second > /state']);
  await task('go-back', 'mouse', async () => {
    await containers.openView('db', 'Snapshots');
    await page.getByRole('button', { name: 'Go back to it' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Go back to it' }).click();
    await expect(page.getByText('db is as it was')).toBeVisible({ timeout: 30_000 });
  });
  await expectAccessible(page);
  expect(await engine.execIn('db', ['cat', '/state'])).toContain('first');
  // The container now comes from the snapshot, which is still there for the next time.
  await expect(page.getByRole('button', { name: 'Go back to it' })).toBeVisible();
  const [image] = (await engine.api('GET', '/v1.41/containers/json')) as { Image: string }[];
  expect(image?.Image).toMatch(/^localhost\/snapshot\/db:/);
});

test('containers of a Compose project are one line that folds and acts', async ({ page, containers, engine, task }) => {
  for (const name of ['shop-a', 'shop-b'])
    await engine.runScript(name, `trap 'exit 0' TERM; ${LOOP}`, { Labels: { 'com.docker.compose.project': 'shop' } });
  await engine.runScript('alone', LOOP);
  const project = page.getByRole('row', { name: /^Project shop/ });
  await expect(project).toHaveAccessibleName('Project shop, 2 of 2 running');
  await project.focus();
  await page.keyboard.press('Enter');
  await expect(containers.row('shop-a')).toHaveCount(0);
  await expect(containers.row('alone')).toBeVisible();
  await task('stop-project', 'mouse', async () => {
    await project.getByRole('button', { name: 'Stop Project shop' }).click();
    await expect(project).toHaveAccessibleName('Project shop, 0 of 2 running', { timeout: 20_000 });
  });
  await project.focus();
  await page.keyboard.press('Enter');
  await expect(containers.row('shop-b')).toContainText('Exited');
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitem', { name: 'Image' }).click();
  await expect(page.getByRole('columnheader', { name: 'Image' })).toHaveCount(0);
  await containers.filter().fill('label:com.docker');
  await page.getByRole('button', { name: 'Keep this filter' }).click();
  await expect(containers.row('alone')).toHaveCount(0);
  await page.reload();
  await page.getByRole('button', { name: 'label:com.docker', exact: true }).click();
  await expect(containers.row('alone')).toHaveCount(0);
  await expect(containers.row('shop-a')).toBeVisible();
});

test('the whole app speaks German', async ({ page, containers, engine, task }) => {
  await engine.runScript('web', LOOP);
  await task('language', 'mouse', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Deutsch', { exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible();
  });
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await page.getByRole('link', { name: /^Netzwerke/ }).click();
  await expect(page.getByRole('button', { name: 'Neues Netzwerk' })).toBeVisible();
  await page.getByRole('link', { name: /^Container/ }).click();
  await expect(containers.row('web')).toContainText('Läuft');
  // So does what the app behind the page says.
  await page.getByRole('button', { name: 'Starten', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Image').fill('127.0.0.1:9/nothing');
  await page.keyboard.press('Control+Enter');
  await expect(dialog.getByRole('alert')).toHaveText(
    'Die Registry unter 127.0.0.1:9 ist nicht zu erreichen. Prüfe den Namen und das Netz, dann versuche es noch einmal.',
  );
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+,');
  await page.getByText('English', { exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await containers.open();
  await task('theme', 'mouse', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Dark', { exact: true }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  });
});

test('a container leads to its image, volume and network, and is copied as a command', async ({
  page,
  containers,
  engine,
}) => {
  await engine.api('POST', '/v1.41/networks/create', { Name: 'back' });
  const id = await engine.runScript('web', LOOP, {
    ExposedPorts: { '80/tcp': {} },
    HostConfig: {
      NetworkMode: 'back',
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18099' }] },
      Mounts: [{ Type: 'volume', Source: 'web-data', Target: '/data' }],
    },
  });
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/containers/${id}/overview`);
  await page.getByRole('link', { name: 'busybox:latest' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'busybox:latest' })).toBeVisible();
  await page.goBack();
  await page.getByRole('link', { name: 'back', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'back' })).toBeVisible();
  await page.goBack();
  await page.getByRole('link', { name: 'web-data' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'web-data' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Upload' })).toBeVisible();
  await page.goBack();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole('button', { name: 'Copy the id' }).click();
  await expect.poll(clipboard).toBe(id);
  await containers.open();
  await expect(containers.row('web')).toContainText('Running');
  await containers.row('web').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Copy as docker run' }).click();
  await expect
    .poll(clipboard)
    .toMatch(/^docker run -d --name web -p 127\.0\.0\.1:18099:80 -v web-data:\/data .*--network back /);
  await containers.row('web').click({ button: 'right' });
  const opened = page.waitForEvent('popup');
  await page.getByRole('menuitem', { name: /^Open in the browser/ }).click();
  await (await opened).close();
  // What the app does to look into a volume is no event.
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(page.getByRole('row', { name: 'container create web' }).first()).toBeVisible();
  await page.getByRole('textbox', { name: 'Filter events' }).fill('berth-');
  await expect(page.getByText('No event matches')).toBeVisible();
});
