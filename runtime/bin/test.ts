// `npm test`: every check and every test, and one closing line that counts them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureSystemPackages, TEST_NEEDS } from './system-packages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const reports = `${root}.cache/reports`;

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  /** Runs first; the stage fails with it. */
  readonly before?: readonly string[];
  /** Reads the counts of the stage's own report; without one the stage is a single check. */
  readonly report?: () => Tally;
  readonly environment?: NodeJS.ProcessEnv;
  /** The command that runs some of its files one after the other; those that failed beside others get that chance. */
  readonly alone?: (files: readonly string[]) => readonly string[];
}

const unitReport = `${reports}/unit.json`;
const dockerReport = `${reports}/docker.json`;
const dockerAloneReport = `${reports}/docker-alone.json`;
const sanitizedReport = `${reports}/sanitized.json`;
const playwrightReport = `${reports}/playwright.json`;

/** Runs a project's tests whose path contains one of the filters, all without one, with a report to count from. */
function vitest(project: string, report: string, ...filters: readonly string[]): string[] {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return ['vitest', 'run', '--config', '.config/vitest.config.ts', '--project', project, ...reporters, ...filters];
}

/** Runs the specs below some folders; which projects there are depends on the binaries that are found. */
function playwright(...folders: string[]): string[] {
  return ['playwright', 'test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json', ...folders];
}

/** Checks that only read. Lint takes as long as the others together, so it runs beside them. */
const CHECKS: readonly (readonly Stage[])[] = [
  [{ name: 'lint', command: ['eslint', '-c', '.config/eslint.config.js', '--max-warnings', '0', '.'] }],
  [
    { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
    { name: 'types', command: ['tsc', '-b'] },
    { name: 'imports', command: ['depcruise', '--output-type', 'err', 'runtime', 'renderer', 'electron', 'e2e'] },
    { name: 'unused', command: ['knip', '--config', '.config/knip.json'] },
  ],
];

const STAGES: readonly Stage[] = [
  // Before everything that leaves the machine with work to do: these measure.
  {
    name: 'perf',
    command: playwright('e2e/perf'),
    // A machine can only disturb a measurement: the best of the tries is what the page can do.
    report: playwrightTally,
    environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport },
  },
  { name: 'analyzer', command: ['node', 'runtime/bin/build-launcher.mjs', '--analyze'] },
  {
    name: 'sanitized',
    before: ['node', 'runtime/bin/build-launcher.mjs', '--sanitize'],
    command: vitest('node', sanitizedReport, 'runtime/engine/launcher'),
    report: () => vitestTally(sanitizedReport),
    // The launcher's own tests once more, on the build with the address and undefined-behaviour sanitizers.
    environment: { BERTH_LAUNCHER: `${root}build/launcher/berth-launcher-sanitized` },
  },
  { name: 'unit', command: vitest('node', unitReport), report: () => vitestTally(unitReport) },
  // Two files at a time: each has engines of its own, and leak checks look for what bears their engine's mark. They run
  // the bundle, as packages do; the specs run the sources.
  {
    name: 'docker',
    before: ['node', 'runtime/bin/bundle.ts'],
    command: vitest('docker', dockerReport),
    environment: { BERTH_COMMAND: `${root}dist/runtime/berth.mjs` },
    report: () => vitestTally(dockerReport, dockerAloneReport),
    alone: (files) => [...vitest('docker', dockerAloneReport, ...files), '--no-file-parallelism'],
  },
  {
    name: 'specs',
    command: playwright('e2e/specs', 'e2e/electron'),
    report: playwrightTally,
    environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport },
  },
];

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

function fileResults(path: string): FileResult[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { testResults: FileResult[] }).testResults;
}

