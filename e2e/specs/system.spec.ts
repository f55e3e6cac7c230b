import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectAccessible } from '../fixtures/accessible.ts';
import { startEngine } from '../fixtures/engine.ts';
import { LocalRegistry, privateDoor } from '../fixtures/registry.ts';
import { makeSpecDirectory } from '../fixtures/spec-user.ts';
import { expect, test } from '../fixtures/test.ts';
import { choose, press } from '../pages/keyboard.ts';

// A machine that does other things too takes its time for so much at once.
test.setTimeout(120_000);

test('events show as they happen, and what happened before', async ({ page, engine }) => {
  await engine.runScript('early', 'exit 3');
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(page.getByRole('row', { name: 'container die early' })).toContainText('die (3)');
  await engine.runScript('late', 'exit 0');
  await expect(page.getByRole('row', { name: 'container die late' })).toContainText('die (0)');
  await page.keyboard.press('/');
  await page.keyboard.type('early');
  await expect(page.getByRole('row', { name: /late/ })).toHaveCount(0);
  await page.getByRole('row', { name: 'container die early' }).getByRole('checkbox').check();
  await expectAccessible(page);
  await page.getByRole('toolbar').getByRole('button', { name: 'Copy' }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toMatch(/^\{"timeNano":"\d+","type":"container","action":"die",.*"exitCode":"3".*\}\n$/);
});

test('a container that fails is told of when asked, and one that somebody stops is not', async ({ page, engine }) => {
  await engine.runScript('unheard', 'exit 4');
  await page.keyboard.press('Control+,');
  await page.getByRole('checkbox', { name: /^Tell when a container fails/ }).check();
  await engine.runScript('stopped', `trap 'exit 5' TERM; while true; do sleep 0.1; done`);
  await engine.api('POST', '/v1.41/containers/stopped/stop');
  await engine.runScript('crasher', 'exit 3');
  await expect(page.getByText('crasher has failed')).toBeVisible();
  await expect(page.getByText('It ended with code 3.')).toBeVisible();
  await expect(page.getByText(/(unheard|stopped) has failed/)).toHaveCount(0);
  await page.keyboard.press('F8');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'crasher' })).toBeVisible();
  await expect(page.getByText('It wrote nothing.')).toBeVisible();
});

test('disk usage names what takes room, and cleans up what nothing uses', async ({
  page,
  engine,
  containers,
  task,
}) => {
  await engine.clearVolumes();
  await engine.runScript('heavy', 'dd if=/dev/zero of=/big bs=1000 count=5000');
  await expect.poll(async () => (await engine.api('GET', '/v1.41/containers/json')) as unknown[]).toEqual([]);
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  const tile = page.getByRole('button', { name: /^Containers heavy, 5\.00 MB, can go/ });
  await expect(tile).toBeVisible({ timeout: 20_000 });
  await expectAccessible(page);
  await containers.open();
  await task('disk', 'mouse', async () => {
    await page.getByRole('link', { name: 'Disk usage' }).click();
    await page.getByRole('button', { name: 'Remove: Stopped containers' }).click();
    await expect(page.getByRole('alertdialog')).toContainText('This takes away heavy.');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByText(/^Freed 5\.0/)).toBeVisible();
  });
  await expect(tile).toHaveCount(0);
  // Nothing is asked about what is not there.
  await page.getByRole('button', { name: 'Remove: Stopped containers' }).click();
  await expect(page.getByText('Stopped containers: there are none')).toBeVisible();
});

test('what is too small for the map of the disk shares a tile, which lists it', async ({ page, engine }) => {
  const grams = ['gram-a', 'gram-b', 'gram-c'];
  await engine.runScript('ton', 'dd if=/dev/zero of=/big bs=1000 count=20000');
  for (const name of grams) await engine.runScript(name, 'echo small > /small');
  await expect.poll(async () => (await engine.api('GET', '/v1.41/containers/json')) as unknown[]).toEqual([]);
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  const map = page.getByRole('group', { name: 'What takes how much room' });
  await expect(map.getByRole('button', { name: /^Containers ton, 20\.0 MB/ })).toBeVisible({ timeout: 20_000 });
  const more = map.getByRole('button', { name: /^\d+ more, / });
  for (const width of [1280, 512]) {
    await page.setViewportSize({ width, height: 820 });
    await expect(more).toBeInViewport();
    for (const tile of await map.getByRole('button').all()) {
      const box = await tile.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThan(23.9);
    }
  }
  // By keyboard alone: there, through the list, back to the tile, and in again to one of them.
  await more.focus();
  await page.keyboard.press('Enter');
  const list = page.getByRole('dialog').getByRole('list');
  await expect(list.getByRole('button').first()).toBeFocused();
  for (const name of grams) await expect(list.getByRole('button', { name: `Containers ${name}, ` })).toBeAttached();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  await page.keyboard.press('Enter');
  await list.getByRole('button', { name: /^Containers gram-b, / }).press('Enter');
  await expect(page.getByRole('heading', { name: 'gram-b' })).toBeVisible();
});

