import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Page } from '@playwright/test';
import type { TestEngine } from '../fixtures/engine.ts';

const GREEN = '\\033[32m';
const YELLOW = '\\033[33m';
const OFF = '\\033[0m';
const SERVER = `trap 'exit 0' TERM; mkdir -p /srv/cache; echo '{"port": 8080, "workers": 4}' > /srv/config.json; rm -f /etc/motd; i=100; while true; do printf '${GREEN}INFO${OFF}  GET /api/orders/%s ${YELLOW}%sms${OFF} 200\\n' $i $((i % 37 + 3)); i=$((i+1)); [ $((i % 11)) = 0 ] && echo 'WARN  slow query on orders, 412 ms' >&2; sleep 0.12; done`;
const QUIET = `trap 'exit 0' TERM; while true; do sleep 0.5; done`;
const BUSY = `trap 'exit 0' TERM; while true; do j=0; while [ $j -lt 20000 ]; do j=$((j+1)); done; sleep 0.3; done`;

/** Ids of what the pictures are taken of. */
export interface Scene {
  readonly front: string;
  readonly network: string;
}

/** A picture to be taken. */
export interface View {
  readonly name: string;
  readonly path: (scene: Scene) => string;
  readonly prepare?: (page: Page) => Promise<void>;
  /** Taken before there is anything. */
  readonly empty?: boolean;
  /** How long the screen is left alone before the picture, in milliseconds. */
  readonly settle?: number;
}

/** A port that looks well in a picture, or any where somebody has it: `0` in the API. */
async function portLike(wanted: number): Promise<string> {
  const server = createServer().listen(wanted, '0.0.0.0');
  try {
    await once(server, 'listening');
    return String(wanted);
  } catch {
    return '0';
  } finally {
    server.close();
  }
}

/** A small shop: two Compose projects, networks, volumes, something that failed and something that is paused. */
export async function furnish(engine: TestEngine): Promise<Scene> {
  await engine.ensureImage();
  const network = (await engine.api('POST', '/v1.41/networks/create', { Name: 'shop_back' })) as { Id: string };
  await engine.api('POST', '/v1.41/networks/create', { Name: 'shop_front' });
  const ids = new Map<string, string>();
  const run = async (
    name: string,
    image: string,
    script: string,
    options: { port?: string; project?: string; network?: string; volume?: string } = {},
  ) => {
    const [repo, tag] = image.split(':');
    await engine.api('POST', `/v1.41/images/busybox:latest/tag?repo=${repo ?? ''}&tag=${tag ?? ''}`);
    const { port, project, volume } = options;
    const id = await engine.runScript(name, script, {
      Image: image,
      ...(port === undefined ? {} : { ExposedPorts: { '80/tcp': {} } }),
      Labels:
        project === undefined
          ? {}
          : { 'com.docker.compose.project': project, 'com.docker.compose.service': name.replace(`${project}-`, '') },
      HostConfig: {
        ...(options.network === undefined ? {} : { NetworkMode: options.network }),
        ...(port === undefined ? {} : { PortBindings: { '80/tcp': [{ HostPort: port }] } }),
        ...(volume === undefined ? {} : { Mounts: [{ Type: 'volume', Source: volume, Target: '/data' }] }),
      },
    });
    ids.set(name, id);
  };
  const shop = { project: 'shop' };
  await run('shop-storefront', 'shop/storefront:2.4', SERVER, {
    ...shop,
    port: await portLike(18080),
    network: 'shop_front',
  });
  await run('shop-orders', 'shop/orders:1.9', BUSY, {
    ...shop,
    port: await portLike(18081),
    network: 'shop_front',
    volume: 'shop_orders',
  });
  await run('shop-payments', 'shop/payments:1.9', QUIET, { ...shop, network: 'shop_back', volume: 'shop_ledger' });
  await run('shop-search', 'shop/search:0.7', QUIET, { ...shop, network: 'shop_back' });
  await engine.api('POST', '/v1.41/networks/shop_back/connect', { Container: 'shop-orders' });
  await run('metrics-scraper', 'ops/scraper:7', QUIET, { project: 'metrics' });
  await run('session-cache', 'cache:7', QUIET);
  await run('nightly-report', 'report:1.0', 'echo done');
  await run('schema-migration', 'shop/orders:1.9', 'echo "relation orders does not exist" >&2; exit 3');
  await engine.api('POST', '/v1.41/containers/session-cache/pause');
  await engine.api('POST', '/v1.41/volumes/create', { Name: 'old-uploads' });
  await engine.runToEnd(
    'mkdir -p /v/2026/11; dd if=/dev/zero of=/v/2026/11/ledger.db bs=1000 count=900; echo "# ledger" > /v/README.md',
    {
      HostConfig: { Mounts: [{ Type: 'volume', Source: 'shop_ledger', Target: '/v' }] },
    },
  );
  // An image with layers of its own: one that brings something large, one that takes it away again.
  for (const [script, from, tag] of [
    [
      'mkdir -p /srv/app; head -c 700000 /dev/zero > /srv/app/bundle.js; echo x > /srv/app/old.css',
      'shop/orders:1.9',
      '1',
    ],
    [
      'echo small > /srv/app/bundle.js; rm /srv/app/old.css; mkdir /srv/app/img; echo i > /srv/app/img/a.svg',
      'shop/layered:1',
      '2',
    ],
  ] as const) {
    await engine.runScript('maker', script, { Image: from });
    await engine.api('POST', '/v1.41/containers/maker/wait');
    await engine.api('POST', `/v1.41/commit?container=maker&repo=shop/layered&tag=${tag}&comment=Made%20by%20hand`);
    await engine.api('DELETE', '/v1.41/containers/maker');
  }
  return { front: ids.get('shop-storefront') ?? '', network: network.Id };
}

