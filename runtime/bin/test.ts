// `npm test`: every check and every test, and one closing line that counts them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { closedDirectory, runReachably } from './reachable-checkout.ts';
import { ensureSystemPackages, TEST_NEEDS } from './system-packages.ts';
import { failedFiles, playwrightResult, vitestResult, type StageResult, type Tally } from './test-report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const reports = `${root}.cache/reports`;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  /** Runs first; the stage fails with it. */
  readonly before?: readonly string[];
  /** Reads the stage's own report; without one the stage is a single check. */
  readonly report?: () => StageResult;
  readonly environment?: NodeJS.ProcessEnv;
  /** For a stage whose files run beside each other: those that failed get one chance by themselves. */
  readonly alone?: AloneRun;
}

interface AloneRun {
  /** The report of the run beside others. */
  readonly report: string;
  /** The command that runs some files one after the other. */
  readonly command: (files: readonly string[]) => readonly string[];
}

const playwrightReport = `${reports}/playwright.json`;
const userReport = `${reports}/playwright-user.json`;

/** Runs the tests of projects (`*` stands for anything) whose path contains one of the filters, all without one, with a report to count from. */
function vitest(project: string, report: string, ...filters: readonly string[]): string[] {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return ['vitest', 'run', '--config', '.config/vitest.config.ts', '--project', project, ...reporters, ...filters];
}

/** The parts of a stage that runs the tests of vitest's projects, two files at a time. */
function vitestStage(
  name: string,
  project: string,
  ...filters: readonly string[]
): Required<Pick<Stage, 'name' | 'command' | 'report' | 'alone'>> {
  const report = `${reports}/${name}.json`;
  const aloneReport = `${reports}/${name}-alone.json`;
  return {
    name,
    command: vitest(project, report, ...filters),
    report: () => vitestResult(report, aloneReport),
    alone: { report, command: (files) => [...vitest(project, aloneReport, ...files), '--no-file-parallelism'] },
  };
}

/** Runs the specs below some folders; which projects there are depends on the binaries that are found. */
function playwright(...folders: string[]): string[] {
  return [
    'playwright',
    'test',
    '--config',
    'e2e/playwright.config.ts',
    '--reporter=list,json,./e2e/fixtures/task-reporter.ts',
    ...folders,
  ];
}

/** Checks that only read. Lint takes as long as the others together, so it runs beside them. */
const CHECKS: readonly (readonly Stage[])[] = [
  [
    {
      name: 'lint',
      command: ['eslint', '-c', '.config/eslint.config.js', '--max-warnings', '0', '.'],
      // MiB for what is young: types of the whole project are made at once, and a seventh of the time went to look them over.
      environment: { NODE_OPTIONS: '--max-semi-space-size=64' },
    },
  ],
  [
    { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
    { name: 'types', command: ['tsc', '-b'] },
    { name: 'imports', command: ['depcruise', '--output-type', 'err', 'runtime', 'renderer', 'electron', 'e2e'] },
    { name: 'unused', command: ['knip', '--config', '.config/knip.json'] },
    { name: 'analyzer', command: ['node', 'runtime/bin/build-launcher.mjs', '--analyze'] },
  ],
];

/** Tests of the whole command run the bundle, as packages do: it starts in half the time of its sources. */
const MAKE_BUNDLE = ['node', 'runtime/bin/bundle.ts'];
const OF_BUNDLE = { BERTH_COMMAND: `${root}dist/runtime/berth.mjs` };

const STAGES: readonly Stage[] = [
  // Before everything that leaves the machine with work to do: these measure.
  {
    name: 'perf',
    command: playwright('e2e/perf'),
    // A machine can only disturb a measurement: the best of the tries is what the page can do.
    report: () => playwrightResult(playwrightReport),
    environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport },
  },
  {
    ...vitestStage('sanitized', 'node', 'runtime/engine/launcher'),
    before: ['node', 'runtime/bin/build-launcher.mjs', '--sanitize'],
    // The launcher's own tests once more, on the build with the address and undefined-behaviour sanitizers.
    environment: { BERTH_LAUNCHER: `${root}build/launcher/berth-launcher-sanitized` },
  },
  vitestStage('unit', 'node*'),
  // Two files at a time: each has engines of its own, and leak checks look for what bears their engine's mark.
  { ...vitestStage('docker', 'docker'), before: MAKE_BUNDLE, environment: OF_BUNDLE },
  {
    name: 'specs',
    command: playwright('e2e/specs', 'e2e/visual', 'e2e/electron'),
    before: MAKE_BUNDLE,
    report: () => playwrightResult(playwrightReport),
    environment: { ...OF_BUNDLE, PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport },
  },
  // The same app and engine for an ordinary user: what a run and a terminal touch, they touch in another
  // way without root. Whoever is no root has seen just that.
  ...(process.getuid?.() === 0
    ? [
        {
          name: 'user-specs',
          command: playwright('e2e/specs/run', 'e2e/specs/terminal'),
          before: MAKE_BUNDLE,
          report: () => playwrightResult(userReport),
          environment: { ...OF_BUNDLE, PLAYWRIGHT_JSON_OUTPUT_FILE: userReport, BERTH_SPECS_AS: 'user' },
        },
      ]
    : []),
];

