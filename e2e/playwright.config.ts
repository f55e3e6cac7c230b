import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { electronBinary } from './fixtures/electron-binary.ts';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
/**
 * Chromium without a window around the page. The whole browser draws that window too where nobody sees it, and a quarter
 * of the processors' time went there; pictures and measures are taken in the whole browser nevertheless.
 */
const HEADLESS_SHELL = '/usr/bin/chromium-headless-shell';
const shellPath =
  process.env['CHROMIUM_PATH'] === undefined && existsSync(HEADLESS_SHELL) ? HEADLESS_SHELL : executablePath;
/** Chromium refuses to run as root with its sandbox. */
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const electron = electronBinary();
// Workers read this file too, and have a number.
if (electron === null && process.env['TEST_WORKER_INDEX'] === undefined) {
  process.stderr.write(
    'No Electron program here (ELECTRON_OVERRIDE_DIST_PATH, node_modules/electron/dist): the desktop window is not tested.\n',
  );
}

/** Behaviour in a real browser on a real engine; `perf` alone has a bridge that invents what it shows. */
export default defineConfig({
  globalSetup: './fixtures/build-page.ts',
  outputDir: '../.cache/playwright',
  reporter: [['list'], ['./fixtures/task-reporter.ts']],
  fullyParallel: false,
  // An engine and a browser each: most of a spec is waiting, also on the smallest machine, of two cores.
  workers: 2,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    launchOptions: { executablePath, args },
    viewport: { width: 1280, height: 820 },
    // A trace takes a quarter of the time; what failed is run again by hand to get one.
    trace: process.env['CI'] === undefined ? 'retain-on-failure' : 'off',
    permissions: ['clipboard-read', 'clipboard-write'],
  },
  projects: [
    // A browser gives requests up when an interface of the machine comes or goes: one more try in CI, which is told as flaky.
    {
      name: 'web',
      testDir: 'specs',
      retries: process.env['CI'] === undefined ? 0 : 1,
      use: { launchOptions: { executablePath: shellPath, args } },
    },
    {
      name: 'perf',
      testDir: 'perf',
      workers: 1,
      testMatch: /.*\.spec\.ts/,
      // Best of five: a measurement that something else on the machine fell into says nothing of the page.
      retries: 4,
      // A trace takes pictures and copies of the page all the time, which costs more than what is measured.
      use: { trace: 'off' },
    },
    {
      name: 'visual',
      testDir: 'visual',
      workers: 1,
      // One picture for a machine of any name.
      snapshotPathTemplate: '{testDir}/baselines/{arg}{ext}',
      // 525 pixels: less than a short line of text, more than what another processor makes of an edge.
      expect: { toHaveScreenshot: { maxDiffPixelRatio: 0.0005 }, timeout: 10_000 },
      use: { trace: 'off' },
    },
    ...(electron === null ? [] : [{ name: 'electron', testDir: 'electron', workers: 1 }]),
  ],
});
