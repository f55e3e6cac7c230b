import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** `docker cp`, both ways, on created, running and stopped containers. */
describe.each(ENGINE_MODES)('docker cp as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  let before: Traces;
  let local: string;
  const ok = (...args: string[]): string => engine.dockerOk(args);
  const fails = (...args: string[]): string => {
    const result = engine.docker(args);
    expect(result.code).not.toBe(0);
    return result.stderr;
  };
  /** The decoded stat header of HEAD /archive. */
  const listTar = (bytes: Buffer): string[] =>
    execFileSync('tar', ['-tf', '-'], { input: bytes }).toString().trim().split('\n').sort();

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    ok('run', '--rm', TEST_IMAGE, 'true');
    local = `${engine.directory}/local`;
    mkdirSync(`${local}/dir/sub`, { recursive: true });
    writeFileSync(`${local}/file`, 'one file\n', { mode: 0o640 });
    writeFileSync(`${local}/dir/a`, 'a\n');
    writeFileSync(`${local}/dir/sub/b`, 'b\n');
    symlinkSync('a', `${local}/dir/link`);
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    expect(left).toEqual({});
  });

  describe.each(['created', 'running', 'stopped'])('a %s container', (state) => {
    const name = `copy-${state}`;
    beforeAll(() => {
      if (state === 'created') ok('create', '--name', name, '-v', '/vol', TEST_IMAGE, 'sleep', '60');
      else ok('run', '-d', '--name', name, '-v', '/vol', TEST_IMAGE, 'sleep', '60');
      if (state === 'stopped') ok('stop', '-t', '0', name);
    });
    afterAll(() => {
      ok('rm', '-fv', name);
    });

    it('takes files and directories by the rules of cp', () => {
      ok('cp', `${local}/file`, `${name}:/tmp`);
      ok('cp', `${local}/file`, `${name}:/tmp/renamed`);
      ok('cp', `${local}/dir`, `${name}:/tmp`);
      ok('cp', `${local}/dir`, `${name}:/tmp/new`);
      ok('cp', `${local}/dir/.`, `${name}:/tmp/new`);
      const tar = engine.docker(['cp', `${name}:/tmp/.`, '-']).bytes;
      expect(listTar(tar)).toEqual([
        './',
        './dir/',
        './dir/a',
        './dir/link',
        './dir/sub/',
        './dir/sub/b',
        './file',
        './new/',
        './new/a',
        './new/link',
        './new/sub/',
        './new/sub/b',
        './renamed',
      ]);
      expect(execFileSync('tar', ['-xOf', '-', './renamed'], { input: tar }).toString()).toBe('one file\n');
      expect(fails('cp', `${local}/file`, `${name}:/absent/x`)).toMatch(/Could not find the file|no such directory/);
      expect(fails('cp', `${local}/dir`, `${name}:/tmp/file`)).toContain('cannot copy directory');
      expect(fails('cp', `${local}/file`, `${name}:/tmp/renamed/`)).toMatch(/not a directory|no such directory|write/);
    });

    it('gives files and directories, follows links with -L and keeps them without', () => {
      const to = `${engine.directory}/out-${state}`;
      mkdirSync(to);
      ok('cp', `${local}/dir`, `${name}:/tmp/given`);
      ok('cp', `${name}:/etc/passwd`, `${to}/passwd`);
      ok('cp', `${name}:/tmp/given`, to);
      ok('cp', `${name}:/tmp/given/link`, `${to}/kept`);
      ok('cp', '-L', `${name}:/tmp/given/link`, `${to}/followed`);
      ok('cp', `${name}:/bin/busybox`, `${to}/busybox`);
      expect(readFileSync(`${to}/passwd`, 'utf8')).toMatch(/^root:/);
      expect(readdirSync(`${to}/given`).sort()).toEqual(['a', 'link', 'sub']);
      expect(readlinkSync(`${to}/kept`)).toBe('a');
      expect(readFileSync(`${to}/followed`, 'utf8')).toBe('a\n');
      expect(readFileSync(`${to}/busybox`).equals(readFileSync('/bin/busybox'))).toBe(true);
      expect(statSync(`${to}/busybox`).mode & 0o777).toBe(0o755);
      expect(fails('cp', `${name}:/absent`, to)).toContain(`Could not find the file /absent in container ${name}`);
    });

    it('reaches into volumes', () => {
      ok('cp', `${local}/dir`, `${name}:/vol`);
      expect(listTar(engine.docker(['cp', `${name}:/vol/dir/sub`, '-']).bytes)).toEqual(['sub/', 'sub/b']);
    });

    it('tells what is at a path', async () => {
      const stat = async (path: string): Promise<Record<string, unknown>> => {
        const response = await fetchHead(engine, `/containers/${name}/archive?path=${encodeURIComponent(path)}`);
        expect(response.status).toBe(200);
        return JSON.parse(Buffer.from(response.stat, 'base64').toString()) as Record<string, unknown>;
      };
      expect(await stat('/')).toMatchObject({ name: '/', mode: 0x80000000 + 0o755, linkTarget: '' });
      expect(await stat('etc/passwd')).toMatchObject({ name: 'passwd', mode: 0o644, linkTarget: '' });
      expect(await stat('/bin/sh')).toMatchObject({ name: 'sh', linkTarget: '/bin/busybox', mode: 2 ** 27 + 0o777 });
      expect(await stat('/tmp/')).toMatchObject({ name: 'tmp', mode: 2 ** 31 + 2 ** 20 + 0o777 });
      expect(await stat('/tmp/.')).toMatchObject({ name: '.' });
      expect(await stat('/etc/../../../etc/group')).toMatchObject({ name: 'group' });
      expect((await fetchHead(engine, `/containers/${name}/archive?path=/absent`)).status).toBe(404);
      expect((await fetchHead(engine, `/containers/${name}/archive`)).status).toBe(400);
      expect((await fetchHead(engine, '/containers/absent/archive?path=/')).status).toBe(404);
    });

    it('gives the owner of the archive, or the container’s user with -a', () => {
      const tar = execFileSync('tar', ['-C', local, '--owner=1000', '--group=2000', '-cf', '-', 'file']);
      engine.dockerOk(['cp', '-', `${name}:/home`], { input: tar });
      const out = engine.docker(['cp', `${name}:/home/file`, '-']).bytes;
      expect(execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: out }).toString()).toContain('1000/2000');
    });
  });

  it('carries a gigabyte with flat memory, both ways', () => {
    ok('run', '-d', '--name', 'big', TEST_IMAGE, 'sleep', '120');
    const file = `${engine.directory}/big`;
    writeFileSync(file, '');
    truncateSync(file, 2 ** 30);
    const resident = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1]);
    const began = resident();
    ok('cp', file, 'big:/tmp/big');
    expect(ok('exec', 'big', 'stat', '-c', '%s', '/tmp/big')).toBe(String(2 ** 30));
    engine.dockerOk(['exec', 'big', 'sh', '-c', 'echo end >> /tmp/big']);
    ok('cp', 'big:/tmp/big', `${file}.back`);
    expect(statSync(`${file}.back`).size).toBe(2 ** 30 + 4);
    // 128 MiB: far below the 2 GiB that were carried, above what buffers and the collector may add.
    expect(resident() - began).toBeLessThan(128 * 1024);
    ok('rm', '-f', 'big');
  });

  it('lets go of a container when the client goes away in the middle', async () => {
    ok('run', '--name', 'left', TEST_IMAGE, 'sh', '-c', 'dd if=/dev/zero of=/tmp/big bs=1 count=0 seek=4294967296');
    await Promise.all([1, 2, 3].map(() => cutOff(engine, 'GET', '/containers/left/archive?path=/tmp/big')));
    await Promise.all([1, 2, 3].map(() => cutOff(engine, 'PUT', '/containers/left/archive?path=/tmp')));
    await cutOff(engine, 'GET', '/containers/left/export');
    ok('cp', `${local}/file`, 'left:/tmp/after');
    ok('start', '-a', 'left');
    ok('rm', 'left');
  });

  it('gives the engine’s end no hold on a container', async () => {
    ok('create', '--name', 'crashed', TEST_IMAGE, 'cat', '/etc/os-release');
    const broken = cutOff(engine, 'GET', '/containers/crashed/export', 2000);
    await engine.crash();
    await broken;
    ok('cp', `${local}/file`, 'crashed:/tmp/');
    expect(ok('start', '-a', 'crashed')).toBe('NAME=test');
    ok('rm', 'crashed');
  });

  it('refuses to write where nothing may be written', () => {
    ok(
      'run',
      '-d',
      '--name',
      'sealed',
      '--read-only',
      '-v',
      'locked:/ro:ro',
      '-v',
      'open:/rw',
      TEST_IMAGE,
      'sleep',
      '60',
    );
    for (const round of ['running', 'stopped']) {
      expect(fails('cp', `${local}/file`, 'sealed:/tmp/'), round).toContain('container rootfs is marked read-only');
      expect(fails('cp', `${local}/file`, 'sealed:/ro/'), round).toContain('mounted volume is marked read-only');
      ok('cp', `${local}/file`, 'sealed:/rw/');
      if (round === 'running') ok('stop', '-t', '0', 'sealed');
    }
    ok('rm', 'sealed');
    ok('volume', 'rm', 'locked', 'open');
  });

  it('answers like Docker what it refuses', async () => {
    ok('create', '--name', 'words', '-w', '/work/deep', TEST_IMAGE, 'cat', 'file');
    // The working directory is there before the first start.
    ok('cp', `${local}/file`, 'words:/work/deep/');
    expect(ok('start', '-a', 'words')).toBe(readFileSync(`${local}/file`, 'utf8').trim());
    const put = async (path: string): Promise<string> => {
      const answer = await engine.api('PUT', `/containers/words/archive?path=${path}`, 'x');
      return `${answer.status} ${String(answer.json()['message'])}`;
    };
    expect(await put('/etc/passwd')).toBe('400 extraction point is not a directory');
    expect(await put('/absent')).toBe('404 Could not find the file /absent in container words');
    expect((await engine.api('GET', '/containers/words/archive?path=/etc/passwd/')).status).toBe(400);
    expect((await engine.api('GET', '/containers/words/archive?path=')).status).toBe(400);
    ok('rm', 'words');
  });

  it('follows absolute links of the container inside the container (CVE-2018-15664, moby 52653)', () => {
    const secret = `${engine.directory}/secret`;
    mkdirSync(secret);
    writeFileSync(`${secret}/key`, 'of the host\n');
    ok('run', '-d', '--name', 'linked', TEST_IMAGE, 'sleep', '60');
    ok('exec', 'linked', 'sh', '-c', `ln -s ${engine.directory} /out && ln -s / /root/top && ln -s /tmp /var/run`);
    for (const round of ['running', 'stopped']) {
      expect(fails('cp', 'linked:/out/secret/key', '-'), round).toContain('Could not find the file');
      expect(fails('cp', `${local}/file`, 'linked:/out/secret/'), round).toMatch(/Could not find|no such/);
      ok('cp', `${local}/file`, `linked:/root/top/tmp/${round}`);
      ok('cp', `${local}/file`, `linked:/var/run/${round}-2`);
      expect(readdirSync(secret)).toEqual(['key']);
      if (round === 'running') ok('stop', '-t', '0', 'linked');
    }
    expect(listTar(engine.docker(['cp', 'linked:/tmp/.', '-']).bytes)).toContain('./stopped-2');
    ok('rm', 'linked');
  });

  it('keeps an archive with links and dots inside the container', () => {
    ok('run', '-d', '--name', 'slip', TEST_IMAGE, 'sleep', '60');
    const evil = `${engine.directory}/evil`;
    mkdirSync(evil);
    symlinkSync(engine.directory, `${evil}/link`);
    writeFileSync(`${evil}/x`, 'x');
    const first = execFileSync('tar', ['-C', evil, '-cf', '-', 'link']);
    const second = execFileSync('tar', ['-C', evil, '--transform', 's,^x,link/planted,', '-cf', '-', 'x']);
    const third = execFileSync('tar', ['-C', evil, '-P', '--transform', 's,^x,../../planted,', '-cf', '-', 'x']);
    engine.dockerOk(['cp', '-', 'slip:/tmp'], { input: first });
    engine.docker(['cp', '-', 'slip:/tmp'], { input: second });
    expect(engine.docker(['cp', '-', 'slip:/tmp'], { input: third }).code).not.toBe(0);
    expect(readdirSync(engine.directory)).not.toContain('planted');
    expect(engine.docker(['exec', 'slip', 'ls', '/planted']).code).not.toBe(0);
    ok('rm', '-f', 'slip');
  });

  it('loses no race with a container that swaps a directory for a link (CVE-2018-15664)', () => {
    const bait = `${engine.directory}/bait`;
    mkdirSync(bait);
    writeFileSync(`${bait}/passwd`, 'of the host\n');
    ok('run', '-d', '--name', 'racer', TEST_IMAGE, 'sh', '-c', racer(bait));
    for (let round = 0; round < 15; round += 1) {
      const got = engine.docker(['cp', 'racer:/race/spot/passwd', '-']).bytes.toString('latin1');
      expect(got).not.toContain('of the host');
      engine.docker(['cp', `${local}/file`, 'racer:/race/spot/planted']);
    }
    expect(readdirSync(bait)).toEqual(['passwd']);
    ok('rm', '-f', 'racer');
  });

  it('finds no way out of a volume that is mounted while links are swapped on the way to it (CVE-2026-42306)', () => {
    const outside = mkdtempSync('/tmp/berth-outside-');
    const id = ok(
      ...['run', '-d', '-v', 'raced:/here/volume', TEST_IMAGE, 'sh', '-c'],
      `mkdir /aside; while :; do mv /here /was 2>/dev/null; ln -sfn ${outside} /here; rm -f /here; mv /was /here 2>/dev/null; done`,
    );
    writeFileSync(`${outside}/kept`, 'of the host');
    mkdirSync(`${outside}/volume`);
    for (let count = 0; count < 20; count += 1) {
      // Either way it ends: what counts is where nothing came or went.
      engine.docker(['cp', '/etc/hostname', `${id}:/here/volume/copied`]);
      expect(engine.docker(['cp', `${id}:/here/kept`, '-']).stdout).not.toContain('of the host');
    }
    ok('rm', '-f', id);
    ok('volume', 'rm', 'raced');
    expect(readdirSync(outside).sort()).toEqual(['kept', 'volume']);
    expect(readdirSync(`${outside}/volume`)).toEqual([]);
    rmSync(outside, { recursive: true });
  });

  it('runs nothing it finds in the container (CVE-2019-14271, CVE-2026-41567)', () => {
    ok('run', '-d', '--name', 'trap', TEST_IMAGE, 'sleep', '60');
    const script = '#!/bin/sh\\necho ran > /ran\\ncat';
    const plant = ['xz', 'unxz', 'unpigz', 'gzip', 'tar', 'bzip2']
      .map((tool) => `printf '${script}' > /bin/${tool}; chmod 755 /bin/${tool}`)
      .join('; ');
    ok('exec', 'trap', 'sh', '-c', `${plant}; mkdir -p /etc /lib; echo /evil.so > /etc/ld.so.preload`);
    for (const flag of ['-z', '-j', '-J']) {
      const input = execFileSync('tar', ['-C', local, flag, '-cf', '-', 'file']);
      ok('exec', 'trap', '/bin/rm', '-f', '/tmp/file');
      engine.dockerOk(['cp', '-', 'trap:/tmp'], { input });
      ok('cp', 'trap:/tmp/file', `${engine.directory}/untrapped`);
    }
    expect(engine.docker(['exec', 'trap', 'cat', '/ran']).code).not.toBe(0);
    ok('rm', '-f', 'trap');
  });
});

