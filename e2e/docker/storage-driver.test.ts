import { describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** An engine where overlayfs is not to be used: containers get plain copies. */
describe.each(ENGINE_MODES)('docker without overlays as %s', (mode) => {
  const engine = new EngineProcess(mode, { environment: { BERTH_STORAGE_DRIVER: 'vfs' }, checked: true });
  const ok = (...args: string[]): string => engine.dockerOk(args);

  useEngine(engine);

  it('says so', () => {
    expect(ok('info', '-f', '{{.Driver}}')).toBe('vfs');
    expect(ok('info', '-f', '{{json .Warnings}}')).toContain('every container takes the space of its whole image');
    ok('create', '--name', 'told', TEST_IMAGE, 'true');
    expect(ok('inspect', '-f', '{{.Driver}} {{.GraphDriver.Name}}', 'told')).toBe('vfs vfs');
    ok('rm', 'told');
  });

  it('keeps containers apart and their files over restarts', async () => {
    ok(
      'run',
      '--name',
      'one',
      TEST_IMAGE,
      'sh',
      '-c',
      'echo own >> /etc/os-release; cat /mark 2>/dev/null; touch /mark',
    );
    expect(ok('run', '--rm', TEST_IMAGE, 'cat', '/etc/os-release')).toBe('NAME=test');
    await engine.crash();
    ok('start', '-a', 'one');
    ok('cp', 'one:/etc/os-release', `${engine.directory}/copied`);
    expect(ok('diff', 'one').split('\n').sort()).toEqual(['A /mark', 'C /etc', 'C /etc/os-release']);
    ok('rm', 'one');
  });

  it('applies whiteouts and opaque directories, compares and commits', () => {
    const make = 'mkdir -p /data/sub /gone; touch /data/a /data/b /data/sub/c /gone/x; ln -s a /data/link';
    ok('run', '--name', 'first', TEST_IMAGE, 'sh', '-c', make);
    ok('commit', 'first', 'test/first');
    ok('run', '--name', 'second', 'test/first', 'sh', '-c', 'rm -rf /data /gone; mkdir -p /data/sub; touch /data/own');
    expect(ok('diff', 'second').split('\n').sort()).toEqual(
      [
        'A /data/own',
        'C /data',
        'D /data/a',
        'D /data/b',
        'D /data/link',
        'D /data/sub/c',
        'C /data/sub',
        'D /gone',
      ].sort(),
    );
    ok('commit', 'second', 'test/second');
    expect(ok('run', '--rm', 'test/second', 'find', '/data', '-type', 'f')).toBe('/data/own');
    expect(engine.docker(['run', '--rm', 'test/second', 'ls', '/gone']).code).not.toBe(0);
    const sizes = ok('inspect', '-s', '-f', '{{.SizeRw}}', 'second');
    expect(Number(sizes)).toBe(0);
    ok('rm', 'first', 'second');
    ok('rmi', 'test/second', 'test/first');
  });

  it('fills volumes and exports', () => {
    expect(ok('run', '--rm', '-v', 'seeded:/etc/', TEST_IMAGE, 'ls', '/etc')).toContain('passwd');
    ok('volume', 'rm', 'seeded');
    ok('create', '--name', 'exported', TEST_IMAGE, 'true');
    expect(engine.docker(['export', 'exported']).bytes.length).toBeGreaterThan(1_000_000);
    ok('rm', 'exported');
  });
});