test('another engine is added, shown, and left again', async ({ page, engine, containers, task }) => {
  const other = await startEngine();
  try {
    const context = join(engine.directory, 'docker/contexts/meta/one');
    makeSpecDirectory(context);
    const endpoint = { docker: { Host: 'tcp://127.0.0.1:1' } };
    await writeFile(join(context, 'meta.json'), JSON.stringify({ Name: 'staging', Endpoints: endpoint }));
    await engine.runScript('mine', 'sleep 100');
    await expect(containers.row('mine')).toBeVisible();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    // What docker's own command knows is there already.
    await page.getByRole('button', { name: 'Show staging' }).click();
    await expect(page.getByText('No engine answers at tcp://127.0.0.1:1.')).toBeVisible();
    await page.getByRole('button', { name: 'Add an engine' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('other');
    await dialog.getByLabel('Address').fill('tcp://127.0.0.1:1');
    await expect(dialog.getByLabel('Folder with ca.pem, cert.pem and key.pem')).toBeVisible();
    await dialog.getByLabel('Address').fill('unix:///nowhere.sock');
    await page.keyboard.press('Enter');
    // It is remembered, and the app goes on with the engine it had.
    await expect(page.getByText('No engine answers at unix:///nowhere.sock.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Show other' })).toBeVisible();
    await page.getByRole('button', { name: 'Remove other' }).click();
    await expectAccessible(page);
    await containers.open();
    await task('engine', 'mouse', async () => {
      await page.getByRole('link', { name: 'Engine', exact: true }).click();
      await page.getByRole('button', { name: 'Add an engine' }).click();
      await dialog.getByLabel('Name').fill('second');
      await dialog.getByLabel('Address').click();
      await page.keyboard.insertText(`unix://${other.socketPath}`);
      await page.keyboard.press('Enter');
      await expect(page.getByText('Now showing second')).toBeVisible();
    });
    await containers.open();
    await expect(page.getByRole('heading', { name: 'Welcome aboard' })).toBeVisible();
    await choose(page, 'show engine local', /^Show engine local/);
    await expect(page.getByText('Now showing local')).toBeVisible();
    await task('engine', 'keyboard', async () => {
      await choose(page, 'add an engine', /^Add an engine/);
      await expect(dialog.getByLabel('Name')).toBeFocused();
      await page.keyboard.insertText('third');
      await press(page, 'Tab');
      await page.keyboard.insertText(`unix://${other.socketPath}`);
      await press(page, 'Enter');
      await expect(page.getByText('Now showing third')).toBeVisible();
    });
    await containers.open();
    await expect(page.getByRole('heading', { name: 'Welcome aboard' })).toBeVisible();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('button', { name: 'Show local' }).click();
    await containers.open();
    await expect(containers.row('mine')).toBeVisible();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    // What it has is brought over; what is here already is left alone.
    await other.ensureImage();
    await other.api('POST', '/v1.41/volumes/create', { Name: 'brought' });
    await page.getByRole('button', { name: 'Bring things over' }).click();
    await page.getByLabel('From').selectOption('second');
    await page.getByRole('checkbox', { name: 'brought', exact: true }).check();
    await expectAccessible(page);
    await page.keyboard.press('Control+Enter');
    await expect(page.getByText('1 thing brought over')).toBeVisible();
    await expect(page.getByRole('listitem').filter({ hasText: 'brought' })).toContainText('Brought over');
    await engine.api('GET', '/v1.41/volumes/brought');
    await expectAccessible(page);
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    // All of it can go again, but not by a slip.
    await page.getByRole('button', { name: 'Reset to the beginning' }).click();
    await expect(dialog.getByText('1 is running and is killed')).toBeVisible();
    await dialog.getByLabel('Type “reset” to go on').fill('rese');
    await expect(dialog.getByRole('button', { name: 'Reset', exact: true })).toBeDisabled();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Remove second' }).click();
    await expect(page.getByRole('button', { name: 'Show second' })).toHaveCount(0);
  } finally {
    await rm(join(engine.directory, 'docker/contexts'), { recursive: true, force: true });
    await other.dispose();
  }
});

test('settings of the engine are checked, written, and in force at once where they can be', async ({
  page,
  engine,
}) => {
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.getByRole('button', { name: 'Settings' }).click();
  const mirrors = page.getByLabel('Mirrors of Docker Hub');
  await mirrors.fill('ftp://mirror.example');
  await page.getByLabel('Runtime').fill('none-such');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText(/^invalid mirror: /)).toBeVisible();
  await expectAccessible(page);
  await mirrors.fill('https://mirror.example');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText(/none-such/)).toBeVisible();
  await page.getByLabel('Runtime').fill('');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('In force now: registry-mirrors')).toBeVisible();
  const { RegistryConfig } = (await engine.api('GET', '/v1.41/info')) as { RegistryConfig: { Mirrors: string[] } };
  expect(RegistryConfig.Mirrors).toEqual(['https://mirror.example/']);
  await page.getByText('JSON', { exact: true }).click();
  await expect(page.locator('.cm-content')).toContainText('"registry-mirrors"');
  await expectAccessible(page);
  await engine.api('PUT', '/berth/configuration', { Text: '' });
});

