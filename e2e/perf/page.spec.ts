import { expect, test } from '@playwright/test';
import { startNode, type Started } from '../fixtures/process.ts';
import { BareBrowser } from './bare-browser.ts';

/** 60 frames a second with room for one late timer. */
const MAX_P95_FRAME_MS = 20;
const MAX_TASK_MS = 50;
const MAX_INTERACTIVE_MS = 1000;
/** Lines a second: of the 100,000 that are made, those that a machine with two busy processors can carry. */
const MIN_LOG_RATE = 85_000;
const MEASURE_MS = 5000;
/** Long enough for V8 to have compiled what scrolling runs. */
const WARM_UP_MS = 4000;

let host: Started;
let page: BareBrowser;
test.beforeEach(async () => {
  host = await startNode(['e2e/perf/fake-host.ts'], /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/);
  page = await BareBrowser.open(1280, 820);
});
test.afterEach(async () => {
  await page.close();
  await host.stop();
});

/** Opens the app and waits for its list of containers. */
async function openApp(): Promise<void> {
  await page.goto(host.match[0]);
  await page.until(() => document.querySelector('[data-row]') !== null, undefined);
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

interface Measured {
  readonly p95: number;
  readonly longest: number;
  readonly frames: number;
}

/** Frame intervals and long tasks of some seconds, in milliseconds. */
async function measure(duration = MEASURE_MS): Promise<Measured> {
  return await page.evaluate(async (length) => {
    const frames: number[] = [];
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration);
    });
    observer.observe({ type: 'longtask' });
    await new Promise<void>((resolve) => {
      const start = performance.now();
      let last = start;
      const tick = (now: number) => {
        frames.push(now - last);
        last = now;
        if (now - start < length) requestAnimationFrame(tick);
        else resolve();
      };
      requestAnimationFrame(tick);
    });
    observer.disconnect();
    frames.sort((a, b) => a - b);
    return {
      p95: frames[Math.floor(frames.length * 0.95)] ?? 0,
      longest: Math.max(0, ...tasks),
      frames: frames.length,
    };
  }, duration);
}

/** Work that the yardstick page does in each frame, in milliseconds on a quiet machine: about what the app's pages do. */
const YARDSTICK_WORK_MS = 6;
/** Beyond this the machine is too busy for a measurement to say anything of the page, in milliseconds. */
const HOPELESS_FRAME_MS = 40;

interface Budget {
  readonly frame: number;
  readonly task: number;
}

/**
 * What is asked of the page: the budgets of a quiet machine, or, on a busy one, what a page with nothing but a fixed
 * piece of arithmetic in each frame gets there right now, and a little. Skips the test where even that page stutters.
 */
async function budgetNow(): Promise<Budget> {
  await page.evaluate((work) => {
    const spin = (turns: number): number => {
      let sum = 0;
      for (let turn = 0; turn < turns; turn += 1) sum += Math.sqrt(turn);
      return sum;
    };
    // Calibrated by the best of some tries, which is what no other process disturbed.
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const start = performance.now();
      spin(1_000_000);
      best = Math.min(best, performance.now() - start);
    }
    const turns = Math.round((1_000_000 * work) / Math.max(best, 0.1));
    const frame = (): void => {
      spin(turns);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }, YARDSTICK_WORK_MS);
  // Its page is left for the app's afterwards.
  const { p95, longest } = await measure(4000);
  const text = `p95 ${p95.toFixed(1)} ms, longest task ${longest.toFixed(0)} ms`;
  test.info().annotations.push({ type: 'yardstick', description: text });
  test.skip(p95 > HOPELESS_FRAME_MS, `the machine is too busy to measure a page: ${text}`);
  return { frame: Math.max(MAX_P95_FRAME_MS, p95 * 1.2), task: Math.max(MAX_TASK_MS, longest * 1.5) };
}

/** Windows in which a page may show that it keeps its budget, before the whole is tried again with a fresh browser. */
const WINDOWS = 3;

/** Measures until the result is good, since a window that something else on the machine fell into says nothing of the page. */
async function best<M>(isGood: (measured: M) => boolean, once: () => Promise<M>): Promise<M> {
  let result = await once();
  for (let left = WINDOWS - 1; left > 0 && !isGood(result); left -= 1) result = await once();
  return result;
}

