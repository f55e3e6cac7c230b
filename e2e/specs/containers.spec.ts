import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

const LOOP = 'while true; do sleep 0.2; done';
/** The same of a program that does as it is asked. */
const POLITE_LOOP = `trap 'exit 0' TERM; ${LOOP}`;

test('a container is run from the dialog and appears live', async ({ page, containers, engine }) => {
  await expect(page.getByRole('heading', { name: 'The quay is empty' })).toBeVisible();
  await page.getByRole('button', { name: 'Run a container' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run a container' });
  await expect(dialog.getByLabel('Image')).toHaveValue('busybox:latest');
  await dialog.getByLabel('Name', { exact: true }).fill('greeter');
  await dialog.getByLabel('Command').fill(`sh -c 'echo "hello, $WHO"; ${LOOP}'`);
  await dialog.getByRole('button', { name: 'Set a variable' }).click();
  await dialog.getByLabel('Variable name 1').fill('WHO');
  await dialog.getByLabel('Variable value 1').fill('world');
  await dialog.getByRole('button', { name: 'Limits, network, restart and user' }).click();
  await dialog.getByLabel('Memory').fill('64m');
  await dialog.getByLabel('Network').selectOption('none');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'greeter' })).toBeVisible();
  await expect(containers.log()).toContainText('hello, world');
  await page.getByRole('link', { name: 'Overview' }).click();
  // An ordinary user has no limits of memory on control groups of the first version.
  const { MemoryLimit } = (await engine.api('GET', '/v1.41/info')) as { MemoryLimit: boolean };
  await expect(page.getByText('67.1 MB')).toHaveCount(MemoryLimit ? 1 : 0);
  await containers.open();
  await expect(containers.row('greeter')).toContainText('Running');

  // What others do shows without a click.
  await engine.runScript('outsider', LOOP);
  await expect(containers.row('outsider')).toContainText('Running');
  await engine.api('DELETE', '/v1.41/containers/outsider?force=1');
  await expect(containers.row('outsider')).toHaveCount(0);
});

