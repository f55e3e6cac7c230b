import { execFileSync } from 'node:child_process';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { startNode } from '../fixtures/process.ts';
import { specDirectory } from '../fixtures/spec-user.ts';
import { rootFilesystemTar } from '../fixtures/test-image.ts';
import { taskOf } from '../fixtures/test.ts';
import { choose, press } from '../pages/keyboard.ts';

interface Fixtures {
  /** Directory of the app's own engine. */
  readonly directory: string;
}

/** The whole command, which starts the engine itself and so can stop it. */
const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright wants a pattern here
  directory: async ({}, use) => {
    const directory = specDirectory('berth-app-');
    await use(directory);
    await rm(directory, { recursive: true, force: true });
  },
  page: async ({ page, directory }, use) => {
    const app = await startApp(directory);
    await page.goto(app.match[0]);
    await use(page);
    await app.stop();
    expect(await enginesOf(directory)).toEqual([]);
  },
});

function startApp(directory: string) {
  const roots = ['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'run')];
  return startNode(
    [BERTH_COMMAND, 'app', '--web', ...roots, '--host', `unix://${directory}/engine.sock`],
    /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/,
    // What the app remembers is nobody's own.
    { XDG_CONFIG_HOME: join(directory, 'config'), XDG_STATE_HOME: join(directory, 'state') },
  );
}

/** Process ids of the engines of a directory. */
async function enginesOf(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const args = line.split('\0');
    if (args.includes('engine') && args.includes(join(directory, 'data'))) found.push(Number(name));
  }
  return found;
}

const chip = (page: Page) =>
  page.getByRole('button', { name: /^Engine (running|stopped|not running|starting|stopping)/ });

test('the engine is stopped, started and restarted by hand, and containers do not notice', async ({
  page,
  directory,
}) => {
  await expect(chip(page)).toContainText('Engine running');
  const [first] = await enginesOf(directory);
  const panel = page.getByRole('dialog', { name: 'Engine' });
  await taskOf(page)('engine-stop', 'mouse', async () => {
    await chip(page).click();
    await panel.getByRole('button', { name: 'Stop' }).click();
    await expect(chip(page)).toContainText('Engine stopped');
  });
  expect(await enginesOf(directory)).toEqual([]);
  await expect(page.getByRole('alert')).toContainText('The engine is stopped.');
  await panel.getByRole('button', { name: 'Start' }).click();
  await expect(chip(page)).toContainText('Engine running');
  await expect(page.getByRole('alert')).toHaveCount(0);
  const [second] = await enginesOf(directory);
  expect(second).not.toBe(first);
  await panel.getByRole('button', { name: 'Restart' }).click();
  await expect.poll(async () => (await enginesOf(directory)).filter((pid) => pid !== second).length).toBe(1);
  await expect(chip(page)).toContainText('Engine running');
  await press(page, 'Escape');
  const berth = (args: readonly string[], input?: Buffer): string =>
    execFileSync(process.execPath, [BERTH_COMMAND, '--host', `unix://${directory}/engine.sock`, ...args], {
      encoding: 'utf8',
      ...(input === undefined ? {} : { input }),
    }).trim();
  berth(['import', '--change', 'ENV PATH=/bin', '-', 'test/tools'], await rootFilesystemTar());
  berth(['run', '-d', '--name', 'steady', '--network', 'none', 'test/tools', 'sleep', '1000']);
  const life = () => berth(['inspect', '--format', '{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}', 'steady']);
  const [livedBefore, before] = [life(), await enginesOf(directory)];
  await press(page, 'g', 'o');
  // The engine's own screen has what the chip has, too.
  const screen = page.getByRole('main');
  await screen.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(chip(page)).toContainText('Engine stopped');
  await screen.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(chip(page)).toContainText('Engine running');
  await expect(screen.getByRole('button', { name: 'Restart', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Runtime').fill('berth');
  await press(page, 'Control+Enter');
  const waiting = page.getByRole('status').filter({ hasText: 'In force once the engine starts again' });
  await waiting.getByRole('button', { name: 'Restart the engine' }).click();
  await expect(waiting).toHaveCount(0);
  await expect(page.getByLabel('Runtime')).toHaveValue('berth');
  await expect(chip(page)).toContainText('Engine running');
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(await enginesOf(directory)).not.toEqual(before);
  expect(life()).toBe(livedBefore);
  await press(page, 'g', 'c');
  await expect(page.getByRole('row', { name: /steady/ })).toContainText('Running');
  berth(['rm', '-f', 'steady']);
  await taskOf(page)('engine-stop', 'keyboard', async () => {
    await choose(page, 'stop the engine', /^Stop the engine/);
    await expect(chip(page)).toContainText('Engine stopped');
  });
});

test('an engine that dies comes back once by itself, and then waits to be started', async ({ page, directory }) => {
  await expect(chip(page)).toContainText('Engine running');
  const [first] = await enginesOf(directory);
  process.kill(first ?? 0, 'SIGKILL');
  await expect.poll(async () => (await enginesOf(directory)).filter((pid) => pid !== first).length).toBe(1);
  await expect(chip(page)).toContainText('Engine running');
  await expect(page.getByRole('alert')).toHaveCount(0);
  const [second] = await enginesOf(directory);
  process.kill(second ?? 0, 'SIGKILL');
  await expect(chip(page)).toContainText('Engine not running');
  await page.getByRole('alert').getByRole('button', { name: 'Start engine' }).click();
  await expect(chip(page)).toContainText('Engine running');
});

test('what a person chose is there in every window, and at the next start', async ({ directory, context }) => {
  const theme = (page: Page) => page.locator('html').getAttribute('data-theme');
  const app = await startApp(directory);
  const first = await context.newPage();
  await first.goto(app.match[0]);
  const second = await context.newPage();
  await second.goto(new URL('/#/settings', app.match[0]).href);
  await expect(second.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await first.getByRole('link', { name: 'Settings' }).click();
  await first.getByRole('radio', { name: 'Dark' }).check({ force: true });
  await expect.poll(() => theme(second)).toBe('dark');
  await second.getByRole('radio', { name: 'Compact' }).check({ force: true });
  await expect(first.locator('html')).toHaveAttribute('data-density', 'compact');
  await expect.poll(() => theme(first)).toBe('dark');
  // Started once more on the same engine, it is the same app.
  const late = await startApp(directory);
  expect(new URL(late.match[0]).origin).toBe(new URL(app.match[0]).origin);
  await second.goto(late.match[0]);
  await expect(second.locator('html')).toHaveAttribute('data-density', 'compact');
  await second.close();
  await expect.poll(() => late.child.exitCode).toBe(0);
  await app.stop();
  // At another address, and for another browser.
  const again = await startApp(directory);
  expect(new URL(again.match[0]).origin).not.toBe(new URL(app.match[0]).origin);
  await first.goto(again.match[0]);
  await expect(first.locator('html')).toHaveAttribute('data-density', 'compact');
  expect(await theme(first)).toBe('dark');
  await first.getByRole('link', { name: 'Settings' }).click();
  await first.getByText('Deutsch', { exact: true }).click();
  await expect(first.getByRole('heading', { name: 'Einstellungen' })).toBeVisible();
  await again.stop();
  const german = await startApp(directory);
  await first.goto(german.match[0]);
  await expect(first.getByRole('heading', { level: 1 })).toHaveText('Container');
  expect(await theme(first)).toBe('dark');
  await german.stop();
});