test('the page is interactive within a second', async () => {
  // Noted by the page itself, in the frame that has rows: asked from outside, up to half a second would pass between looks.
  await page.beforeEach(() => {
    const look = (): void => {
      if (document.querySelector('[data-row]') === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => performance.mark('interactive'));
    };
    requestAnimationFrame(look);
  });
  await openApp();
  const open = async (): Promise<number> => {
    await page.evaluate(() => {
      Object.assign(globalThis, { isLeft: true });
    }, undefined);
    await page.reload();
    await page.until(
      () => !('isLeft' in globalThis) && performance.getEntriesByName('interactive').length > 0,
      undefined,
    );
    return await page.evaluate(
      () => performance.getEntriesByName('interactive')[0]?.startTime ?? Number.NaN,
      undefined,
    );
  };
  // The first visit compiles; a window that is opened again is what people wait for.
  const times = [await open(), await open(), await open()];
  test
    .info()
    .annotations.push({ type: 'interactive', description: `${times.map((time) => time.toFixed(0)).join(', ')} ms` });
  expect(Math.min(...times)).toBeLessThan(MAX_INTERACTIVE_MS);
});

/** Scrolls the list 2,400 pixels a second, down and up, for some milliseconds. */
async function scroll(duration: number): Promise<void> {
  await page.evaluate(async (length) => {
    const element = document.querySelector('[role=grid]');
    if (element === null) throw new Error('there is no list');
    const start = performance.now();
    // Read once: asking for it in each frame would make the browser lay the page out twice.
    const span = element.scrollHeight - element.clientHeight;
    await new Promise<void>((resolve) => {
      const step = (now: number) => {
        const way = ((now - start) / 1000) * 2400;
        element.scrollTop = Math.abs(((way + span) % (2 * span)) - span);
        if (now - start < length) requestAnimationFrame(step);
        else resolve();
      };
      requestAnimationFrame(step);
    });
  }, duration);
}

test('1,000 containers scroll at 60 frames a second while 200 of them change every second', async () => {
  const budget = await budgetNow();
  await openApp();
  await page.until(() => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === '1001', undefined);
  await pause(1000);
  // The first seconds compile what a list that is in use has long compiled.
  await scroll(WARM_UP_MS);
  const isSmooth = ({ p95, longest }: Measured) => p95 <= budget.frame && longest <= budget.task;
  const result = await best(isSmooth, async () => {
    const [measured] = await Promise.all([measure(), scroll(MEASURE_MS)]);
    return measured;
  });
  test.info().annotations.push({ type: 'list', description: JSON.stringify(result) });
  expect(result.p95).toBeLessThanOrEqual(budget.frame);
  expect(result.longest).toBeLessThanOrEqual(budget.task);
});

/** Number of the last line that the log on the page shows. */
async function lastLine(): Promise<number> {
  return await page.evaluate(() => {
    const text = document.querySelector('[role=log]')?.textContent ?? '';
    return Number(/.*id=(\d+)/s.exec(text)?.[1] ?? 0);
  }, undefined);
}

test('100,000 log lines a second are shown at 60 frames a second', async () => {
  const budget = await budgetNow();
  await openApp();
  await page.evaluate(() => {
    const name = [...document.querySelectorAll<HTMLElement>('[data-row] *')].find(
      (element) => element.childElementCount === 0 && element.textContent === 'service-1',
    );
    if (name === undefined) throw new Error('the container is not in the list');
    name.click();
  }, undefined);
  await page.until(
    () => document.querySelector('[role=log]')?.textContent.includes('request handled') === true,
    undefined,
  );
  await pause(1500);
  const isSmooth = ({ p95, longest, rate }: Measured & { rate: number }) =>
    p95 <= budget.frame && longest <= budget.task && rate > MIN_LOG_RATE;
  const result = await best(isSmooth, async () => {
    const before = await lastLine();
    const start = Date.now();
    const measured = await measure();
    return { ...measured, rate: Math.round(((await lastLine()) - before) / ((Date.now() - start) / 1000)) };
  });
  test.info().annotations.push({ type: 'log', description: JSON.stringify(result) });
  expect(result.p95).toBeLessThanOrEqual(budget.frame);
  expect(result.longest).toBeLessThanOrEqual(budget.task);
  // Lossless, so a page that could not keep up would have slowed the producer down.
  expect(result.rate).toBeGreaterThan(MIN_LOG_RATE);
});