/** More than this many failed files are no bad luck. */
const ALONE_MAX = 4;

/** Runs files that failed beside others once more by themselves, and says so. Returns whether they pass. */
function passAlone({ alone, environment }: Stage): boolean {
  if (alone === undefined) return false;
  const failed = failedFiles(alone.report);
  if (failed.length === 0 || failed.length > ALONE_MAX) return false;
  for (const name of failed) print(`failed beside another file, run again by itself: ${name}`);
  return execute(alone.command(failed), environment);
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
async function check({ name, command: [program = '', ...args], environment }: Stage): Promise<boolean> {
  const started = Date.now();
  const env = { ...toolEnvironment, ...environment };
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
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

/** What stages had made ready: nothing that they share need be made twice, for no stage changes a source. */
const prepared = new Set<readonly string[]>();

/** Ticks of all processors since the machine began: all of them, and those in which there was something to do (proc_stat(5)). */
function processorTicks(): { all: number; busy: number } {
  const [, user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? [];
  const busy = user + nice + system + irq + softirq + steal;
  return { all: busy + idle + iowait, busy };
}

function run(stage: Stage): StageResult {
  const started = Date.now();
  const before = processorTicks();
  print(`\n== ${stage.name}`);
  const isPrepared = stage.before === undefined || prepared.has(stage.before) || execute(stage.before);
  if (isPrepared && stage.before !== undefined) prepared.add(stage.before);
  const ok = isPrepared && (execute(stage.command, stage.environment) || passAlone(stage));
  const now = processorTicks();
  // How far a stage that takes long could be shortened by doing more of it at a time.
  const load = Math.round((100 * (now.busy - before.busy)) / Math.max(1, now.all - before.all));
  print(`== ${stage.name}: ${ok ? 'ok' : 'FAILED'} in ${seconds(started)} s, processors ${load} % busy`);
  return resultOf(stage, ok);
}

/** What a stage that has ended counts for. One that failed without a failed test is a failure by itself. */
function resultOf({ name, report }: Stage, ok: boolean): StageResult {
  const told = ok
    ? { tally: { passed: 1, failed: 0, skipped: 0 }, failures: [], skipped: [] }
    : { tally: { passed: 0, failed: 1, skipped: 0 }, failures: [{ title: name, message: '' }], skipped: [] };
  if (report === undefined) return told;
  try {
    const result = report();
    if (ok || result.tally.failed > 0) return result;
    return { ...result, tally: { ...result.tally, failed: 1 }, failures: told.failures };
  } catch {
    return { ...told, tally: { passed: 0, failed: 1, skipped: 0 }, failures: [{ title: name, message: 'no report' }] };
  }
}

// The tests become an ordinary user, who has to be able to run what is here.
const closed = process.getuid?.() === 0 ? closedDirectory(root) : null;
if (closed !== null && `${closed}/` === root) {
  print(`The tests become an ordinary user, who may not read ${closed}: chmod -R go+rX ${closed}`);
  print('0 passed, 1 failed');
  process.exit(1);
}
if (closed !== null) {
  print(`Only its owner may enter ${closed}: the tests run where an ordinary user can, too`);
  process.exit(runReachably(root, 'runtime/bin/test.ts', process.argv.slice(2)));
}
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
if (!ensureSystemPackages(TEST_NEEDS, print)) {
  print('0 passed, 1 failed');
  process.exit(1);
}
const only = process.argv.slice(2);
const isWanted = ({ name }: Stage): boolean => only.length === 0 || only.includes(name);
const results: StageResult[] = [];
await Promise.all(
  CHECKS.map(async (lane) => {
    for (const stage of lane.filter(isWanted)) results.push(resultOf(stage, await check(stage)));
  }),
);
for (const stage of STAGES.filter(isWanted)) results.push(run(stage));
for (const title of results.flatMap(({ skipped }) => skipped)) print(`skipped: ${title}`);
// Once more at the end: whoever sees only the last page sees what failed.
for (const { title, message } of results.flatMap(({ failures }) => failures)) print(`\nfailed: ${title}\n${message}`);
const count = (what: keyof Tally): number => results.reduce((sum, { tally }) => sum + tally[what], 0);
print(`\n${count('skipped')} skipped`);
print(`${count('passed')} passed, ${count('failed')} failed`);
process.exit(count('failed') === 0 ? 0 : 1);
