import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = new URL('..', import.meta.url).pathname;
const UNIT_TESTS = ['runtime/**/*.test.ts', 'electron/**/*.test.ts', 'renderer/**/*.test.ts'];
/** Those that put something else in the place of a module, where it would stay for the files after them. */
const REPLACING = globSync(UNIT_TESTS, { cwd: root }).filter((name) =>
  /\bvi\.(mock|doMock)\(/.test(readFileSync(join(root, name), 'utf8')),
);

/** Files that take long, the longest of each kind first: begun last, one of them would keep one worker busy alone. */
const LONG = [
  ...['reliability', 'crash-points', 'projects', 'copy', 'build-corpus', 'attacks', 'networks', 'compose'].map(
    (name) => `/docker/${name}.test.ts`,
  ),
  ...['launcher/fuzz', 'packaging/package', 'main/processes', 'images/faulty-registry'].map(
    (name) => `/${name}.test.ts`,
  ),
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((path) => moduleId.endsWith(path));
      return at === -1 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

/** Unit tests beside the source, engine tests on real containers, and real clients against the engine. */
export default defineConfig({
  root,
  test: {
    // 2 workers: engine tests start real processes, and the smallest machine we run on has two cores.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // 45 s (ms): a slow disk or a machine that is busy elsewhere makes everything late, and only what fails waits as long.
    expect: { poll: { timeout: 45_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: UNIT_TESTS,
          exclude: REPLACING,
          environment: 'node',
          // A worker keeps its modules from file to file: to load them anew took longer than most of these tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'node-replacing', include: REPLACING, environment: 'node' },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: ['e2e/docker/**/*.test.ts'],
          globalSetup: 'e2e/fixtures/docker-command.ts',
          environment: 'node',
          testTimeout: 180_000,
        },
      },
    ],
  },
});
