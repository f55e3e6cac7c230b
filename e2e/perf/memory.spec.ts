import { expect, test } from '@playwright/test';
import { startNode } from '../fixtures/process.ts';
import { BareBrowser, type PageMemory } from './bare-browser.ts';

/** Rounds through the app before anything is counted: caches fill, code is compiled, each screen has been opened. */
const WARM_UP_ROUNDS = 1;
/** Rounds that are counted: by default so many, or for as many minutes as `BERTH_PAGE_MINUTES` says. */
const ROUNDS = 4;
const MINUTES = Number(process.env['BERTH_PAGE_MINUTES'] ?? 0);
/** Rounds at either end of which the lowest counts: what a list that changes holds at one moment goes up and down. */
const END_ROUNDS = 2;
/** Some 50,000 lines of a log each time. */
const LOG_MS = 500;
const SCREENS = ['images', 'volumes', 'networks', 'builds', 'compose', 'events', 'logs', 'disk', 'engine', 'settings'];
/** Bytes of 7 MiB; in five minutes of use less than 1 MiB was seen. */
const MAX_GROWTH = 2 * 1024 ** 2;
/** Far fewer nodes and listeners than a screen has: what a round leaves behind is seen here first. */
const MAX_NODES = 300;
const MAX_LISTENERS = 60;

/** The lowest of each number. */
function lowest(samples: readonly PageMemory[]): PageMemory {
  const of = (number: keyof PageMemory): number => Math.min(...samples.map((sample) => sample[number]));
  return { heap: of('heap'), nodes: of('nodes'), listeners: of('listeners') };
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

test('what the page holds does not grow with the time that it is used', async () => {
  test.setTimeout(120_000 + MINUTES * 60_000);
  const host = await startNode(['e2e/perf/fake-host.ts'], /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/);
  const page = await BareBrowser.open(1280, 820);
  const show = async (path: string): Promise<void> => {
    await page.evaluate((hash) => {
      globalThis.location.hash = hash;
    }, path);
  };
  /** Every screen, a container's log and its other tabs, the palette; back to the list, which changes all the time. */
  const round = async (): Promise<void> => {
    await show(`/containers/${'1'.padStart(64, '0')}/logs`);
    await page.until(
      () => document.querySelector('[role=log]')?.textContent.includes('request handled') === true,
      undefined,
    );
    await pause(LOG_MS);
    for (const screen of SCREENS) {
      await show(`/${screen}`);
      await pause(100);
    }
    await show('/containers');
    await page.until(() => document.querySelector('[data-row]') !== null, undefined);
    await pause(200);
  };
  try {
    await page.goto(host.match[0]);
    await page.until(() => document.querySelector('[data-row]') !== null, undefined);
    for (let turn = 0; turn < WARM_UP_ROUNDS; turn += 1) await round();
    const end = Date.now() + MINUTES * 60_000;
    const samples: PageMemory[] = [];
    while (samples.length < ROUNDS || Date.now() < end) {
      await round();
      samples.push(await page.memory());
    }
    const [before, after] = [lowest(samples.slice(0, END_ROUNDS)), lowest(samples.slice(-END_ROUNDS))];
    const rounds = samples.length;
    test.info().annotations.push({ type: 'memory', description: JSON.stringify({ rounds, before, after }) });
    expect(after.heap - before.heap).toBeLessThan(MAX_GROWTH);
    expect(after.nodes - before.nodes).toBeLessThan(MAX_NODES);
    expect(after.listeners - before.listeners).toBeLessThan(MAX_LISTENERS);
  } finally {
    await page.close();
    await host.stop();
  }
});