test('all containers are limited and isolated from the form, and what the administrator has set is locked', async ({
  page,
  engine,
}) => {
  const go = (hash: string) =>
    page.evaluate((to) => {
      location.hash = to;
    }, hash);
  await engine.ensureImage();
  const Image = 'busybox:latest';
  await engine.api('POST', '/v1.41/containers/create?name=lofty', { Image, HostConfig: { Privileged: true } });
  await go('#/engine/settings');
  await page.getByLabel('Processors').fill('1.5');
  await page.getByLabel('Isolate containers strictly').check();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('In force now: isolation, resources')).toBeVisible();
  expect(await engine.api('GET', '/berth/configuration')).toMatchObject({
    Current: { isolation: 'strict', resources: { cpus: 1.5 } },
  });
  await go('#/containers/lofty/overview');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByText('This engine lets no container have --privileged.')).toBeVisible();
  await engine.api('DELETE', '/v1.41/containers/lofty');
  const { managedFile } = engine;
  if (managedFile !== null) {
    await writeFile(managedFile, '{"isolation": "strict", "labels": ["by=admin"], "ipv6": true}', { mode: 0o644 });
    await engine.api('PUT', '/berth/configuration', { Text: '' });
    await go('#/engine/settings');
    const reason = `Locked: set by the administrator in ${managedFile}.`;
    await expect(page.getByLabel('Isolate containers strictly')).toBeDisabled();
    await expect(page.getByLabel('Labels of the engine')).toHaveValue('by=admin');
    await expect(page.getByText(reason)).toHaveCount(2);
    await expectAccessible(page);
    await page.getByText('JSON', { exact: true }).click();
    await expect(page.getByLabel('What the administrator has set')).toContainText('"ipv6": true');
    await page.locator('.cm-content').fill('{"labels": ["by=me"]}');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText(/cannot be changed here/)).toBeVisible();
    await expectAccessible(page);
    await rm(managedFile);
  }
  await engine.api('PUT', '/berth/configuration', { Text: '' });
});

test('what a registry keeps to itself is pulled once somebody has logged in', async ({ page, engine }) => {
  const registry = await LocalRegistry.start();
  const door = await privateDoor(registry, 'me', 'right');
  try {
    const open = `${registry.host}/team/secret`;
    await engine.api('POST', `/v1.41/images/busybox:latest/tag?repo=${encodeURIComponent(open)}&tag=1`);
    await engine.api('POST', `/v1.41/images/${open}/push?tag=1`);
    await engine.api('DELETE', `/v1.41/images/${open}:1`);
    const pull = async () => {
      await choose(page, 'pull an image', /^Pull an image/);
      await page.getByRole('dialog').getByLabel('Image').fill(`${door.host}/team/secret:1`);
      await page.keyboard.press('Enter');
    };
    await pull();
    await expect(page.getByRole('dialog').getByText('log in to the registry under “Registries”')).toBeVisible();
    await page.keyboard.press('Escape');
    // By what Docker calls it.
    await choose(page, 'docker login', /^Log in to a registry/);
    const dialog = page.getByRole('dialog', { name: 'Log in to a registry' });
    await dialog.getByLabel('Registry').fill(door.host);
    await dialog.getByLabel('User').fill('me');
    await dialog.getByLabel('Password or access token').fill('wrong');
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('alert')).toContainText('The registry does not accept this name and password.');
    await dialog.getByLabel('Password or access token').fill('right');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Registries');
    await expect(page.getByRole('listitem').filter({ hasText: door.host })).toContainText('me');
    await pull();
    await expect(page.getByRole('dialog').getByRole('button', { name: 'Run it' })).toBeVisible();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: `Log out ${door.host}` }).click();
    await expect(page.getByRole('heading', { name: 'Not logged in anywhere' })).toBeVisible();
  } finally {
    door.close();
    await registry.stop();
  }
});

