import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextTar, dockerBuild, type ContextFiles } from '../fixtures/build-context.ts';
import { ENGINE_MODES, EngineProcess, type CommandResult } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** `docker build` of a client without BuildKit. */
describe.each(ENGINE_MODES)('docker build as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  const context = mkdtempSync(join(tmpdir(), 'berth-context-'));
  let before: Traces;
  const ok = (...args: string[]): string => engine.dockerOk(args);

  const build = async (files: ContextFiles, ...flags: string[]): Promise<CommandResult> => {
    const result = await dockerBuild(engine, files, flags);
    expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
    return result;
  };
  const runs = (image: string, ...command: string[]): string => ok('run', '--rm', image, ...command);
  const cacheEntries = async () =>
    (
      JSON.parse((await engine.api('GET', '/v1.47/system/df')).body) as {
        BuildCache: { Size: number; Description: string; InUse: boolean }[];
      }
    ).BuildCache;

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    ok('run', '--rm', TEST_IMAGE, 'true');
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    rmSync(context, { recursive: true });
    expect(left).toEqual({});
  });

  it('makes a layer of what a step has written without writing it again', async () => {
    const written = 'echo content > /file && stat -c %i /file > /inode';
    const Dockerfile = `FROM ${TEST_IMAGE}\nRUN ${written}\nCOPY data /data/\nRUN cat /file /data/one`;
    const { stdout } = await build({ Dockerfile, 'data/one': 'one\n' }, '-t', 'test/adopted');
    expect(stdout).toContain('content\none\n');
    const [inside, noted] = runs('test/adopted', 'sh', '-c', 'stat -c %i /file; cat /inode').trim().split('\n');
    expect(inside).toBe(noted);
  });

  it.each(['chmod 555 /', 'chown 1:1 /'])('goes on from a root directory after `%s`', async (change) => {
    const Dockerfile = `FROM ${TEST_IMAGE}\nRUN echo content > /file && ${change}\nRUN cat /file`;
    const { stdout } = await build({ Dockerfile });
    expect(stdout).toContain('content\n');
  });

  it('keeps no places of mounts, but what was put in them', async () => {
    const mounts = '--mount=type=tmpfs,target=/gone/deep --mount=type=tmpfs,target=/kept/deep';
    const Dockerfile = `FROM ${TEST_IMAGE}\nRUN ${mounts} echo content > /kept/file\nRUN ls -d /gone /kept/*; true`;
    const { stdout } = await build({ Dockerfile });
    expect(stdout).toContain('/kept/file\n');
    expect(stdout).not.toMatch(/^\/(gone|kept\/deep)$/m);
  });

  it('builds from a directory, in the words of Docker', () => {
    mkdirSync(join(context, 'sub'));
    writeFileSync(
      join(context, 'Dockerfile'),
      `FROM ${TEST_IMAGE}\nRUN echo made > /made && echo told\nCOPY . /all/\n`,
    );
    writeFileSync(join(context, 'sub/file'), 'content\n', { mode: 0o640 });
    symlinkSync('file', join(context, 'sub/link'));
    const result = engine.docker(['build', '-t', 'test/first', '-t', 'test/second:v2', context], {
      environment: { DOCKER_BUILDKIT: '0' },
    });
    expect(result.code, result.stderr).toBe(0);
    const lines = result.stdout.split('\n').filter((line) => !line.startsWith('Sending'));
    expect(lines[0]).toBe(`Step 1/3 : FROM ${TEST_IMAGE}`);
    expect(lines[2]).toBe('Step 2/3 : RUN echo made > /made && echo told');
    expect(lines[3]).toBe('told');
    expect(lines[5]).toBe('Step 3/3 : COPY . /all/');
    expect(result.stdout).toMatch(
      /Successfully built [0-9a-f]{12}\nSuccessfully tagged test\/first:latest\nSuccessfully tagged test\/second:v2\n/,
    );
    expect(runs('test/second:v2', 'sh', '-c', 'cat /made /all/sub/link; stat -c "%a %u %g" /all/sub/file')).toBe(
      'made\ncontent\n640 0 0',
    );
  });

  it('runs nothing when nothing has changed, whatever the times of the files, and is the same image', async () => {
    const again = () =>
      engine.docker(['build', '-q', context], { environment: { DOCKER_BUILDKIT: '0' } }).stdout.trim();
    const id = ok('image', 'inspect', '-f', '{{.Id}}', 'test/first');
    expect(again()).toBe(id);
    utimesSync(join(context, 'sub/file'), 1, 1);
    expect(again()).toBe(id);
    writeFileSync(join(context, 'sub/file'), 'changed\n');
    expect(again()).not.toBe(id);
    const result = engine.docker(['build', context], { environment: { DOCKER_BUILDKIT: '0' } });
    expect(result.stdout.match(/Using cache/g)).toHaveLength(2);
    await Promise.resolve();
  });

  it('runs again only what depends on a changed file', async () => {
    const file = `FROM ${TEST_IMAGE}
RUN echo first
COPY a /a
RUN echo second
COPY b /b
RUN echo third`;
    await build({ Dockerfile: file, a: 'a', b: 'b' });
    const changed = await build({ Dockerfile: file, a: 'a', b: 'other' });
    expect(changed.stdout.match(/Using cache/g)).toHaveLength(3);
    expect(changed.stdout).toMatch(/RUN echo third\nthird/);
    const back = await build({ Dockerfile: file, a: 'a', b: 'b' });
    expect(back.stdout.match(/Using cache/g)).toHaveLength(5);
    // A label is no part of what a command depends on.
    const labelled = await build({
      Dockerfile: file.replace('RUN echo first', 'LABEL a=b\nRUN echo first'),
      a: 'a',
      b: 'b',
    });
    expect(labelled.stdout.match(/Using cache/g)).toHaveLength(5);
    const anew = await build({ Dockerfile: file, a: 'a', b: 'b' }, '--no-cache');
    expect(anew.stdout).not.toContain('Using cache');
  });

  it('runs again what mounts files that changed, of the context or of a stage, and nothing else', async () => {
    const file = `FROM ${TEST_IMAGE} AS part
COPY part/word /word
RUN mkdir /out && cut -c1 /word > /out/first
FROM ${TEST_IMAGE}
RUN --mount=source=own,target=/context --mount=from=part,source=out,target=/out,rw cat /context/a /out/first && touch /out/new`;
    const said = async (a: string, word: string): Promise<string | undefined> => {
      const { stdout } = await build({ Dockerfile: file, 'own/a': a, 'part/word': word });
      return stdout.split('RUN --mount=source').at(-1);
    };
    expect(await said('one ', 'xy')).toContain('one x');
    expect(await said('two ', 'xy')).toContain('two x');
    expect(await said('two ', 'xz')).toContain('Using cache');
    expect(await said('two ', 'yz')).toContain('two y');
  });

  it('builds only the stages that the target needs, and copies between them', async () => {
    const Dockerfile = `FROM ${TEST_IMAGE} AS base
RUN echo base > /base
FROM base AS left
RUN echo left > /left
FROM base AS right
RUN echo right > /right
FROM ${TEST_IMAGE} AS unneeded
RUN false
FROM scratch AS files
COPY --from=left /base /left /
COPY --from=right /right /renamed
FROM ${TEST_IMAGE}
COPY --from=files / /out/
`;
    await build({ Dockerfile }, '-t', 'test/stages');
    expect(runs('test/stages', 'sh', '-c', 'cat /out/base /out/left /out/renamed; ls /out')).toBe(
      'base\nleft\nright\nbase\nleft\nrenamed',
    );
    const left = await build({ Dockerfile }, '--target', 'left');
    expect(left.stdout).not.toContain('echo right');
    const missing = await dockerBuild(engine, { Dockerfile }, ['--target', 'lefty']);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain('target stage "lefty" could not be found (did you mean left?)');
  });

  it('runs stages side by side, also those that are copied from one after the other', async () => {
    // Each waits until the other has begun: one after the other they would wait in vain.
    const meet = (own: string, other: string): string =>
      `RUN --mount=type=cache,id=meeting-${mode},target=/m touch /m/${own}; ` +
      `for i in $(seq 200); do [ -e /m/${other} ] && echo met > /${own} && exit 0; sleep 0.1; done; exit 1`;
    const Dockerfile = `FROM ${TEST_IMAGE} AS first
${meet('first', 'second')}
FROM ${TEST_IMAGE} AS second
${meet('second', 'first')}
FROM ${TEST_IMAGE}
COPY --from=first /first /
COPY --from=second /second /
`;
    await build({ Dockerfile }, '-t', 'test/met');
    expect(runs('test/met', 'cat', '/first', '/second')).toBe('met\nmet');
  });

  it('gives the image what its instructions say', async () => {
    await build(
      {
        Dockerfile: `FROM ${TEST_IMAGE}
ARG GIVEN=default
ENV A=1 B="two words" C=$GREETING-\${GIVEN}
LABEL one=1 two="2 2"
EXPOSE 80 443/udp
VOLUME /data
USER app
WORKDIR /work
WORKDIR sub
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=30s --retries=2 CMD ["true"]
SHELL ["/bin/sh", "-ec"]
ENTRYPOINT ["echo"]
CMD words of $A
ONBUILD RUN echo triggered
`,
      },
      '-t',
      'test/config',
      '--build-arg',
      'GIVEN=arg',
      '--label',
      'three=3',
    );
    const [inspected] = JSON.parse(ok('image', 'inspect', 'test/config')) as { Config: Record<string, unknown> }[];
    expect(inspected?.Config).toMatchObject({
      Env: ['PATH=/bin', 'GREETING=hello', 'A=1', 'B=two words', 'C=hello-arg'],
      Labels: { one: '1', two: '2 2', three: '3' },
      ExposedPorts: { '80/tcp': {}, '443/udp': {} },
      Volumes: { '/data': {} },
      User: 'app',
      WorkingDir: '/work/sub',
      StopSignal: 'SIGQUIT',
      Healthcheck: { Test: ['CMD', 'true'], Interval: 30_000_000_000, Retries: 2 },
      Shell: ['/bin/sh', '-ec'],
      Entrypoint: ['echo'],
      Cmd: ['/bin/sh', '-ec', 'words of $A'],
      OnBuild: ['RUN echo triggered'],
    });
    // In whatever order a client gives labels, it is the same image.
    const ordered = [
      ['a', 'b'],
      ['b', 'a'],
    ].map(async (names) => {
      const flags = names.flatMap((name) => ['--label', `${name}=1`]);
      return (await build({ Dockerfile: `FROM ${TEST_IMAGE}\nENV A=1` }, '-q', ...flags)).stdout;
    });
    expect(await ordered[0]).toBe(await ordered[1]);
    const bare = async (): Promise<string> => (await build({ Dockerfile: 'FROM scratch\nLABEL a=b' }, '-q')).stdout;
    expect(await bare()).toBe(await bare());
    expect(runs('test/config', 'x')).toBe('x');
    expect(ok('run', '--rm', '--entrypoint', 'stat', 'test/config', '-c', '%U', '/work/sub')).toBe('app');
    const child = await build({ Dockerfile: 'FROM test/config\nRUN id -un > /tmp/who' }, '-t', 'test/child');
    expect(child.stdout).toContain('Step 2/3 : ONBUILD RUN echo triggered\ntriggered');
    expect(ok('image', 'inspect', '-f', '{{.Config.OnBuild}}', 'test/child')).toBe('[]');
  });

  it('shows what a stage says once, whatever begins with it', async () => {
    const text = `FROM ${TEST_IMAGE} AS one\nRUN echo sa''id-${mode}\nFROM one AS two\nFROM two\nRUN true\n`;
    const first = await dockerBuild(engine, { Dockerfile: text });
    expect(first.stdout.split(`said-${mode}`)).toHaveLength(2);
    const again = await dockerBuild(engine, { Dockerfile: text });
    expect(again.stdout).toMatch(/: FROM one AS two\n ---> [0-9a-f]{12}\nStep 4\/5 : FROM two\n ---> [0-9a-f]{12}\n/);
    expect(again.stdout.match(/ ---> Using cache\n/g)).toHaveLength(2);
  });

  it('takes names of a context that lead out of it for those of files at its top', async () => {
    const Dockerfile = `FROM ${TEST_IMAGE}\nCOPY foo bar /`;
    await build({ Dockerfile, '../../foo': 'of ..', '/bar': 'of /' }, '-t', 'test/unclean');
    expect(runs('test/unclean', 'cat', '/foo', '/bar')).toBe('of ..of /');
  });

  it('runs in the network of a container, while that runs', async () => {
    ok('run', '-d', '--name', 'served', TEST_IMAGE, 'sleep', '600');
    const address = ok('inspect', '--format', '{{.NetworkSettings.IPAddress}}', 'served');
    const Dockerfile = `FROM ${TEST_IMAGE}\nRUN cat /proc/net/fib_trie /etc/hosts`;
    const { stdout } = await build({ Dockerfile }, '--no-cache', '--network', 'container:served');
    expect(stdout).toContain(`-- ${address}`);
    expect(stdout).toContain(`${address}\t`);
    ok('rm', '-f', 'served');
    const refused = await dockerBuild(engine, { Dockerfile }, ['--no-cache', '--network', 'container:served']);
    expect(refused.stderr).toContain('No such container: served');
  });

  it('heeds the variables that BuildKit keeps for itself', async () => {
    const built = async (Dockerfile: string, ...args: string[]): Promise<string> => {
      const flags = args.flatMap((one) => ['--build-arg', `BUILDKIT_${one}`]);
      const { stdout, stderr } = await dockerBuild(engine, { Dockerfile }, ['--no-cache', ...flags]);
      return stdout + stderr;
    };
    const named = `FROM ${TEST_IMAGE}\nRUN echo "is $(hostname) in $(cat /etc/hostname)"`;
    expect(await built(named)).toContain('is buildkitsandbox in buildkitsandbox');
    expect(await built(named, 'SANDBOX_HOSTNAME=other')).toContain('is other in other');
    const kept = `FROM ${TEST_IMAGE}\nRUN --mount=type=cache,target=/kept-${mode} echo x >> /kept-${mode}/f; echo "lines: $(wc -l < /kept-${mode}/f)"`;
    for (const [space, lines] of [
      ['a', 1],
      ['a', 2],
      ['b', 1],
    ] as const)
      expect(await built(kept, `CACHE_MOUNT_NS=${space}`)).toContain(`lines: ${lines}`);
    expect(await built(kept)).toContain('lines: 1');
    const foreign = `# syntax=somebody/frontend\n${named}`;
    expect(await built(foreign)).toContain('the frontend somebody/frontend is not supported');
    expect(await built(foreign, 'SYNTAX=dockerfile.v0')).toContain('is buildkitsandbox');
    expect(await built(named, 'SYNTAX=somebody/frontend:1')).toContain(
      'the frontend somebody/frontend:1 is not supported',
    );
  });

  it('warns of what is probably not meant, and fails of it where that is asked for', async () => {
    const files = {
      Dockerfile:
        '# check=experimental=CopyIgnoredFile\nFROM scratch\nARG VERSION\nLABEL version=$VERSION\nENV PATH=$PAHT:/x\nCOPY kept left /\n',
      '.dockerignore': 'left*',
      kept: '',
    };
    const warned = await dockerBuild(engine, files);
    expect(warned.stdout).toContain('Attempting to Copy file "left" that is excluded by .dockerignore (Dockerfile:6)');
    expect(warned.stdout).toContain(
      "[Warning] UndefinedVar: Usage of undefined variable '$PAHT' (did you mean $PATH?) (Dockerfile:5)",
    );
    expect(warned.stdout.match(/\[Warning\]/g)).toHaveLength(2);
    const strict = { ...files, Dockerfile: files.Dockerfile.replace('experimental=CopyIgnoredFile', 'error=true') };
    const failed = await dockerBuild(engine, strict);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('lint violation found for rules: UndefinedVar');
    const lenient = await dockerBuild(engine, strict, ['--build-arg', 'BUILDKIT_DOCKERFILE_CHECK=skip=all']);
    expect(lenient.stdout).not.toContain('[Warning]');
    expect(lenient.stderr).toContain('file not found in build context or excluded by .dockerignore: stat left');
  });

  it('fails as the command does, tells where, and leaves no image', async () => {
    const images = ok('images', '-aq');
    const failed = await dockerBuild(engine, {
      Dockerfile: `FROM ${TEST_IMAGE}\nRUN echo before\nRUN echo said; exit 7\n`,
    });
    expect(failed.code).toBe(7);
    expect(failed.stdout).toContain('said');
    expect(failed.stderr).toContain("The command '/bin/sh -c echo said; exit 7' returned a non-zero code: 7");
    expect(failed.stderr).toContain('   3 | >>> RUN echo said; exit 7');
    const wrong = await dockerBuild(engine, { Dockerfile: `FROM ${TEST_IMAGE}\nRUM echo` });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)');
    const gone = await dockerBuild(engine, { Dockerfile: `FROM ${TEST_IMAGE}\nCOPY nothing /` });
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain(
      'COPY failed: file not found in build context or excluded by .dockerignore: stat nothing',
    );
    const unknown = await dockerBuild(engine, { Dockerfile: `FROM ${TEST_IMAGE}\nUSER nobody-here\nRUN id` });
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/nobody-here/);
    expect((await dockerBuild(engine, { other: '' })).stderr).toContain('Dockerfile');
    expect(ok('images', '-aq')).toBe(images);
  });

  it.each(['with its client', 'when it is cancelled'])(
    'shows no container while it builds, and ends %s',
    async (how) => {
      await build({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN echo unneeded` });
      const Dockerfile = `FROM ${TEST_IMAGE}\nRUN echo needed\nRUN echo begun; sleep 600`;
      const input = await contextTar({ Dockerfile });
      const aborted = new AbortController();
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = request(
          { socketPath: engine.socket, method: 'POST', path: '/build?buildid=mine', signal: aborted.signal },
          resolve,
        );
        sent.on('error', reject);
        sent.end(input);
      });
      response.on('error', () => undefined);
      let said = '';
      const begun = Promise.withResolvers<undefined>();
      response.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('begun\\n')) begun.resolve(undefined);
      });
      await begun.promise;
      expect(ok('ps', '-aq')).toBe('');
      // A prune takes what no build that is going on has to do with.
      ok('builder', 'prune', '-af');
      const steps = (await cacheEntries()).map(({ Description, InUse }) => ({ Description, InUse }));
      expect(steps).toEqual([{ Description: expect.stringContaining('echo needed'), InUse: true }]);
      if (how === 'with its client') aborted.abort();
      else {
        // Without a version: Docker has left it out of the description of its API.
        const cancel = (id: string) => engine.api('POST', `/build/cancel?id=${id}`);
        expect((await cancel('')).status).toBe(400);
        // As in Docker, a build that is not there is none to complain of.
        expect((await cancel('another')).status).toBe(200);
        const ended = once(response, 'end');
        expect((await cancel('mine')).status).toBe(200);
        await ended;
        expect(said.trim().split('\r\n').at(-1)).toContain('"error":"context canceled"');
      }
      expect(await leftovers(engine, before)).toEqual({});
    },
  );

  it('lists, sizes and prunes its cache', async () => {
    await build({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN head -c 300000 /dev/zero > /zeros` });
    const entries = await cacheEntries();
    expect(entries.find(({ Description }) => Description.includes('zeros'))?.Size).toBe(300_000);
    ok('image', 'prune', '-f');
    expect(ok('builder', 'prune', '-f')).toMatch(/Total reclaimed space: [1-9]/);
    ok('builder', 'prune', '-af');
    expect(await cacheEntries()).toEqual([]);
    // Images stand on their own.
    expect(runs('test/first', 'cat', '/made')).toBe('made');
  });

  it('lends caches of mounts to one step at a time, to all at once, or to each its own', async () => {
    const mount = (name: string, sharing: string): string =>
      `--mount=type=cache,id=lent-${sharing},target=/${name},sharing=${sharing}`;
    const turn = (name: string): string =>
      `FROM ${TEST_IMAGE} AS turn-${name}\nRUN ${mount('c', 'locked')} echo ${name}+ >> /c/log; sleep 0.3; echo ${name}- >> /c/log`;
    // Each waits until the other is at work.
    const beside = (name: string, other: string): string =>
      `FROM ${TEST_IMAGE} AS beside-${name}\nRUN ${mount('s', 'shared')} ${mount('p', 'private')} touch /s/${name} /p/${name}; ` +
      `for i in $(seq 200); do test -e /s/${other} && break; sleep 0.05; done; ls /p > /own; ls /s > /all; sleep 0.3`;
    const Dockerfile = [
      ...[turn('one'), turn('two'), beside('one', 'two'), beside('two', 'one')],
      `FROM ${TEST_IMAGE}`,
      ...['turn-one', 'turn-two'].map((stage) => `COPY --from=${stage} /etc/passwd /${stage}`),
      ...['one', 'two'].map((name) => `COPY --from=beside-${name} /own /all /${name}/`),
      `RUN ${mount('c', 'locked')} cat /c/log > /log`,
    ].join('\n');
    await build({ Dockerfile }, '-t', 'test/lent');
    const shown = runs(
      'test/lent',
      'sh',
      '-c',
      'cat /log; for n in one two; do echo $(cat /$n/own): $(cat /$n/all); done',
    );
    expect(shown).toMatch(/^(?:one\+\none-\ntwo\+\ntwo-|two\+\ntwo-\none\+\none-)\none: one two\ntwo: one two$/);
    ok('rmi', 'test/lent');
  });

  it('removes caches of mounts whoever they belong to, and starts beside what is left of one', async () => {
    const mount = '--mount=type=cache,target=/c,id=foreign,uid=1000,gid=1000,mode=0700';
    await build({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN ${mount} echo 1 > /c/file && chown 1000 /c/file` });
    ok('builder', 'prune', '-af');
    expect(await cacheEntries()).toEqual([]);
    // As earlier versions have left them: a directory of a container's user, of which nothing is known.
    const left = `${engine.dataRoot}/build/mounts/${'a'.repeat(32)}`;
    ok(
      'run',
      '--rm',
      '-v',
      `${engine.dataRoot}/build/mounts:/m`,
      TEST_IMAGE,
      'sh',
      '-c',
      `mkdir -m 700 /m/${'a'.repeat(32)} && chown 1000 /m/a*`,
    );
    expect(existsSync(left)).toBe(true);
    await engine.stop('SIGKILL');
    await engine.start();
    expect(existsSync(left)).toBe(false);
  });

  it('keeps its cache within what the configuration allows, of its own accord', async () => {
    await build({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN head -c 300000 /dev/zero > /zeros` });
    ok('image', 'prune', '-f');
    const configure = async (Text: string) => {
      expect((await engine.api('PUT', '/berth/configuration', { Text })).status).toBe(200);
    };
    await configure('{"builder": {"gc": {"defaultMaxUsedSpace": "100kB"}}}');
    await build({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN echo small > /small` });
    const steps = async () => (await cacheEntries()).map(({ Description }) => Description);
    await expect.poll(async () => (await steps()).some((step) => step.includes('zeros'))).toBe(false);
    expect((await steps()).some((step) => step.includes('small'))).toBe(true);
    await configure('');
  });
});
