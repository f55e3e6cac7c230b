import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSeccomp } from '../seccomp/compile.ts';
import { defaultSeccompProfile } from '../seccomp/default-profile.ts';
import { Fixture, processPlan } from './testing/fixture.ts';
import { encodeExec, encodeLaunch, frameHeader } from './wire.ts';

const launcher = fileURLToPath(new URL('../../launcher/', import.meta.url));
/** Seconds for each target: enough to see what changed today; `FUZZ_SECONDS=3600` looks longer. */
const SECONDS = process.env['FUZZ_SECONDS'] ?? '3';

const FLAGS = ['-std=gnu17', '-D_GNU_SOURCE=', '-g', '-O1', '-fno-sanitize-recover=all'];
const SANITIZERS = '-fsanitize=fuzzer,address,undefined';

interface Target {
  readonly sources: readonly string[];
  /** The longest input that is tried, in bytes. */
  readonly longest: number;
  readonly seeds: () => Promise<readonly Uint8Array[]>;
}

/** Code that reads what others send: each gets coverage-guided mutations of what it usually reads. */
const TARGETS: Readonly<Record<string, Target>> = {
  plan: {
    sources: ['plan.c', 'proto.c', 'common.c', 'test/plan_fuzz.c'],
    longest: 8192,
    seeds: async () => {
      const fixture = await Fixture.open();
      try {
        const plan = await fixture.plan(processPlan(['sh', '-c', 'exit 3'], { user: 'web' }));
        const running = await fixture.launcher.launch(plan);
        const exec = encodeExec(fixture.execPlan(running, processPlan(['true'])));
        running.release();
        const frames = [encodeLaunch(plan), exec];
        return [...frames, ...frames.map((frame) => frame.subarray(frameHeader))];
      } finally {
        await fixture.close();
      }
    },
  },
  tar: {
    sources: ['tar.c', 'tar_metadata.c', 'tar_remove.c', 'tar_reader.c', 'test/tar_fuzz.c'],
    longest: 16_384,
    seeds: async () => {
      const tar = pack();
      tar.entry({ name: 'directory', type: 'directory' });
      tar.entry({ name: 'directory/file' }, 'content');
      tar.entry({ name: 'link', type: 'symlink', linkname: '../directory/file' });
      tar.entry({ name: 'hard', type: 'link', linkname: 'directory/file' });
      tar.entry({ name: '.wh.gone' }, '');
      tar.entry({ name: `${'long/'.repeat(60)}name`, pax: { 'SCHILY.xattr.user.test': 'value' } }, 'x');
      tar.finalize();
      const chunks: Buffer[] = [];
      for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
      return [Buffer.concat(chunks)];
    },
  },
  seccomp: {
    sources: ['seccomp.c', 'common.c', 'test/seccomp_fuzz.c'],
    longest: 8192,
    seeds: () => {
      const context = { capabilities: new Set<string>(), kernel: [6, 18] } as const;
      const forbidding = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['exit_group'], action: 'SCMP_ACT_KILL' }],
      };
      const profiles = [defaultSeccompProfile(), forbidding];
      return Promise.resolve(profiles.map((profile) => compileSeccomp(profile, context)));
    },
  },
  user: {
    sources: ['user.c', 'paths.c', 'common.c', 'test/user_fuzz.c'],
    longest: 4096,
    seeds: () => {
      const files = [
        'root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/var/www:/bin/false\n',
        'root:x:0:\nmail:x:8:web,root\n',
      ];
      const users = ['web', '0', '33:mail', 'root:8', '4294967296'];
      return Promise.resolve(users.map((user) => Buffer.from([user, ...files].join('\0'))));
    },
  },
  dns: {
    sources: ['dns.c', 'test/dns_fuzz.c'],
    longest: 1024,
    seeds: () => Promise.resolve([Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 1, 0, 1])]),
  },
};

function hasFuzzer(): boolean {
  const source = 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d[n - n] & 0; }';
  const args = ['-fsanitize=fuzzer,address', '-x', 'c', '-', '-o', '/dev/null'];
  return spawnSync('clang', args, { input: source, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

/** Why nothing is fuzzed; '' when it is. The targets are built from the sources, whichever build of the launcher is tested. */
const reason =
  process.env['BERTH_LAUNCHER'] !== undefined
    ? ' (skipped: done where the ordinary build is tested)'
    : hasFuzzer()
      ? ''
      : ' (skipped: needs clang with libFuzzer)';

describe.runIf(reason === '')(`fuzzing${reason}`, () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync('/tmp/berth-fuzz-');
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(Object.keys(TARGETS))(
    'finds nothing wrong with %s',
    async (name) => {
      const target = TARGETS[name];
      if (target === undefined) return;
      const corpus = `${directory}/${name}-corpus`;
      for (const path of [corpus, `${directory}/${name}-files`]) mkdirSync(path);
      for (const [index, seed] of (await target.seeds()).entries()) writeFileSync(`${corpus}/${index}`, seed);
      const binary = `${directory}/${name}`;
      const sources = target.sources.map((file) => launcher + file);
      const built = spawnSync('clang', [...FLAGS, SANITIZERS, '-o', binary, ...sources]);
      expect(built.status, built.stderr.toString()).toBe(0);
      const args = [
        `-max_total_time=${SECONDS}`,
        `-max_len=${target.longest}`,
        // Seconds by the clock: a busy machine may let a process wait for many.
        '-timeout=60',
        '-print_final_stats=1',
        corpus,
      ];
      const run = spawnSync(binary, args, {
        cwd: directory,
        env: { FUZZ_DIRECTORY: `${directory}/${name}-files` },
        maxBuffer: 64 * 1024 * 1024,
      });
      const said = run.stderr.toString();
      expect(run.status, said.slice(-4000)).toBe(0);
      expect(Number(/stat::number_of_executed_units:\s+(\d+)/.exec(said)?.[1])).toBeGreaterThan(100);
    },
    4_000_000,
  );
});
