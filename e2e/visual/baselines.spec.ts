import { expect, test, type Page } from '@playwright/test';
import { startNode } from '../fixtures/process.ts';
import { COMPARED } from './fixed/compared.ts';
import { idOf, NOW } from './fixed/containers.ts';

/** A screen, and what has to be done there before its picture. */
interface Shot {
  readonly name: string;
  readonly path: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

const FRONT = `/containers/${idOf(1)}`;
const SHOTS: readonly Shot[] = [
  { name: 'containers', path: '/containers' },
  { name: 'trash', path: '/containers/trash' },
  ...['overview', 'logs', 'files', 'stats', 'processes', 'changes', 'inspect'].map((tab) => ({
    name: `container-${tab}`,
    path: `${FRONT}/${tab}`,
  })),
  { name: 'images', path: '/images' },
  {
    name: 'pull-search',
    path: '/images',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Pull', exact: true }).click();
      await page.getByRole('dialog').getByLabel('Image').fill('nginx');
      await expect(page.getByText('3 images on Docker Hub')).toBeVisible();
    },
  },
  ...['overview', 'layers', 'history'].map((tab) => ({
    name: `image-${tab}`,
    path: `/images/shop%2Fstorefront%3A2.4/${tab}`,
  })),
  { name: 'image-comparison', path: COMPARED },
  { name: 'compared-files', path: `${COMPARED}/files` },
  { name: 'volumes', path: '/volumes' },
  { name: 'volume', path: '/volumes/shop_ledger' },
  { name: 'networks', path: '/networks' },
  { name: 'network', path: `/networks/${idOf(302)}` },
  { name: 'topology', path: '/networks/picture' },
  { name: 'ports', path: '/networks/ports' },
  { name: 'compose', path: '/compose' },
  { name: 'project', path: '/compose/shop' },
  { name: 'builds', path: '/builds' },
  { name: 'build', path: '/builds/build5' },
  { name: 'build-stages', path: '/builds/build5/stages' },
  { name: 'build-comparison', path: '/builds/compare/build9/build2' },
  { name: 'merged-logs', path: `/logs/${idOf(1).slice(0, 12)}+${idOf(2).slice(0, 12)}` },
  { name: 'events', path: '/events' },
  { name: 'disk', path: '/disk' },
  {
    name: 'disk-rest',
    path: '/disk',
    prepare: async (page) => {
      await page.getByRole('button', { name: /^\d+ more, / }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  { name: 'engine', path: '/engine' },
  {
    name: 'engine-add',
    path: '/engine',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Add an engine' }).click();
      await page.getByLabel('Name').fill('workshop');
      await page.getByLabel('Address').fill('tcp://workshop.example:2376');
      await expect(page.getByLabel(/^Folder with/)).toBeVisible();
    },
  },
  { name: 'registries', path: '/registries' },
  { name: 'settings', path: '/settings' },
  { name: 'gallery', path: '/settings/gallery' },
  { name: 'gone-container', path: `/containers/${idOf(999)}` },
  { name: 'gone-image', path: '/images/nowhere%3A1' },
  {
    name: 'palette',
    path: '/containers',
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('shop');
      await expect(page.getByRole('option').first()).toBeVisible();
    },
  },
  {
    name: 'run',
    path: '/containers',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
];

/** Opens the page of a host that always tells the same, at a moment that stands still. */
async function open(page: Page, words: readonly string[]): Promise<() => Promise<void>> {
  const host = await startNode(['e2e/visual/fixed/host.ts', ...words], /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/);
  await page.clock.setFixedTime(NOW);
  await page.goto(host.match[0]);
  await expect(page.getByRole('heading').first()).toBeVisible({ timeout: 30_000 });
  return () => host.stop();
}

async function take(page: Page, { name, path, prepare }: Shot): Promise<void> {
  await page.keyboard.press('Escape');
  await page.evaluate((address) => {
    location.hash = address;
  }, path);
  await prepare?.(page);
  // A screen's part of the page may still be on its way: a picture that is made anew must not be one of nothing.
  await expect(page.locator('main h1')).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    // Two in a row must be alike, so that what still moves is waited for.
    await expect.soft(page).toHaveScreenshot(`${name}-${colorScheme}.png`);
  }
}

test.use({ timezoneId: 'UTC', locale: 'en-US' });

test('every screen looks as it did', async ({ page }) => {
  test.setTimeout(240_000);
  const close = await open(page, []);
  for (const shot of SHOTS) await take(page, shot);
  await close();
});

test('screens where nothing is yet look as they did', async ({ page }) => {
  const close = await open(page, ['empty']);
  for (const path of ['containers', 'images', 'volumes', 'compose', 'builds'])
    await take(page, { name: `no-${path}`, path: `/${path}` });
  await take(page, { name: 'no-trash', path: '/containers/trash' });
  await close();
});

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });

  test('screens look as they did', async ({ page }) => {
    const close = await open(page, []);
    for (const path of ['containers', 'images', 'settings'])
      await take(page, { name: `german-${path}`, path: `/${path}` });
    await take(page, { name: 'german-trash', path: '/containers/trash' });
    await close();
  });
});