/** `alonePath`: the report of the files that were run once more by themselves, whose results count instead. */
function vitestTally(path: string, alonePath = ''): Tally {
  const again = alonePath !== '' && existsSync(alonePath) ? fileResults(alonePath) : [];
  const replaced = new Set(again.map(({ name }) => name));
  const files = [...fileResults(path).filter(({ name }) => !replaced.has(name)), ...again];
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of files) {
    for (const test of assertionResults) {
      if (test.status === 'passed' || test.status === 'failed') {
        tally[test.status] += 1;
      } else {
        tally.skipped += 1;
        process.stdout.write(`skipped: ${test.fullName}\n`);
      }
    }
    // A file that cannot even be loaded, or whose last look found something, may have no test that failed.
    if (status === 'failed' && assertionResults.every((test) => test.status !== 'failed')) tally.failed += 1;
  }
  return tally;
}

/** More than this many failed files are no bad luck. */
const ALONE_MAX = 4;

/** Runs files that failed beside others once more by themselves, and says so. Returns whether they pass. */
function passAlone({ alone, environment }: Stage): boolean {
  if (alone === undefined || !existsSync(dockerReport)) return false;
  const failed = fileResults(dockerReport).filter(({ status }) => status === 'failed');
  if (failed.length === 0 || failed.length > ALONE_MAX) return false;
  for (const { name } of failed) process.stdout.write(`failed beside another file, run again by itself: ${name}\n`);
  return execute(alone(failed.map(({ name }) => name)), environment);
}

/** A test that passed at one of its tries has passed; the runner names those that needed more than one as flaky. */
function playwrightTally(): Tally {
  const { stats } = JSON.parse(readFileSync(playwrightReport, 'utf8')) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  };
  const { expected, unexpected, flaky, skipped } = stats;
  return { passed: expected + flaky, failed: unexpected, skipped };
}

const toolEnvironment = { ...process.env, PATH: `${root}node_modules/.bin:${process.env['PATH'] ?? ''}` };

function execute(command: readonly string[], environment: NodeJS.ProcessEnv = {}): boolean {
  const [program = '', ...args] = command;
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...toolEnvironment, ...environment },
  });
  return status === 0;
}

/** Runs a check beside others: what it says is printed when it has ended. Returns whether it passed. */
async function check({ name, command: [program = '', ...args] }: Stage): Promise<boolean> {
  const started = Date.now();
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: toolEnvironment });
  let said = '';
  const hear = (chunk: Buffer): void => void (said += chunk.toString());
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const [status] = (await once(child, 'close')) as [number | null];
  const verdict = status === 0 ? 'ok' : 'FAILED';
  process.stdout.write(`\n== ${name}\n${said}== ${name}: ${verdict} in ${seconds(started)} s\n`);
  return status === 0;
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

function run(stage: Stage): Tally {
  const started = Date.now();
  process.stdout.write(`\n== ${stage.name}\n`);
  const isPrepared = stage.before === undefined || execute(stage.before);
  const ok = isPrepared && (execute(stage.command, stage.environment) || passAlone(stage));
  process.stdout.write(`== ${stage.name}: ${ok ? 'ok' : 'FAILED'} in ${seconds(started)} s\n`);
  if (stage.report === undefined) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  try {
    const tally = stage.report();
    return !ok && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // No report: the runner itself fell over.
  }
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const print = (line: string): void => void process.stdout.write(`${line}\n`);
if (!ensureSystemPackages(TEST_NEEDS, print)) {
  print('0 passed, 1 failed');
  process.exit(1);
}
const only = process.argv.slice(2);
const isWanted = ({ name }: Stage): boolean => only.length === 0 || only.includes(name);
const total: Tally = { passed: 0, failed: 0, skipped: 0 };
await Promise.all(
  CHECKS.map(async (lane) => {
    for (const stage of lane.filter(isWanted)) total[(await check(stage)) ? 'passed' : 'failed'] += 1;
  }),
);
for (const stage of STAGES.filter(isWanted)) {
  const tally = run(stage);
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped += tally.skipped;
}
print(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed === 0 ? 0 : 1);
