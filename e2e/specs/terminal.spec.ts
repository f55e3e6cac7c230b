import type { Page } from '@playwright/test';
import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

const LOOP = 'while true; do sleep 0.2; done';

/** What the visible terminal shows. */
function screen(page: Page) {
  return page.locator('[data-testid="terminal"]:not([hidden]) .xterm-rows');
}

test('a terminal types, resizes, and several live side by side', async ({ page, containers, engine, task }) => {
  await engine.runScript('box', LOOP);
  await task('shell', 'mouse', async () => {
    await containers.row('box').getByRole('button', { name: 'Terminal box' }).click();
    await expect(screen(page)).toContainText('#');
  });
  await page.keyboard.type('echo first-$((40+2)); stty size\n');
  await expect(screen(page)).toContainText('first-42');
  await expect(screen(page)).toContainText(/\d\d \d\d\d/);

  await page.setViewportSize({ width: 900, height: 600 });
  // The size follows when the window has come to rest, so one answer may still be the old one.
  await expect(async () => {
    await page.keyboard.type('clear; stty size\n');
    await expect(screen(page)).toContainText(/[12]\d \d\d\b/, { timeout: 1000 });
  }).toPass();
  await page.setViewportSize({ width: 1280, height: 820 });

  await task('shell-more', 'mouse', async () => {
    await page.getByRole('button', { name: 'New terminal' }).click();
    await expect(page.getByRole('button', { name: /^Terminal \d/ })).toHaveCount(2);
    await expect(screen(page)).toContainText('#');
  });
  await page.keyboard.type('echo second-one\n');
  await expect(screen(page)).toContainText('second-one');
  await page.getByRole('button', { name: /^Terminal 1/ }).click();
  await expect(screen(page)).not.toContainText('second-one');

  // Both at once; the keys go to the one that was clicked last.
  await page.getByRole('button', { name: 'Side by side' }).click();
  await expect(screen(page)).toHaveCount(2);
  await page.locator('[data-testid="terminal"]:not([hidden])').nth(1).click();
  await expect(page.getByRole('button', { name: /^Terminal 2/ })).toHaveAttribute('aria-current', 'true');
  await page.keyboard.type('clear; seq 1 300\n');
  await expect(screen(page).nth(1)).toContainText('300');
  await expect(screen(page).nth(0)).not.toContainText('300');

  // A terminal may be dark in a light window.
  const ground = () =>
    page
      .locator('[data-testid="terminal"]')
      .first()
      .evaluate((one) => getComputedStyle(one).backgroundColor);
  expect(await ground()).toBe('rgb(247, 250, 251)');
  await page.getByRole('button', { name: 'Options of the terminals' }).click();
  await page.getByRole('menuitem', { name: 'Always dark' }).click();
  await expect.poll(ground).toBe('rgb(11, 18, 22)');
  await page.getByRole('button', { name: 'Options of the terminals' }).click();
  await page.getByRole('menuitem', { name: 'Colours of the app' }).click();
  await expect.poll(ground).toBe('rgb(247, 250, 251)');
  await page.locator('[data-testid="terminal"]:not([hidden])').nth(1).click();

  // Found in what has scrolled away, as text and as a regular expression.
  await page.keyboard.press('Control+Shift+F');
  const find = page.getByLabel('Find in terminal', { exact: true });
  await expect(find).toBeFocused();
  await page.keyboard.type('150');
  const found = page.getByRole('search').getByRole('status');
  await expect(found).toHaveText('1 of 1');
  await expect(screen(page).nth(1)).toContainText('150');
  await find.fill('^2\\d0$');
  await expect(found).toHaveText('No match');
  await page.getByRole('search').getByRole('button', { name: 'Regular expression' }).click();
  await expect(found).toHaveText(/ of 10$/);
  await expectAccessible(page);
  await find.press('Escape');
  await expect(find).toHaveCount(0);

  const size = () =>
    screen(page)
      .nth(1)
      .evaluate((rows) => getComputedStyle(rows).fontSize);
  await page.keyboard.press('Control+=');
  await expect.poll(size).toBe('14px');
  await page.getByRole('button', { name: 'Options of the terminals' }).click();
  await page.getByRole('menuitem', { name: 'Text as it was' }).click();
  await expect.poll(size).toBe('13px');
  await page.getByRole('button', { name: 'Side by side' }).click();
  await expect(screen(page)).toHaveCount(1);
});