/** Every screen. */
export const VIEWS: readonly View[] = [
  { name: 'welcome', path: () => '#/containers', empty: true },
  { name: 'no-images', path: () => '#/images', empty: true },
  { name: 'containers', path: () => '#/containers', settle: 5000 },
  { name: 'overview', path: ({ front }) => `#/containers/${front}/overview` },
  { name: 'logs', path: ({ front }) => `#/containers/${front}/logs` },
  {
    name: 'terminal',
    path: ({ front }) => `#/containers/${front}/terminal`,
    settle: 2500,
    prepare: async (page) => {
      const split = page.getByRole('button', { name: 'Side by side' });
      if ((await split.getAttribute('aria-pressed')) !== 'true') await split.click();
      await page.waitForTimeout(1500);
      await page.keyboard.type('clear; seq 1 40\n');
      await page.keyboard.press('Control+Shift+F');
      await page.getByLabel('Find in terminal', { exact: true }).fill('3');
    },
  },
  {
    name: 'files',
    path: ({ front }) => `#/containers/${front}/files`,
    prepare: async (page) => {
      const srv = page.getByRole('treeitem', { name: /^srv/ });
      await srv.waitFor();
      if ((await srv.getAttribute('aria-expanded')) !== 'true') await srv.click();
      await page.getByRole('treeitem', { name: /^config.json/ }).click();
    },
  },
  { name: 'stats', path: ({ front }) => `#/containers/${front}/stats`, settle: 6000 },
  { name: 'processes', path: ({ front }) => `#/containers/${front}/processes` },
  { name: 'changes', path: ({ front }) => `#/containers/${front}/changes` },
  { name: 'snapshots', path: ({ front }) => `#/containers/${front}/snapshots` },
  { name: 'inspect', path: ({ front }) => `#/containers/${front}/inspect` },
  { name: 'images', path: () => '#/images' },
  { name: 'image', path: () => '#/images/shop%2Flayered%3A2/overview' },
  { name: 'layers', path: () => '#/images/shop%2Flayered%3A2/layers', settle: 2500 },
  {
    name: 'layer',
    path: () => '#/images/shop%2Flayered%3A2/layers',
    prepare: async (page) => {
      await page.getByRole('region', { name: 'Layers' }).getByRole('button').nth(1).click();
    },
  },
  { name: 'history', path: () => '#/images/shop%2Flayered%3A2/history' },
  { name: 'image-comparison', path: () => '#/images/compare/shop%2Flayered%3A1/shop%2Flayered%3A2' },
  { name: 'compared-files', path: () => '#/images/compare/shop%2Flayered%3A1/shop%2Flayered%3A2/files', settle: 2500 },
  { name: 'volumes', path: () => '#/volumes' },
  { name: 'volume', path: () => '#/volumes/shop_ledger' },
  { name: 'volume-backups', path: () => '#/volumes/shop_ledger/backups' },
  { name: 'networks', path: () => '#/networks' },
  { name: 'network', path: ({ network }) => `#/networks/${network}` },
  { name: 'topology', path: () => '#/networks/picture' },
  { name: 'ports', path: () => '#/networks/ports' },
  { name: 'merged', path: () => '#/logs' },
  {
    name: 'log-search',
    path: () => '#/logs/search',
    settle: 2500,
    prepare: async (page) => {
      await page.getByLabel('Text or expression').fill('GET');
      await page.keyboard.press('Enter');
    },
  },
  { name: 'log-alerts', path: () => '#/logs/alerts' },
  { name: 'events', path: () => '#/events' },
  { name: 'disk', path: () => '#/disk', settle: 2500 },
  { name: 'engine', path: () => '#/engine', settle: 2500 },
  { name: 'engine-settings', path: () => '#/engine/settings', settle: 2500 },
  { name: 'registries', path: () => '#/registries' },
  { name: 'registry-browse', path: () => '#/registries/browse' },
  { name: 'settings', path: () => '#/settings' },
  { name: 'about', path: () => '#/settings/about' },
  {
    name: 'palette',
    path: () => '#/containers',
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('shop');
    },
  },
  {
    name: 'run',
    path: () => '#/containers',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Run', exact: true }).click();
    },
  },
];
