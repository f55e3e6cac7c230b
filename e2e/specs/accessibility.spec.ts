import type { Page } from '@playwright/test';
import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

const LOOP = 'while true; do echo line; sleep 0.5; done';

// A machine that does other things too takes its time for axe.
test.setTimeout(240_000);

test('screens before there is anything, dialogs, palette, settings and the engine’s panel', async ({ page }) => {
  await expect(page.getByRole('heading', { name: 'The quay is empty' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Run a container' }).click();
  await page.getByRole('button', { name: 'Publish a port' }).click();
  await page.getByRole('button', { name: 'Limits, network, restart and user' }).click();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+,');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: /Engine running/ }).click();
  await expect(page.getByText('export DOCKER_HOST')).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: /shell/i }).click();
  await expect(page.locator('.xterm-rows')).toContainText(/[#$]/);
  await expectAccessible(page);
});

test('lists with a selection, and every view of a container', async ({ page, containers, engine }) => {
  await engine.runScript('web', LOOP, { Env: ['API_TOKEN=x'], Labels: { app: 'web' } });
  await engine.runScript('broken', 'exit 3');
  await expect(containers.row('broken')).toContainText('Exited (3)');
  await containers.select('web');
  await expectAccessible(page);
  await page.getByRole('link', { name: /^Images/ }).click();
  await expect(page.getByRole('row', { name: 'busybox:latest' })).toBeVisible();
  await expectAccessible(page);
  await containers.open();
  await containers.openView('web', 'Logs');
  await expect(containers.log()).toContainText('line');
  await expectAccessible(page);
  for (const view of ['Overview', 'Inspect', 'Terminal']) {
    await page.getByRole('link', { name: view, exact: true }).click();
    await expect(page.getByRole('link', { name: view, exact: true })).toHaveAttribute('aria-current', 'page');
    if (view === 'Terminal') await expect(page.locator('.xterm-rows')).toContainText('#');
    await expectAccessible(page);
  }
});

/** Every screen that has an address of its own. */
const SCREENS = [
  'containers',
  'containers/trash',
  'images',
  'volumes',
  'networks',
  'networks/picture',
  'networks/ports',
  'compose',
  'builds',
  'logs',
  'events',
  'disk',
  'engine',
  'engine/bring',
  'registries',
  'settings',
  'settings/about',
  'settings/gallery',
];

/** Goes to each screen in a window of a size: nothing sticks out of it, and no tool of a screen is cut off. */
async function expectNothingOutside(
  page: Page,
  paths: readonly string[],
  size: { readonly width: number; readonly height: number },
): Promise<void> {
  await page.setViewportSize(size);
  for (const path of paths) {
    await goTo(page, path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const findOutside = () =>
      page.evaluate(() => {
        const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : [];
        const lists = [...document.querySelectorAll('main [role="grid"]')].filter(
          (list) => list.scrollWidth > list.clientWidth,
        );
        const tools = [
          ...document.querySelectorAll<HTMLElement>('main > header :is(button, input, a), main nav [aria-current]'),
        ];
        return [
          ...wide,
          ...lists.map(() => 'the list'),
          ...tools
            .filter((tool) => {
              const { left, right, width: across } = tool.getBoundingClientRect();
              return across > 0 && (left < 0 || right > innerWidth);
            })
            .map((tool) => tool.getAttribute('aria-label') ?? tool.textContent),
        ];
      });
    // A list leaves columns out once it has been laid out in its new width.
    await expect.poll(findOutside, { message: `${path} in ${size.width} x ${size.height}` }).toEqual([]);
  }
}

/** What one came for has at least half of a low window, in every language. */
async function expectRoom(page: Page, container: string, image: string): Promise<void> {
  for (const [path, content] of [
    [`containers/${container}/logs`, page.getByRole('log')],
    [`logs/${container.slice(0, 12)}`, page.getByRole('log')],
    [`containers/${container}/terminal`, page.locator('.xterm')],
    [`containers/${container}/files`, page.getByRole('tree').locator('..')],
    [`containers/${container}/stats`, page.locator('main > section > :last-child')],
    [`containers/${container}/inspect`, page.locator('main > nav + * > :last-child')],
    [`images/${image}/layers`, page.locator('main > nav + *')],
    [`images/${image}/history`, page.locator('main > nav + *')],
    ['shell', page.locator('.xterm')],
  ] as const) {
    await goTo(page, path);
    await expect.poll(async () => (await content.boundingBox())?.height ?? 0, { message: path }).toBeGreaterThan(160);
  }
}

async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = `#/${hash}`;
  }, path);
}

test('every screen holds in a small window, at 200 % zoom, and in colours that the system chose', async ({
  page,
  engine,
}) => {
  const id = await engine.runScript('web', LOOP, { Labels: { 'com.docker.compose.project': 'shop' } });
  const image = encodeURIComponent('busybox:latest');
  const paths = [
    ...SCREENS,
    ...['overview', 'logs', 'terminal', 'files', 'stats', 'inspect', 'snapshots'].map(
      (tab) => `containers/${id}/${tab}`,
    ),
    ...['overview', 'layers', 'history'].map((tab) => `images/${image}/${tab}`),
  ];
  // At 200 % that is 512 x 320 of the page's own pixels.
  await expectNothingOutside(page, paths, { width: 1024, height: 640 });
  await expectNothingOutside(page, paths, { width: 512, height: 320 });
  await expectRoom(page, id, image);
  // Of what an image is nothing goes on beside the window, and what comes over a list can be pressed, all of it.
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/images/${image}/overview`);
  for (const name of ['About', 'What it starts', 'Containers from it'])
    await expect
      .poll(async () => (await page.getByRole('heading', { name, exact: true }).boundingBox())?.x ?? 512)
      .toBeLessThan(400);
  await page.evaluate(() => {
    location.hash = '#/containers';
  });
  const row = page.getByRole('row', { name: /^web/ });
  await row.getByRole('checkbox').check();
  for (const name of ['Stop', 'Remove', 'Clear selection'])
    await expect(page.getByRole('toolbar').getByRole('button', { name, exact: true })).toBeInViewport({ ratio: 1 });
  await page.getByRole('toolbar').getByRole('button', { name: 'Clear selection' }).click();
  await row.getByRole('button', { name: 'More actions for web' }).click();
  for (const item of await page.getByRole('menuitem').all()) {
    await item.scrollIntoViewIfNeeded();
    await expect(item).toBeInViewport({ ratio: 1 });
  }
  await page.keyboard.press('Escape');
  await page.emulateMedia({ forcedColors: 'active' });
  await page.setViewportSize({ width: 1280, height: 820 });
  await page.evaluate(() => {
    location.hash = '#/containers';
  });
  const link = page.getByRole('link', { name: /^Containers/ });
  await expect.poll(() => link.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
  await page.emulateMedia({ forcedColors: 'none', contrast: 'more' });
  await expect(page.locator('html')).toHaveAttribute('data-contrast', 'high');
  await expectAccessible(page);
  // German words are longer.
  await goTo(page, 'settings');
  await page.getByText('Deutsch', { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expectNothingOutside(page, paths, { width: 512, height: 320 });
  await expectRoom(page, id, image);
});
