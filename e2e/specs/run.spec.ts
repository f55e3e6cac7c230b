import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

const LOOP = "trap 'exit 0' TERM; while true; do sleep 0.2; done";

// A machine that does other things too takes its time for axe.
test.setTimeout(120_000);

test('a docker run line fills the form, the form makes the line, and the container is what it says', async ({
  page,
  containers,
  engine,
  task,
}) => {
  await page.getByRole('button', { name: 'Run a container' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run a container' });
  const line = dialog.getByLabel('As a docker run line');
  await line.fill(
    `docker run -d --name pasted -e A=1 --label team=shop --cap-add NET_ADMIN --ulimit nofile=512 --read-only busybox:latest sh -c "${LOOP}"`,
  );
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('pasted');
  await expect(dialog.getByLabel('Variable name 1')).toHaveValue('A');
  await expect(dialog.getByLabel('Value of option 1')).toHaveValue('team=shop');
  await dialog.getByLabel('Name', { exact: true }).fill('renamed');
  await expect(line).toHaveValue(/--name renamed .*--cap-add NET_ADMIN .*--read-only busybox:latest sh -c/);
  await line.fill('docker run --bogus busybox');
  await expect(dialog.getByText('--bogus is not known here.')).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  // Pasted as a manual has it, where the keyboard is when the dialog opens.
  await page.evaluate(
    (text) => navigator.clipboard.writeText(text),
    `$ docker run -d --name pasted \\\n  --label team=shop --cap-add NET_ADMIN \\\n  --ulimit nofile=512 --read-only busybox:latest sh -c "${LOOP}"`,
  );
  await task('paste', 'mouse', async () => {
    await page.getByRole('button', { name: 'Run a container' }).click();
    await expect(dialog.getByLabel('Image')).toBeFocused();
    await page.keyboard.press('Control+v');
    await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('pasted');
    await dialog.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'pasted' })).toBeVisible();
  });
  const made = (await engine.api('GET', '/v1.41/containers/pasted/json')) as {
    Config: { Labels: Record<string, string> };
    HostConfig: { CapAdd: string[]; Ulimits: { Name: string; Soft: number }[]; ReadonlyRootfs: boolean };
  };
  expect(made.Config.Labels).toMatchObject({ team: 'shop' });
  expect(made.HostConfig).toMatchObject({
    CapAdd: [expect.stringMatching(/NET_ADMIN/)],
    Ulimits: [{ Name: 'nofile', Soft: 512 }],
    ReadonlyRootfs: true,
  });

  await page.evaluate(() => navigator.clipboard.writeText('docker run --bogus busybox'));
  await containers.open();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(dialog.getByLabel('Image')).toBeFocused();
  await page.keyboard.press('Control+v');
  await expect(dialog.getByText('--bogus is not known here.')).toBeVisible();
});

test('a container is edited: made anew with changes, still running, still called the same', async ({
  page,
  containers,
  engine,
  task,
}) => {
  const Healthcheck = { Test: ['CMD', 'true'], Interval: 60_000_000_000 };
  const HostConfig = { Tmpfs: { '/scratch': 'size=1m' }, Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }] };
  const old = await engine.runScript('app', LOOP, {
    Env: ['LEVEL=info'],
    Labels: { tier: 'back' },
    Healthcheck,
    HostConfig,
  });
  const dialog = page.getByRole('dialog', { name: 'Edit app' });
  await expect(containers.row('app')).not.toContainText('Created');
  await task('edit', 'mouse', async () => {
    await containers.row('app').getByRole('button', { name: 'More actions for app' }).click();
    await page.getByRole('menuitem', { name: /^Edit/ }).click();
    await expect(dialog.getByLabel('Variable name 1')).toBeVisible();
    await dialog.getByRole('button', { name: 'Set a variable' }).click();
    await expect(dialog.getByLabel(/^Variable name/).last()).toBeFocused();
    await page.keyboard.insertText('EXTRA');
    await page.keyboard.press('Tab');
    await page.keyboard.insertText('yes');
    await dialog.getByRole('button', { name: 'Make anew' }).click();
    await expect(dialog).toHaveCount(0, { timeout: 30_000 });
  });
  const made = (await engine.api('GET', '/v1.41/containers/app/json')) as {
    Id: string;
    State: { Running: boolean };
    Config: { Env: string[]; Labels: Record<string, string>; Healthcheck: unknown };
    HostConfig: unknown;
  };
  expect(made.Id).not.toBe(old);
  expect(made.State.Running).toBe(true);
  expect(made.Config.Env).toEqual(expect.arrayContaining(['LEVEL=info', 'EXTRA=yes']));
  expect(made.Config.Labels).toMatchObject({ tier: 'back' });
  // What the form does not show stays as it was.
  expect(made.Config.Healthcheck).toMatchObject(Healthcheck);
  expect(made.HostConfig).toMatchObject(HostConfig);
});

test('ports that an image listens on are offered on one of the computer that is free, and who has a port is told', async ({
  page,
  containers,
  engine,
}) => {
  const ports = (HostPort: string) => ({
    ExposedPorts: { '80/tcp': {} },
    HostConfig: { PortBindings: { '80/tcp': [{ HostPort }] } },
  });
  await engine.runScript('first', LOOP, ports('8080'));
  await engine.api(
    'POST',
    `/v1.41/commit?container=first&repo=listens&tag=1&changes=${encodeURIComponent('EXPOSE 80')}`,
  );
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Run a container' });
  await dialog.getByLabel('Image').fill('listens:1');
  await dialog.getByLabel('Name').fill('second');
  await dialog.getByRole('button', { name: 'Publish 80/tcp' }).click();
  await expect(dialog.getByLabel('Host port 1')).toHaveValue('8081');
  await expect(dialog.getByLabel('As a docker run line')).toHaveValue(/-p 8081:80/);
  await expect(dialog.getByRole('button', { name: 'Publish 80/tcp' })).toBeHidden();
  await dialog.getByLabel('Host port 1').fill('8080');
  await expect(dialog.getByText(/^first has this port of the computer/)).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Control+Enter');
  await expect(dialog.getByText('Port 8080 is in use already.')).toBeVisible();
  await dialog.getByLabel('Host port 1').fill('8081');
  await expect(dialog.getByText(/has this port/)).toBeHidden();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'second' })).toBeVisible();
  await containers.open();
  await expect(containers.row('second')).toContainText('8081:80');
  // One that could not be started says why for as long as it stays so.
  const third = { Image: 'listens:1', ...ports('8080') };
  await engine.api('POST', '/v1.41/containers/create?name=third', third);
  await expect(engine.api('POST', '/v1.41/containers/third/start')).rejects.toThrow('port is already allocated');
  await containers.openView('third', 'Overview');
  await expect(page.getByText('It could not be started')).toBeVisible();
  await expectAccessible(page);
});