/** Swaps /race/spot between a directory and a link to a directory of the host, as fast as it can. */
function racer(bait: string): string {
  return `mkdir -p /race/real && echo mine > /race/real/passwd && cd /race && while :; do rm -rf spot; ln -s ${bait} spot; rm spot; mkdir spot; cp real/passwd spot/; done`;
}

function fetchHead(engine: EngineProcess, path: string): Promise<{ status: number; stat: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: engine.socket, method: 'HEAD', path }, (response) => {
      response.resume();
      const stat = response.headers['x-docker-container-path-stat'];
      resolve({ status: response.statusCode ?? 0, stat: typeof stat === 'string' ? stat : '' });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Starts a request and breaks its connection off while bytes flow, or after `patience` milliseconds. */
function cutOff(engine: EngineProcess, method: 'GET' | 'PUT', path: string, patience = 500): Promise<void> {
  return new Promise((resolve) => {
    const sent = request({ socketPath: engine.socket, method, path }, (response) => {
      response.once('data', () => sent.destroy());
      response.on('error', () => undefined);
    });
    sent.on('error', () => undefined);
    const timer = setTimeout(() => sent.destroy(), patience);
    sent.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    if (method === 'GET') sent.end();
    // The beginning of an archive: a header that announces more than ever comes.
    else
      sent.write(
        execFileSync('tar', ['-cf', '-', '-C', '/bin', 'busybox'], { maxBuffer: 2 ** 26 }).subarray(0, 100_000),
      );
  });
}
