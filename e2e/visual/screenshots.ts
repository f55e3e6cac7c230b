// Makes the README's picture, and a set of others to look at in `.cache/screenshots`: `node e2e/visual/screenshots.ts`.
// With a directory everything goes there.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { startEngine } from '../fixtures/engine.ts';
import { root, startNode } from '../fixtures/process.ts';

const directory = process.argv[2] ?? join(root, '.cache/screenshots');
await mkdir(directory, { recursive: true });

const GREEN = '\\033[32m';
const YELLOW = '\\033[33m';
const OFF = '\\033[0m';
const server = `trap 'exit 0' TERM; i=100; while true; do printf '${GREEN}INFO${OFF}  GET /api/orders/%s ${YELLOW}%sms${OFF} 200\\n' $i $((i % 37 + 3)); i=$((i+1)); [ $((i % 11)) = 0 ] && echo 'WARN  slow query on orders, 412 ms' >&2; sleep 0.12; done`;
const quiet = `trap 'exit 0' TERM; while true; do sleep 0.5; done`;

const engine = await startEngine();
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  await engine.clear();
  const app = await startNode(
    ['runtime/bin/web.ts', '--host', `unix://${engine.socketPath}`],
    /http:\/\/127\S+#token=[\w-]+/,
  );
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    deviceScaleFactor: 2,
  });
  await page.goto(app.match[0]);
  const shot = async (name: string) => {
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(directory, `${name}.png`) });
  };
  const go = async (path: string) => {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, path);
  };
  await page.getByRole('heading', { name: 'Welcome aboard' }).waitFor();
  await shot('empty-light');
  await engine.ensureImage();
  /** Runs a script under an image name of its own, with a published port if one is given. */
  const run = async (name: string, image: string, script: string, hostPort?: string) => {
    const [repo, tag] = image.split(':');
    await engine.api('POST', `/v1.41/images/busybox:latest/tag?repo=${repo ?? ''}&tag=${tag ?? ''}`);
    const ports = {
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: hostPort }] } },
    };
    return await engine.runScript(name, script, { Image: image, ...(hostPort === undefined ? {} : ports) });
  };
  const front = await run('storefront', 'shop/storefront:2.4', server, '18080');
  await run('orders-api', 'shop/orders:1.9', quiet, '18081');
  await run('payments-api', 'shop/payments:1.9', quiet, '18082');
  await run('search-index', 'shop/search:0.7', quiet);
  await run('session-cache', 'shop/cache:7', quiet);
  await run('mail-worker', 'shop/mail:3.1', quiet);
  await run('nightly-report', 'shop/report:1.0', 'echo done');
  await run('schema-migration', 'shop/orders:1.9', 'echo "relation orders does not exist" >&2; exit 3');
  const cache = ((await engine.api('GET', '/v1.41/containers/session-cache/json')) as { Id: string }).Id;
  await engine.api('POST', `/v1.41/containers/${cache}/pause`);
  await page.getByRole('row', { name: /^schema-migration, Exited/ }).waitFor();
  await page.getByRole('row', { name: /^session-cache, Paused/ }).waitFor();
  await page.waitForTimeout(3000);
  await shot('containers-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot('containers');
  await page.getByRole('checkbox', { name: /^Select mail-worker/ }).click();
  await page.getByRole('checkbox', { name: /^Select orders-api/ }).click();
  await shot('selection');
  await go(`#/containers/${front}/logs`);
  await page.getByRole('log').waitFor();
  await shot('logs');
  await page.getByLabel('Find in log').fill('orders/11');
  await shot('search');
  await go(`#/containers/${front}/overview`);
  await shot('overview');
  await go(`#/containers/${front}/terminal`);
  await page.locator('.xterm-rows').waitFor();
  await page.waitForTimeout(800);
  await page.keyboard.type('ls / && uname -s\n');
  await shot('terminal');
  await page.emulateMedia({ colorScheme: 'light' });
  await shot('terminal-light');
  await go(`#/containers/${front}/overview`);
  await shot('overview-light');
  await go(`#/containers/${front}/logs`);
  await page.getByRole('log').waitFor();
  await page.mouse.move(900, 500);
  await page.getByRole('button', { name: 'Timestamps' }).click();
  await page.mouse.move(100, 500);
  await shot('app');
  if (process.argv[2] === undefined) {
    await mkdir(join(root, 'assets/screenshots'), { recursive: true });
    await copyFile(join(directory, 'app.png'), join(root, 'assets/screenshots/app.png'));
  }
  await go('#/images');
  await shot('images-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot('images');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('pay');
  await shot('palette');
  await page.keyboard.press('Escape');
  await page.emulateMedia({ colorScheme: 'light' });
  await go('#/containers');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('button', { name: 'Publish a port' }).click();
  await page.getByRole('button', { name: 'Limits, network, restart and user' }).click();
  await shot('run-light');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1024, height: 640 });
  await shot('small-light');
  await go(`#/containers/${front}/overview`);
  await shot('small-overview-light');
  await go('#/containers');
  await page.setViewportSize({ width: 1440, height: 900 });
  await shot('large-light');
  if (engine.owned) {
    await engine.kill();
    await page.getByRole('alert').waitFor();
    await shot('lost-light');
    await engine.restart();
  }
  await app.stop();
} finally {
  await browser.close();
  await engine.dispose();
}