test('the dialog says what is wrong before anything is sent', async ({ page }) => {
  await page.getByRole('button', { name: 'Run a container' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Command').fill('sh -c "oops');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(dialog.getByText('A quotation mark is not closed.')).toBeVisible();
  await dialog.getByLabel('Command').fill('');
  // Nobody listens there, so that it cannot be pulled either.
  await dialog.getByLabel('Image').fill('127.0.0.1:9/no-such-image-here');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('The registry at 127.0.0.1:9 cannot be reached.');
  await expect(dialog.getByRole('button', { name: 'Run', exact: true })).toBeEnabled();
});

test('a container is run, stopped, started and paused by mouse', async ({ page, containers, task }) => {
  const row = containers.row('worker');
  await task('run', 'mouse', async () => {
    await page.getByRole('button', { name: 'Run a container' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run a container' });
    await dialog.getByLabel('Name', { exact: true }).click();
    await page.keyboard.insertText('worker');
    await dialog.getByLabel('Command').click();
    await page.keyboard.insertText(`sh -c "trap 'exit 0' TERM; ${LOOP}"`);
    await dialog.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'worker' })).toBeVisible();
  });
  await containers.open();
  await task('stop', 'mouse', async () => {
    await row.getByRole('button', { name: 'Stop worker' }).click();
    await expect(row).toContainText('Exited');
  });
  await task('start', 'mouse', async () => {
    await row.getByRole('button', { name: 'Start worker' }).click();
    await expect(row).toContainText('Running');
  });
  await task('pause', 'mouse', async () => {
    await row.getByRole('button', { name: 'More actions for worker' }).click();
    await page.getByRole('menuitem', { name: 'Pause' }).click();
    await expect(row).toContainText('Paused');
  });
  await row.focus();
  await page.keyboard.press('p');
  await expect(row).toContainText('Running');
});

test('a container is renamed while it runs', async ({ page, containers, engine, task }) => {
  await engine.runScript('first-name', LOOP);
  await engine.runScript('taken', 'exit 0');
  const rename = async (name: string, to: string) => {
    await containers
      .row(name)
      .getByRole('button', { name: `More actions for ${name}` })
      .click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused();
    await page.keyboard.insertText(to);
    await page.keyboard.press('Enter');
  };
  await task('rename', 'mouse', async () => {
    await rename('first-name', 'second-name');
    await expect(containers.row('second-name')).toContainText('Running');
  });
  await expect(containers.row('first-name')).toHaveCount(0);
  await rename('second-name', 'taken');
  await expect(page.getByRole('dialog').getByText('There is a container “taken” already.')).toBeVisible();
  await expectAccessible(page);
});

test('a removal can be undone, and happens when it is not', async ({ page, containers, engine, task }) => {
  await engine.runScript('old', 'exit 0');
  await expect(containers.row('old')).toContainText('Exited');
  await task('undo', 'mouse', async () => {
    await containers.row('old').getByRole('button', { name: 'Remove old' }).click();
    await expect(containers.row('old')).toHaveCount(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(containers.row('old')).toBeVisible();
  });
  expect(await engine.api('GET', '/v1.41/containers/json?all=1')).toHaveLength(1);

  await containers.row('old').getByRole('button', { name: 'Remove old' }).click();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect.poll(() => engine.api('GET', '/v1.41/containers/json?all=1')).toHaveLength(0);
});

test('removing a running container asks first, and the trash gives it back', async ({
  page,
  containers,
  engine,
  task,
}) => {
  await engine.runScript('busy', `echo precious > /kept; ${LOOP}`);
  await expect(containers.row('busy')).toContainText('Running');
  await containers.row('busy').getByRole('button', { name: 'Remove busy' }).click();
  const question = page.getByRole('alertdialog', { name: 'Remove “busy”?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(containers.row('busy')).toContainText('Running');
  await containers.row('busy').getByRole('button', { name: 'Remove busy' }).click();
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(containers.row('busy')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(containers.row('busy')).toContainText('Exited');
  // What says so is not to be taken for what says the same later.
  await page.getByRole('button', { name: 'Dismiss' }).click();

  // Whoever looks at one as it goes is led to it.
  await containers.row('busy').click();
  await engine.api('POST', '/berth/trash/busy');
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'busy' })).toBeVisible();
  await page.getByRole('button', { name: 'Dismiss' }).last().click();
  await containers.open();
  await engine.api('POST', '/berth/trash/busy');
  await expect(page.getByRole('heading', { name: 'The quay is empty' })).toBeVisible();
  await page.getByRole('button', { name: 'Trash, 1 removed container' }).click();
  const row = page.getByRole('row', { name: 'busy' });
  await expect(row).toContainText('busybox:latest');
  await expectAccessible(page);
  await containers.open();
  await task('restore', 'mouse', async () => {
    await page.getByRole('button', { name: 'Trash, 1 removed container' }).click();
    await row.getByRole('button', { name: 'Bring back busy' }).click();
    await expect(page.getByText('busy is back')).toBeVisible();
  });
  await expect(page.getByText('The trash is empty')).toBeVisible();
  const changes = await engine.api('GET', '/v1.41/containers/busy/changes');
  expect(JSON.stringify(changes)).toContain('/kept');

  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await containers.row('busy').focus();
  await page.keyboard.press('Delete');
  await page.getByRole('button', { name: 'Dismiss' }).last().click();
  await task('empty-trash', 'mouse', async () => {
    await page.getByRole('button', { name: 'Trash, 1 removed container' }).click();
    await page.getByRole('button', { name: 'Empty the trash' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Empty the trash' }).click();
    await expect(page.getByText('1 container deleted')).toBeVisible();
  });
  expect(await engine.api('GET', '/berth/trash')).toEqual([]);
});

test('the line of a project has actions for all its containers', async ({ page, containers, engine }) => {
  const Labels = { 'com.docker.compose.project': 'shop' };
  const ids = [
    await engine.runScript('web', POLITE_LOOP, { Labels }),
    await engine.runScript('db', POLITE_LOOP, { Labels }),
  ];
  const row = page.getByRole('row', { name: /^Project shop/ });
  // A menu offers what could be done when it was opened.
  await expect(row).toContainText('2/2');
  await row.click({ button: 'right' });
  await page.getByRole('menuitem', { name: /^Stop/ }).click();
  await expect(row).toContainText('0/2');
  await row.getByRole('button', { name: 'More actions for Project shop' }).click();
  await page.getByRole('menuitem', { name: 'Start S' }).click();
  await expect(row).toContainText('2/2');
  await row.getByRole('button', { name: 'More actions for Project shop' }).click();
  await page.getByRole('menuitem', { name: 'Fold' }).click();
  await expect(containers.row('web')).toBeHidden();
  await row.focus();
  await page.keyboard.press('ArrowRight');
  await expect(containers.row('web')).toBeVisible();
  await page.keyboard.press('l');
  await expect(page).toHaveURL(new RegExp(`#/logs/(?=.*${ids[0]?.slice(0, 12)})(?=.*${ids[1]?.slice(0, 12)})`));
  await page.goBack();
  await row.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Open the project' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'shop' })).toBeVisible();
});

test('processors, memory and the network are told live, as far as the window has room', async ({ page, engine }) => {
  await engine.runScript('web', LOOP);
  const row = page.getByRole('row', { name: /^web/ });
  await page.setViewportSize({ width: 1440, height: 900 });
  for (const title of [/^CPU .* %$/, /^Memory .*B$/, /^Network: .*B\/s received, .*B\/s sent$/])
    await expect(row.getByTitle(title)).toBeVisible();
  await page.getByRole('button', { name: 'Network', exact: true }).click();
  await expect(page.getByRole('columnheader', { name: 'Network' })).toHaveAttribute('aria-sort', 'ascending');
  await page.setViewportSize({ width: 1024, height: 640 });
  for (const title of [/^CPU .* %$/, /^Memory .*B$/]) {
    await expect(row.getByTitle(title)).toBeInViewport({ ratio: 1 });
    await expect(row.getByTitle(title).locator('canvas')).toBeHidden();
  }
});

test('filter, selection and bulk actions', async ({ page, containers, engine, task }) => {
  for (const name of ['api-1', 'api-2', 'db']) await engine.runScript(name, `trap 'exit 0' TERM; ${LOOP}`);
  await expect(containers.row('db')).toContainText('Running');
  await task('stop-some', 'mouse', async () => {
    await containers.filter().click();
    await page.keyboard.insertText('api');
    await expect(containers.row('db')).toHaveCount(0);
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await expect(containers.bulk()).toContainText('2 selected');
    await containers.bulk().getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByText('Stopped 2 containers')).toBeVisible({ timeout: 25_000 });
  });
  await containers.filter().fill('nothing like it');
  await page.getByRole('button', { name: 'Clear filter' }).last().click();
  await expect(containers.row('db')).toContainText('Running');
  await expect(containers.row('api-2')).toContainText('Exited');
});

test('the whole list works from the keyboard', async ({ page, containers, engine }) => {
  for (const name of ['a-one', 'b-two', 'c-three']) await engine.runScript(name, `trap 'exit 0' TERM; ${LOOP}`);
  await expect(containers.row('c-three')).toContainText('Running');
  await containers.row('a-one').focus();
  await page.keyboard.press('j');
  await expect(containers.row('b-two')).toBeFocused();
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(containers.bulk()).toContainText('2 selected');
  await page.keyboard.press('Escape');
  await expect(containers.bulk()).toHaveCount(0);
  await page.keyboard.press('Home');
  await page.keyboard.press('s');
  await expect(containers.row('a-one')).toContainText('Exited', { timeout: 15_000 });
  await containers.row('b-two').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'b-two' })).toBeFocused();
  await page.keyboard.press('Control+5');
  await expect(page.getByRole('button', { name: 'Copy JSON' })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await expect(page.getByRole('heading', { name: 'Images' })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('stop c-three');
  await expect(page.getByRole('option', { name: /c-three/ }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(containers.row('c-three')).toContainText('Exited', { timeout: 15_000 });
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});