test('a session survives a reload and ends with its exit code', async ({ page, containers, engine }) => {
  await engine.runScript('box', LOOP);
  await containers.openView('box', 'Terminal');
  await expect(screen(page)).toContainText('#');
  await page.keyboard.type('MARK=kept; echo before-reload\n');
  await expect(screen(page)).toContainText('before-reload');
  await page.reload();
  await expect(screen(page)).toContainText('before-reload');
  await page.keyboard.type('echo it-is-$MARK\n');
  await expect(screen(page)).toContainText('it-is-kept');
  await page.keyboard.type('exit 7\n');
  await expect(page.getByRole('button', { name: /^Terminal 1.*ended 7/ })).toBeVisible();
});

test('one talks to the main process itself, and leaving does not end it', async ({ page, containers, engine }) => {
  await engine.runScript('reader', 'echo ready; while read line; do echo "got $line"; done', { OpenStdin: true });
  await expect(containers.row('reader')).toContainText('Running');
  await containers.row('reader').getByRole('button', { name: 'More actions for reader' }).click();
  await page.getByRole('menuitem', { name: 'Attach to its main process' }).click();
  await expect(screen(page)).toContainText('ready');
  await page.keyboard.type('hellx');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('o\n');
  await expect(screen(page)).toContainText('got hello');
  await page.getByRole('button', { name: 'Attach to the main process' }).click();
  await expect(page.getByRole('button', { name: /^Terminal \d/ })).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Terminal 1: main process' })).toBeVisible();
  await page.getByRole('button', { name: 'Close terminal 1' }).click();
  await containers.open();
  await expect(containers.row('reader')).toContainText('Running');
});

test('text is copied out of and pasted into a terminal', async ({ page, containers, engine }) => {
  await engine.runScript('box', LOOP);
  await containers.openView('box', 'Terminal');
  await expect(screen(page)).toContainText('#');
  await page.evaluate(() => navigator.clipboard.writeText('echo pasted-text'));
  await page.keyboard.press('Control+Shift+V');
  await page.keyboard.press('Enter');
  await expect(screen(page)).toContainText('pasted-text');
  const box = await screen(page)
    .locator('div', { hasText: /^pasted-text/ })
    .first()
    .boundingBox();
  await page.mouse.dblclick((box?.x ?? 0) + 20, (box?.y ?? 0) + 8);
  await page.keyboard.press('Control+Shift+C');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/pasted/);
});

test('the host shell has DOCKER_HOST', async ({ page, engine, task }) => {
  await task('host-shell', 'mouse', async () => {
    await page.getByRole('link', { name: 'Host shell' }).click();
    await page.getByRole('textbox', { name: /Terminal/ }).waitFor();
  });
  await page.keyboard.type('echo "host=$DOCKER_HOST"\n');
  await expect(screen(page)).toContainText(`host=unix://${engine.socketPath}`);
  await page.getByRole('button', { name: 'Close terminal 1' }).click();
  await expect(page.getByText('No shell is open.')).toBeVisible();
});

test('a container whose image has no shell is looked into with the tools of another', async ({
  page,
  containers,
  engine,
}) => {
  const id = await engine.runScript('slim', `rm /bin/sh /bin/bash; echo inside > /srv-mark; ${LOOP}`);
  // Until then it has one.
  await expect.poll(() => engine.execIn('slim', ['cat', '/srv-mark'])).toContain('inside');
  await containers.openView('slim', 'Terminal');
  await expect(page.getByText('This image has no such shell.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Debug shell' }).first().click();
  await page.getByRole('menuitem', { name: 'Debug shell with busybox:latest' }).click();
  await expect(screen(page)).toContainText('#');
  await page.keyboard.type('cat /target/srv-mark; readlink /proc/1/root; exit 5\n');
  await expect(screen(page)).toContainText('inside');
  await expect(page.getByRole('button', { name: /^Terminal 2.*ended 5/ })).toBeVisible();
  // The helper is in no list of the app, and nothing of it stays.
  await expect
    .poll(async () =>
      ((await engine.api('GET', '/v1.41/containers/json?all=1')) as { Id: string }[]).map(({ Id }) => Id),
    )
    .toEqual([id]);
  // Beside one that shares its processes with others, the files stay out of reach, and it is told why.
  const slim = page.url();
  const shares = await engine.runScript('shares', LOOP, {
    HostConfig: { NetworkMode: 'none', PidMode: `container:${id}` },
  });
  await page.goto(slim.replace(id, shares));
  await page.getByRole('button', { name: 'Debug shell' }).click();
  await page.getByRole('menuitem', { name: 'Debug shell with busybox:latest' }).click();
  await expect(page.getByText('There is no /target here')).toBeVisible();
  await engine.api('POST', '/v1.41/containers/slim/kill');
  await page.goto(slim);
  await page.getByRole('button', { name: 'Close terminal 2' }).click();
  await page.getByRole('button', { name: 'Close terminal 1' }).click();
  await page.getByRole('button', { name: 'Show its files' }).click();
  await expect(page.getByRole('tree')).toBeVisible();
});
