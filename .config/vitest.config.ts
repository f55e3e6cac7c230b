import { defineConfig } from 'vitest/config';

/** Unit tests beside the source, engine tests on real containers, and real clients against the engine. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    // 2 workers: engine tests start real processes, and the smallest machine we run on has two cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['runtime/**/*.test.ts', 'electron/**/*.test.ts', 'renderer/**/*.test.ts'],
          environment: 'node',
        },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: ['e2e/docker/**/*.test.ts'],
          environment: 'node',
          testTimeout: 180_000,
        },
      },
    ],
  },
});
