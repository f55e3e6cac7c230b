import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { BerthThread } from '../fixtures/berth-thread.ts';
import { ENGINE_MODES, EngineProcess, type CommandResult } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { LocalRegistry } from '../fixtures/registry.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** `berth build`, which has the flags of docker's newer builder. */
describe.each(ENGINE_MODES)('berth build as %s', (mode) => {
  const engine = new EngineProcess(mode);
  const scratch = mkdtempSync('/tmp/berth-scratch-');
  const context = join(scratch, 'context');
  let before: Traces;

  const thread = new BerthThread();
  const berth = (words: readonly string[], input: string | Buffer = '', more = {}): CommandResult =>
    thread.run({ words, input, environment: { HOME: engine.directory, DOCKER_HOST: engine.host, ...more } });
  /** The same, as a process of its own. */
  const command = (args: readonly string[], input: string | Buffer = '', environment = {}): CommandResult =>
    engine.docker([BERTH_COMMAND, ...args], { binary: process.execPath, input, environment });
  const ok = (...args: string[]): string => {
    const result = berth(args);
    expect(result.code, `berth ${args.join(' ')}: ${result.stdout}${result.stderr}`).toBe(0);
    return result.stdout.trim();
  };
  const dockerfile = (text: string): void => {
    writeFileSync(join(context, 'Dockerfile'), text);
  };

  beforeAll(async () => {
    mkdirSync(join(context, 'sub'), { recursive: true });
    writeFileSync(join(context, 'file'), 'content');
    writeFileSync(join(context, 'ignored'), 'x');
    writeFileSync(join(context, 'sub/kept'), 'kept');
    writeFileSync(join(context, 'sub/large'), Buffer.alloc(200_000, 1));
    writeFileSync(join(context, '.dockerignore'), 'ignored\nsub\n!sub/kept\n');
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    rmSync(scratch, { recursive: true, force: true });
    expect(left).toEqual({});
  });

  it('builds from a directory, and sends only what .dockerignore lets', () => {
    dockerfile(`FROM ${TEST_IMAGE}\nARG A\nCOPY . /c\nRUN echo "$A" > /a; find /c -type f | sort`);
    const files = [join(scratch, 'id'), join(scratch, 'metadata')] as const;
    const output = ok(
      'build',
      '-t',
      'b/one',
      '--build-arg',
      'A=1',
      '--label',
      'l=v',
      '--iidfile',
      files[0],
      '--metadata-file',
      files[1],
      context,
    );
    expect(output).toContain('/c/.dockerignore\n/c/Dockerfile\n/c/file\n/c/sub/kept\n');
    const id = ok('image', 'inspect', '-f', '{{.Id}}', 'b/one');
    expect(readFileSync(files[0], 'utf8')).toBe(id);
    expect(JSON.parse(readFileSync(files[1], 'utf8'))).toMatchObject({ 'containerimage.config.digest': id });
    expect(ok('build', '-q', '--build-arg', 'A=1', '--label', 'l=v', context)).toBe(id);
    expect(ok('image', 'inspect', '-f', '{{.Config.Labels.l}}', 'b/one')).toBe('v');
  });

  it('takes the Dockerfile from elsewhere, and the context from the standard input', () => {
    const outside = join(scratch, 'Outside');
    writeFileSync(outside, `FROM ${TEST_IMAGE}\nCOPY file /outside`);
    ok('build', '-t', 'b/two', '-f', outside, context);
    expect(ok('run', '--rm', 'b/two', 'cat', '/outside')).toBe('content');
    const piped = berth(['build', '-t', 'b/three', '-f', '-', context], `FROM ${TEST_IMAGE}\nCOPY file /piped`);
    expect(piped.code, piped.stderr).toBe(0);
    expect(ok('run', '--rm', 'b/three', 'cat', '/piped')).toBe('content');
    const tar = execFileSync('tar', ['-czf', '-', '-C', context, 'file'], { maxBuffer: 2 ** 24 });
    const streamed = command(['build', '-t', 'b/four', '-f', 'file', '-'], tar);
    expect(streamed.code).toBe(1);
    expect(streamed.stderr).toContain('dockerfile parse error on line 1: unknown instruction: content');
    expect(command(['build', '-q', '-'], `FROM ${TEST_IMAGE}\nENV A=1`).stdout).toMatch(/^sha256:/);
    expect(berth(['build', join(scratch, 'nowhere')]).stderr).toContain('not found');
  });

  it('gives secrets to those steps that ask, and keeps them nowhere', () => {
    const secret = join(scratch, 'secret');
    writeFileSync(secret, 'very secret');
    dockerfile(`FROM ${TEST_IMAGE}
RUN --mount=type=secret,id=one stat -c "%a %u" /run/secrets/one && test "$(cut -c1-4 /run/secrets/one)" = very && wc -c < /run/secrets/one > /size
RUN --mount=type=secret,id=two,target=/two,mode=0444,required cat /two | wc -c > /two-size
RUN --mount=type=secret,id=two,env=WORD test "$WORD" = "of the environment"
RUN ls /run/secrets /two 2>/dev/null; true`);
    const flags = ['--secret', `id=one,src=${secret}`, '--secret', 'id=two,env=SECOND'];
    const built = command(['build', '-t', 'b/secret', ...flags, context], '', { SECOND: 'of the environment' });
    expect(built, built.stdout + built.stderr).toMatchObject({ code: 0 });
    expect(built.stdout).toContain('400 0');
    expect(ok('run', '--rm', 'b/secret', 'cat', '/size', '/two-size')).toBe('11\n18');
    const found = execFileSync('sh', [
      '-c',
      `grep -rl "very secret" ${engine.dataRoot} ${engine.execRoot} 2>/dev/null || true`,
    ]);
    expect(found.toString()).toBe('');
    dockerfile(`FROM ${TEST_IMAGE}\nRUN --mount=type=secret,id=two,required true`);
    const missing = berth(['build', context]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('secret two: not found');
  });

  it('puts the result into a directory, an archive, an image archive', () => {
    dockerfile(`FROM ${TEST_IMAGE} AS made\nRUN echo x > /x\nFROM scratch\nCOPY --from=made /x /out/x`);
    const images = ok('images', '-aq');
    ok('build', '--sbom', 'true', '-o', join(scratch, 'local'), context);
    const packages = JSON.parse(readFileSync(join(scratch, 'local/sbom.spdx.json'), 'utf8')) as { subject: object[] };
    expect(packages.subject).toMatchObject([{ name: 'out/x' }]);
    // What is written elsewhere is no image here.
    expect(ok('images', '-aq')).toBe(images);
    expect(readFileSync(join(scratch, 'local/out/x'), 'utf8')).toBe('x\n');
    expect(existsSync(join(scratch, 'local/bin'))).toBe(false);
    const tar = command(['build', '-o', '-', context]);
    expect(execFileSync('tar', ['-tf', '-'], { input: tar.bytes }).toString()).toContain('out/x');
    ok('build', '-t', 'b/saved', '-o', `type=docker,dest=${join(scratch, 'image.tar')}`, context);
    expect(berth(['image', 'inspect', 'b/saved']).code).toBe(1);
    expect(ok('load', '-i', join(scratch, 'image.tar'))).toContain('b/saved');
  });

  it('fails with the code of the command, and in the words of a wrong line', () => {
    dockerfile(`FROM ${TEST_IMAGE}\nRUN exit 9`);
    const failed = command(['build', context]);
    expect(failed.code).toBe(9);
    expect(failed.stderr).toContain('   2 | >>> RUN exit 9');
    expect(berth(['build', '--nonsense', context]).code).toBe(125);
    expect(berth(['build', '--progress', 'loud', context]).code).toBe(1);
    expect(berth(['build', '-o', 'type=local', context]).stderr).toContain('dest is required');
  });

  it('reproduces an image from the same sources at a given time', () => {
    dockerfile(`FROM ${TEST_IMAGE}\nCOPY file /d/\nRUN echo x > /x`);
    const at = ['--build-arg', 'SOURCE_DATE_EPOCH=1000000000'];
    const first = ok('build', '-q', ...at, context);
    expect(ok('build', '-q', '--no-cache', ...at, context)).toBe(first);
    expect(ok('image', 'inspect', '-f', '{{.Created}}', first)).toBe('2001-09-09T01:46:40Z');
    expect(ok('run', '--rm', first, 'stat', '-c', '%Y', '/x', '/d')).toBe('1000000000\n1000000000');
  });

  it('shows progress in the ways of BuildKit, on the standard error', () => {
    dockerfile(`FROM ${TEST_IMAGE}\nRUN echo shown-${mode}`);
    const plain = command(['build', '--progress', 'plain', context]);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toMatch(/#\d+ \[2\/2\] RUN echo shown-\w+\n#\d+ [\d.]+ shown-\w+\n#\d+ DONE [\d.]+s\n/);
    const raw = berth(['build', '--progress', 'rawjson', context]).stderr.trim().split('\n');
    const names = raw.flatMap((line) =>
      ((JSON.parse(line) as { vertexes?: { name: string; cached?: boolean }[] }).vertexes ?? []).filter(
        (one) => one.cached,
      ),
    );
    expect(names.map(({ name }) => name)).toContain(`[2/2] RUN echo shown-${mode}`);
    expect(berth(['build', '--progress', 'tty', context]).stderr).toContain('no terminal');
  });

  it('gives a RUN the host’s network only where the build is allowed to', () => {
    dockerfile(`FROM ${TEST_IMAGE}\nRUN --network=host cat /proc/sys/kernel/random/boot_id`);
    const refused = berth(['build', '--no-cache', context]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('network.host is not allowed by this build: use --allow network.host');
    expect(refused.stderr).toContain('   2 | >>> RUN --network=host');
    ok('build', '--allow', 'network.host', context);
    ok('build', '--network', 'host', context);
  });

  it('gives a RUN devices that the host describes', () => {
    const build = (device: string, ...flags: string[]): CommandResult => {
      dockerfile(`FROM ${TEST_IMAGE}\nRUN --device=${device} echo "has $THING$OTHER" && ls /dev`);
      return berth(['build', '--no-cache', '--progress=plain', ...flags, context]);
    };
    expect(build('example.com/none,required').stderr).toContain('required CDI device example.com/none is not there');
    expect(build('example.com/none').stderr).toMatch(/has $/m);
    expect(build('name=a,name=b').stderr).toContain('device name already set to a');
    if (process.getuid?.() !== 0) return; // Only root may describe devices.
    const kind = `example.com/built-${mode}`;
    const path = `/var/run/cdi/berth-build-${mode}-${process.pid}.yaml`;
    mkdirSync('/var/run/cdi', { recursive: true });
    const free =
      'annotations: {org.mobyproject.buildkit.device.autoallow: "true", org.mobyproject.buildkit.device.class: open}';
    writeFileSync(
      path,
      `cdiVersion: "0.6.0"\nkind: "${kind}"\ndevices:\n` +
        '  - {name: one, containerEdits: {env: ["THING=one"], deviceNodes: [{path: /dev/thing, hostPath: /dev/zero}]}}\n' +
        `  - {name: two, ${free}, containerEdits: {env: ["OTHER=two"]}}\n`,
    );
    try {
      expect(build(`${kind}=one`).stderr).toContain(`the device ${kind}=one is not allowed by this build`);
      const one = build(kind, '--allow', 'device');
      expect(one.stderr).toMatch(/has one$/m);
      expect(one.stderr).toMatch(/\bthing$/m);
      expect(build(`${kind}=*`, '--allow', `device=${kind}=*`).stderr).toMatch(/has onetwo$/m);
      expect(build('open').stderr).toMatch(/has two$/m);
    } finally {
      rmSync(path);
    }
  });

  it('looks a Dockerfile over without building it', () => {
    dockerfile('FROM nowhere.invalid/x AS Upper\nARG A=1\nCMD a');
    const checked = berth(['build', '--check', context]);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toMatch(/^Check complete, 2 warnings have been found!\n[^]*StageNameCasing[^]*>>> CMD a/);
    expect(ok('build', '--call', 'targets', context)).toContain('upper (default)');
    const json = berth(['build', '--call', 'check,format=json', context]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      warnings: [{ ruleName: 'StageNameCasing' }, { ruleName: 'JSONArgsRecommended' }],
    });
    expect(JSON.parse(ok('build', '--call=targets,format=json', context))).toMatchObject({
      targets: [{ name: 'upper', default: true, base: 'nowhere.invalid/x' }],
    });
    const outline = ok('build', '--call=outline,format=json', '--build-arg', 'A=2', context);
    expect(JSON.parse(outline)).toMatchObject({ name: 'upper', args: [{ name: 'A', value: '2' }] });
    dockerfile('FROM nowhere.invalid/x\nCMD ["a"]');
    expect(ok('build', '--check', context)).toBe('Check complete, no warnings found.');
  });

  it('pushes, writes caches and archives, attests and squashes', async () => {
    const registry = await LocalRegistry.start();
    try {
      const image = `${registry.host}/b/pushed`;
      dockerfile(`FROM ${TEST_IMAGE}\nRUN cat /proc/sys/kernel/random/uuid > /a\nRUN echo b > /b && rm /b`);
      const metadata = join(scratch, 'pushed.json');
      const cache = ['--cache-to', `type=registry,ref=${registry.host}/b/cache,mode=max`];
      const flags = [...cache, '--annotation', 'x.y=z', '--provenance', 'true', '--sbom', 'true'];
      ok('build', ...flags, '-t', image, '--push', '--metadata-file', metadata, context);
      const told = JSON.parse(readFileSync(metadata, 'utf8')) as Record<string, { mediaType?: string }>;
      expect(told['containerimage.descriptor']?.mediaType).toBe('application/vnd.oci.image.index.v1+json');
      expect(told).toHaveProperty(['cache.manifest']);
      const random = ok('run', '--rm', image, 'cat', '/a');
      ok('rmi', image);
      ok('builder', 'prune', '-af');
      ok('build', '--cache-from', `${registry.host}/b/cache`, '-t', image, context);
      expect(ok('run', '--rm', image, 'cat', '/a')).toBe(random);
      const target = join(scratch, 'oci.tar');
      const several = [
        'build',
        '--platform',
        'linux/amd64,linux/arm64',
        '-o',
        `type=oci,dest=${target}`,
        '-f',
        '-',
        context,
      ];
      expect(berth(several, 'FROM scratch\nCOPY file /').code).toBe(0);
      expect(execFileSync('tar', ['-xOf', target, 'index.json']).toString()).toContain('image.index.v1+json');
      const squashed = ok('build', '-q', '--squash', context);
      expect(ok('image', 'inspect', '-f', '{{len .RootFS.Layers}}', squashed)).toBe('2');
      expect(ok('run', '--rm', squashed, 'cat', '/a')).toBe(random);
      expect(berth(['build', '--push', context]).stderr).toContain('tag is needed when pushing');
    } finally {
      await registry.stop();
    }
  });

  it('keeps caches in directories, and reads them', () => {
    const cache = join(scratch, 'cache, with a comma');
    dockerfile(
      `FROM ${TEST_IMAGE} AS made\nRUN cat /proc/sys/kernel/random/uuid > /a\nFROM ${TEST_IMAGE}\nCOPY --from=made /a /copied`,
    );
    const to = `"type=local","dest=${cache}","mode=max"`;
    const least = `type=local,dest=${join(scratch, 'least')},tag=other`;
    const told = join(scratch, 'caches.json');
    ok('build', '-t', 'b/cached', '--cache-to', to, '--cache-to', least, '--metadata-file', told, context);
    const random = ok('run', '--rm', 'b/cached', 'cat', '/copied');
    const index = JSON.parse(readFileSync(join(cache, 'index.json'), 'utf8')) as { manifests: object[] };
    expect(index.manifests).toMatchObject([{ annotations: { 'org.opencontainers.image.ref.name': 'latest' } }]);
    expect(existsSync(join(cache, 'ingest'))).toBe(false);
    // Each directory has the manifest of its own cache, and so it is told.
    const written = (
      JSON.parse(readFileSync(told, 'utf8')) as { 'cache.manifests': { manifest: { digest: string } }[] }
    )['cache.manifests'];
    const digestIn = (name: string): string | undefined =>
      (JSON.parse(readFileSync(join(scratch, name, 'index.json'), 'utf8')) as { manifests: { digest: string }[] })
        .manifests[0]?.digest;
    expect(written.map(({ manifest }) => manifest.digest)).toEqual(['cache, with a comma', 'least'].map(digestIn));
    expect(digestIn('least')).not.toBe(digestIn('cache, with a comma'));
    const blobs = (name: string): number => readdirSync(join(scratch, name, 'blobs/sha256')).length;
    // Of the least only what the result is made of: the stage that it copies from is missing.
    expect(blobs('least')).toBe(blobs('cache, with a comma') - 1);
    ok('rmi', 'b/cached');
    const fresh = (...flags: string[]): string => {
      ok('builder', 'prune', '-af');
      return ok('build', '-t', 'b/cached', ...flags, context);
    };
    expect(fresh('--cache-from', `"type=local","src=${cache}"`)).toContain('Using cache');
    expect(ok('run', '--rm', 'b/cached', 'cat', '/copied')).toBe(random);
    fresh('--cache-from', `type=local,src=${join(scratch, 'least')},tag=other`);
    expect(ok('run', '--rm', 'b/cached', 'cat', '/copied')).toBe(random);
    const missing = berth(['build', '--cache-from', `type=local,src=${scratch}`, context]);
    expect(missing).toMatchObject({ code: 0, stderr: expect.stringContaining('is not used: there is none') as string });
    expect(berth(['build', '--cache-to', 'type=local', context]).stderr).toContain('dest is required');
    // Nothing but the cache is made, also where it has a name.
    expect(ok('build', '-o', 'type=cacheonly', '-t', 'b/nothing', context)).toContain('Using cache');
    expect(berth(['image', 'inspect', 'b/nothing']).code).toBe(1);
  });

  it('takes further directories, and sends only files that have changed', () => {
    const other = join(scratch, 'other');
    mkdirSync(join(other, 'deep/er'), { recursive: true });
    for (const name of ['a', 'deep/er/b', 'deep/left-out']) writeFileSync(join(other, name), `${name}\n`);
    symlinkSync('deep/er', join(other, 'link'));
    chmodSync(join(other, 'a'), 0o4750);
    writeFileSync(join(other, '.dockerignore'), 'deep\n!deep/er\n');
    dockerfile(
      `FROM ${TEST_IMAGE}\nCOPY --from=more . /more\nCOPY sub/../file /f\nRUN cat /more/link/b && stat -c %a /more/a && find /more | sort`,
    );
    const build = (): { output: string; sizes: number[] } => {
      const flags = ['--build-context', `more=${other}`, '--progress', 'rawjson'];
      const result = berth(['build', ...flags, context]);
      expect(result, result.stderr).toMatchObject({ code: 0 });
      interface Update {
        readonly logs?: readonly { readonly data: string }[];
        readonly statuses?: readonly { readonly id: string; readonly current: number; readonly completed?: string }[];
      }
      const updates = result.stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Update);
      const logs = updates.flatMap((one) => one.logs ?? []).map(({ data }) => Buffer.from(data, 'base64').toString());
      const ended = updates.flatMap((one) => one.statuses ?? []).filter(({ completed }) => completed !== undefined);
      const sizes = ended.flatMap(({ id, current }) => (id === 'transferring context:' ? [current] : []));
      return { output: logs.join(''), sizes };
    };
    const first = build();
    expect(first.output).toMatch(/^deep\/er\/b\n4750\n/);
    expect(first.output).not.toContain('left-out');
    expect(Math.max(...first.sizes)).toBeGreaterThan(0);
    // Nothing but the ignore files, which are read anew each time.
    const texts = ['other', 'context'].map((name) => statSync(join(scratch, name, '.dockerignore')).size);
    expect(
      build()
        .sizes.filter((size) => size > 0)
        .sort(),
    ).toEqual(texts.sort());
    const nowhere = berth(['build', '--build-context', 'more=/nowhere', context]);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('build context more') as string });
    // A context from elsewhere, and a directory besides.
    const piped = ['build', '-q', '--build-context', `more=${other}`, '-'];
    expect(berth(piped, `FROM ${TEST_IMAGE}\nCOPY --from=more a /`).stdout).toMatch(/^sha256:/);
  });

  it('begins with an image of an OCI layout', () => {
    const layout = join(scratch, 'layout');
    mkdirSync(layout);
    dockerfile('FROM scratch\nLABEL made=here\nCOPY file /inside');
    ok('build', '-o', `type=oci,dest=${layout}.tar`, context);
    execFileSync('tar', ['-xf', `${layout}.tar`, '-C', layout]);
    dockerfile('FROM base\nCOPY --from=base /inside /again');
    ok('rmi', '-f', ok('build', '-q', '--build-context', `base=oci-layout://${layout}`, context));
    const files = `${layout}-files`;
    ok('build', '--build-context', `base=oci-layout://${layout}:latest`, '-o', files, context);
    expect(readdirSync(files).sort()).toEqual(['again', 'inside']);
    const missing = berth(['build', '--build-context', `base=oci-layout://${layout}:none`, context]);
    expect(missing.stderr).toContain('is no image in a layout');
  });

  it('prunes what builds have kept', () => {
    expect(ok('system', 'df')).toMatch(/Build Cache\s+[1-9]/);
    expect(ok('builder', 'prune', '-af')).toContain('Total reclaimed space');
    expect(ok('system', 'df')).toMatch(/Build Cache\s+0/);
  });
});
