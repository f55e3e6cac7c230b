// Reads what the test runners wrote: counts, and what a person wants to see again at the very end.
import { existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** How many tests of a stage passed, failed, and were skipped. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** A test that failed, and the first lines of why. */
export interface Failure {
  readonly title: string;
  readonly message: string;
}

/** What a stage's report says. */
export interface StageResult {
  readonly tally: Tally;
  readonly failures: readonly Failure[];
  /** Titles of tests that were skipped. */
  readonly skipped: readonly string[];
}

/** Lines of a failure that are said again at the end: what was expected, and where. */
const LINES_MAX = 25;

interface VitestFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages?: readonly string[] | null;
  }[];
}

function vitestFiles(path: string): readonly VitestFile[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { testResults: readonly VitestFile[] }).testResults;
}

/** The files of a vitest report that failed; none when there is no report. */
export function failedFiles(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return vitestFiles(path)
    .filter(({ status }) => status === 'failed')
    .map(({ name }) => name);
}

/** `alonePath`: the report of the files that were run once more by themselves, whose results count instead. */
export function vitestResult(path: string, alonePath: string): StageResult {
  const again = existsSync(alonePath) ? vitestFiles(alonePath) : [];
  const replaced = new Set(again.map(({ name }) => name));
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const failures: Failure[] = [];
  const skipped: string[] = [];
  for (const file of [...vitestFiles(path).filter(({ name }) => !replaced.has(name)), ...again]) {
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      if (status === 'passed') tally.passed += 1;
      else if (status === 'failed') {
        tally.failed += 1;
        failures.push({ title: `${file.name}: ${fullName}`, message: firstLines((failureMessages ?? []).join('\n')) });
      } else {
        tally.skipped += 1;
        skipped.push(fullName);
      }
    }
    // A file that cannot even be loaded, or whose last look found something, may have no test that failed.
    if (file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed')) {
      tally.failed += 1;
      failures.push({ title: file.name, message: firstLines(file.message) });
    }
  }
  return { tally, failures, skipped };
}

interface PlaywrightSuite {
  readonly title: string;
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly file: string;
    readonly tests: readonly {
      readonly status: string;
      readonly results: readonly { readonly errors: readonly { readonly message?: string }[] }[];
    }[];
  }[];
}

/** A test that passed at one of its tries has passed; the runner names those that needed more than one as flaky. */
export function playwrightResult(path: string): StageResult {
  const { stats, suites } = JSON.parse(readFileSync(path, 'utf8')) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
    suites: readonly PlaywrightSuite[];
  };
  const { expected, unexpected, flaky, skipped } = stats;
  const failures = suites.flatMap(unexpectedOf);
  return { tally: { passed: expected + flaky, failed: unexpected, skipped }, failures, skipped: [] };
}

function unexpectedOf({ suites = [], specs = [] }: PlaywrightSuite): Failure[] {
  const own = specs.flatMap(({ title, file, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected')
      .map(({ results }) => ({
        title: `${file}: ${title}`,
        message: firstLines((results.at(-1)?.errors ?? []).map(({ message = '' }) => message).join('\n')),
      })),
  );
  return [...own, ...suites.flatMap(unexpectedOf)];
}

function firstLines(text: string): string {
  return stripVTControlCharacters(text).split('\n').slice(0, LINES_MAX).join('\n');
}
