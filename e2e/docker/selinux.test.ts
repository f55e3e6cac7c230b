import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { ordinaryUser } from '../fixtures/ordinary-user.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** Of the kernel, and in sight. */
const SELINUX = existsSync('/sys/fs/selinux/enforce');
const WHY = SELINUX ? '' : ' (skipped: this host has no SELinux)';

const PROCESS = /^system_u:system_r:container_t:s0:c\d+,c\d+$/;
const SHARED = 'system_u:object_r:container_file_t:s0';

describe.runIf(SELINUX).each(ENGINE_MODES)(`SELinux as %s${WHY}`, (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  let before: Traces;
  let scratch: string;

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    scratch = mkdtempSync('/tmp/berth-labels-');
    mkdirSync(join(scratch, 'files/below'), { recursive: true });
    writeFileSync(join(scratch, 'files/below/text'), 'text\n');
    symlinkSync('/etc', join(scratch, 'etc'));
    // Labels are the owner's to give.
    if (mode === 'rootless' && process.getuid?.() === 0)
      execFileSync('chown', ['-R', String(ordinaryUser().uid), scratch]);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    rmSync(scratch, { recursive: true, force: true });
    expect(left).toEqual({});
  });

  const CURRENT = ['cat', '/proc/self/attr/current'];
  const run = (args: readonly string[]): { code: number; stdout: string; stderr: string } =>
    engine.docker(['run', '--rm', '--network', 'none', ...args]);
  const out = (args: readonly string[]): string => {
    const result = run(args);
    expect(result.stderr).toBe('');
    return result.stdout.replace(/\0/g, '').trim();
  };
  const labelOf = (path: string): string =>
    execFileSync('stat', ['-c', '%C', path])
      .toString()
      .trim()
      .replace(/^unconfined_u/, 'system_u');

  it('labels containers, each with a level of its own', () => {
    expect(engine.dockerOk(['info', '-f', '{{.SecurityOptions}}'])).toContain('name=selinux');
    const [one, other] = [out([TEST_IMAGE, ...CURRENT]), out([TEST_IMAGE, ...CURRENT])];
    expect(one).toMatch(PROCESS);
    expect(other).toMatch(PROCESS);
    expect(one).not.toBe(other);
    expect(out(['--security-opt', 'no-new-privileges', TEST_IMAGE, ...CURRENT])).toMatch(PROCESS);
    expect(out(['--init', TEST_IMAGE, 'cat', '/proc/1/attr/current'])).toMatch(PROCESS);
    expect(out(['--security-opt', 'label=level:s0:c5,c6', TEST_IMAGE, ...CURRENT])).toMatch(/container_t:s0:c5,c6$/);
    for (const option of [['--privileged'], ['--security-opt', 'label=disable'], ['--pid', 'host'], ['--ipc', 'host']])
      expect(out([...option, TEST_IMAGE, ...CURRENT])).not.toContain('container_t');
    const unknown = run(['--security-opt', 'label=type:no_such_t', TEST_IMAGE, 'true']);
    expect(unknown.code).not.toBe(0);
    expect(unknown.stderr).toContain('unable to apply SELinux label');
    expect(run(['--security-opt', 'label=nested', TEST_IMAGE, 'true']).stderr).toContain('Bad label option "nested"');
  });

  it('labels what is run in one, and what shares its processes or memory', () => {
    const id = engine.dockerOk(['run', '-d', '--ipc', 'shareable', TEST_IMAGE, 'sleep', '60']).trim();
    const label = engine.dockerOk(['inspect', '-f', '{{.ProcessLabel}}', id]).trim();
    expect(label).toMatch(PROCESS);
    expect(engine.dockerOk(['inspect', '-f', '{{.MountLabel}}', id]).trim()).toBe(
      label.replace('system_r:container_t', 'object_r:container_file_t'),
    );
    for (const flags of [[], ['--privileged'], ['-t']])
      expect(
        engine
          .dockerOk(['exec', ...flags, id, ...CURRENT])
          .replace(/\0/g, '')
          .trim(),
      ).toBe(label);
    expect(engine.docker(['exec', '-i', id, 'cat'], { input: 'through a pipe' }).stdout).toBe('through a pipe');
    for (const flag of ['--pid', '--ipc']) expect(out([flag, `container:${id}`, TEST_IMAGE, ...CURRENT])).toBe(label);
    engine.dockerOk(['rm', '-f', id]);
  });

  it('labels volumes, and binds that ask for it', () => {
    const files = join(scratch, 'files');
    const read = [TEST_IMAGE, 'cat', '/d/below/text'];
    expect(out(['-v', `${files}:/d:z`, ...read])).toBe('text');
    for (const path of [files, join(files, 'below/text')]) expect(labelOf(path)).toBe(SHARED);
    expect(out(['-v', `${files}:/d:Z`, ...read])).toBe('text');
    expect(labelOf(join(files, 'below/text'))).toMatch(/container_file_t:s0:c\d+,c\d+$/);
    const refused = run(['-v', `${join(scratch, 'etc')}:/d:z`, TEST_IMAGE, 'true']);
    expect(refused.stderr).toContain('SELinux relabeling of');
    expect(labelOf('/etc')).not.toContain('container');
    expect(out(['-v', 'labelled:/v', TEST_IMAGE, 'sh', '-c', 'echo kept > /v/file'])).toBe('');
    expect(out(['-v', 'labelled:/v', TEST_IMAGE, 'cat', '/v/file'])).toBe('kept');
    engine.dockerOk(['volume', 'rm', 'labelled']);
  });

  it('labels the steps of a build', () => {
    const context = mkdtempSync('/tmp/berth-labelled-build-');
    execFileSync('chmod', ['755', context]);
    writeFileSync(
      join(context, 'Dockerfile'),
      `FROM ${TEST_IMAGE}\nRUN cat /proc/self/attr/current > /label\nRUN --mount=type=cache,target=/c echo a > /c/a\n`,
    );
    engine.dockerOk(['build', '-t', 'labelled', context]);
    expect(out(['labelled', 'cat', '/label'])).toMatch(PROCESS);
    engine.dockerOk(['rmi', 'labelled']);
    rmSync(context, { recursive: true });
  });
});
