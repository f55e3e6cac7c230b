import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { failedFiles, playwrightResult, vitestResult } from './test-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-report-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const test = (fullName: string, status: string, ...failureMessages: string[]): unknown => ({
  fullName,
  status,
  failureMessages,
});

describe('the report of vitest', () => {
  const report = write('vitest.json', {
    testResults: [
      { name: '/a.test.ts', status: 'passed', message: '', assertionResults: [test('a one', 'passed')] },
      {
        name: '/b.test.ts',
        status: 'failed',
        message: '',
        assertionResults: [
          test('b one', 'passed'),
          test('b two', 'failed', '\u001b[31mexpected 1 to be 2\u001b[39m'),
          test('b three (skipped: no disk)', 'pending'),
        ],
      },
      { name: '/c.test.ts', status: 'failed', message: 'cannot be loaded', assertionResults: [] },
    ],
  });

  it('counts tests, and a file that failed without a failed test', () => {
    const { tally, failures, skipped } = vitestResult(report, join(folder, 'none.json'));
    expect(tally).toEqual({ passed: 2, failed: 2, skipped: 1 });
    expect(failures).toEqual([
      { title: '/b.test.ts: b two', message: 'expected 1 to be 2' },
      { title: '/c.test.ts', message: 'cannot be loaded' },
    ]);
    expect(skipped).toEqual(['b three (skipped: no disk)']);
  });

  it('lets the run of a file by itself count instead', () => {
    const alone = write('alone.json', {
      testResults: [{ name: '/b.test.ts', status: 'passed', message: '', assertionResults: [test('b two', 'passed')] }],
    });
    expect(vitestResult(report, alone).tally).toEqual({ passed: 2, failed: 1, skipped: 0 });
  });

  it('names the files that failed, and none without a report', () => {
    expect(failedFiles(report)).toEqual(['/b.test.ts', '/c.test.ts']);
    expect(failedFiles(join(folder, 'none.json'))).toEqual([]);
  });
});

describe('the report of playwright', () => {
  it('counts a test that passed at its second try as passed, and tells why one failed', () => {
    const tests = (status: string, ...messages: string[]): unknown[] => [
      { status, results: messages.map((message) => ({ errors: [{ message }] })) },
    ];
    const report = write('playwright.json', {
      stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 2 },
      suites: [
        {
          title: 'runs.spec.ts',
          specs: [{ title: 'fine', file: 'runs.spec.ts', tests: tests('expected') }],
          suites: [
            {
              title: 'group',
              specs: [{ title: 'worse', file: 'runs.spec.ts', tests: tests('unexpected', 'first', 'second') }],
            },
          ],
        },
      ],
    });
    expect(playwrightResult(report)).toEqual({
      tally: { passed: 4, failed: 1, skipped: 2 },
      failures: [{ title: 'runs.spec.ts: worse', message: 'second' }],
      skipped: [],
    });
  });
});