test('the palette leads to everything and does anything with it', async ({ page, engine, containers, task }) => {
  await engine.clearVolumes();
  await engine.clearNetworks();
  await engine.api('POST', '/v1.41/volumes/create', { Name: 'tide-data' });
  await engine.api('POST', '/v1.41/networks/create', { Name: 'tide-net' });
  await engine.runScript('tide-web', 'while true; do sleep 0.2; done', {
    Labels: {
      'com.docker.compose.project': 'tide',
      'com.docker.compose.service': 'web',
      'com.docker.compose.container-number': '1',
    },
  });
  await engine.api('POST', '/v1.41/images/busybox:latest/tag?repo=tide/app&tag=1');
  // Networks come and go here, and a part of the page that is lost by that has it begin anew: wait until it has them all.
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => /\/objects-/.test(name)),
  );
  const find = async (text: string) => {
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('combobox')).toBeFocused();
    await page.keyboard.insertText(text);
  };
  await task('palette', 'mouse', async () => {
    await page.getByRole('button', { name: 'Find anything' }).click();
    await expect(page.getByRole('combobox')).toBeFocused();
    await page.keyboard.insertText('tide-web');
    await page.getByRole('option', { name: /^tide-web Container/ }).click();
    await expect(page.getByRole('heading', { name: 'tide-web', level: 1 })).toBeVisible();
  });
  await find('tide');
  for (const name of [
    /^tide-web Container/,
    /^tide-data Volume/,
    /^tide-net Network/,
    /^tide\/app:1 Image/,
    /^tide Compose/,
  ])
    await expect(page.getByRole('option', { name }).first()).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  for (const [typed, heading] of [
    ['tide-data volume', 'tide-data'],
    ['tide-net network', 'tide-net'],
    ['tide/app image', 'tide/app:1'],
    ['tide compose project', 'tide'],
    ['about berth', 'About Berth'],
  ] as const) {
    await find(typed);
    await expect(page.getByRole('option').first()).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: heading, level: 1, exact: true })).toBeVisible();
  }
  // Versions and licences, as the page itself brings them.
  await expect(page.getByText('API', { exact: true })).toBeVisible();
  await page.getByText('react-dom', { exact: true }).click();
  await expect(page.locator('details[open] pre')).toContainText('Permission is hereby granted');
  await expectAccessible(page);
  await find('tag tide/app');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Add a name' })).toBeVisible();
  await page.keyboard.press('Escape');
  // Enter at once: what it means may only be found a moment later.
  await find('remove tide-data');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('Removed “tide-data”')).toBeVisible();
  await engine.api('DELETE', '/v1.41/images/tide/app:1');
  await containers.open();
});

test('long work tells the desktop when it ends, if asked to and nobody is looking', async ({ page, engine }) => {
  // What the browser would show; a headless one shows nothing.
  await page.evaluate(() => {
    const shown: string[] = [];
    class Recorder {
      static permission: NotificationPermission = 'default';
      static requestPermission(): Promise<NotificationPermission> {
        Recorder.permission = 'granted';
        return Promise.resolve('granted');
      }
      onclick: (() => void) | null = null;
      constructor(title: string) {
        shown.push(title);
        Object.assign(window, { click: () => this.onclick?.() });
      }
      close(): void {
        shown.push('closed');
      }
    }
    Object.assign(window, { Notification: Recorder, shown });
  });
  const shown = () => page.evaluate(() => (window as unknown as { shown: string[] }).shown);
  await page.keyboard.press('Control+,');
  await page.getByLabel('Tell the desktop when long work ends').check();
  await engine.api('POST', '/v1.41/images/busybox:latest/tag?repo=127.0.0.1:9/away&tag=1');
  const push = async () => {
    await page.getByRole('link', { name: /^Images/ }).click();
    await page.getByRole('button', { name: 'More actions for 127.0.0.1:9/away:1' }).click();
    await page.getByRole('menuitem', { name: 'Push' }).click();
    await expect(page.getByRole('alert').first()).toContainText('Push 127.0.0.1:9/away:1 failed');
  };
  await push();
  expect(await shown()).toEqual([]);
  await page.evaluate(() => {
    document.hasFocus = () => false;
    // Work that began long ago, by the clock that the page looks at.
    const now = Date.now.bind(Date);
    let ahead = 0;
    Date.now = () => now() + (ahead += 10_000);
  });
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await expect.poll(shown).toEqual(['Push 127.0.0.1:9/away:1 failed']);
  await page.evaluate(() => {
    (window as unknown as { click: () => void }).click();
  });
  expect(await shown()).toContain('closed');
  await engine.api('DELETE', '/v1.41/images/127.0.0.1:9/away:1');
});
