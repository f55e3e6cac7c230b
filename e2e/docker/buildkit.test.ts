import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextTar } from '../fixtures/build-context.ts';
import { message, nested, text, texts } from '../../runtime/common/grpc/message.ts';
import { ENGINE_MODES, EngineProcess, type CommandResult } from '../fixtures/engine-process.ts';
import { openGrpc } from '../fixtures/grpc-door.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { newerClients } from '../fixtures/newer-clients.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** A client that builds with BuildKit: its program, what makes it do so, and its words for a build. */
interface Client {
  readonly name: string;
  readonly binary: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly words: readonly string[];
}

const newer = newerClients();
/** Stands in titles, so that a report names why a test did not run. */
const WITHOUT_NEWER = newer === null ? ' (skipped: buildx and Compose 2 could not be had)' : '';
const OLD: Client = {
  name: 'docker 20.10',
  binary: '/usr/bin/docker',
  // The engine says by itself that it is a BuildKit.
  environment: {},
  words: ['build', '--progress=plain'],
};
const CLIENTS: readonly Client[] = [
  OLD,
  ...(newer === null
    ? []
    : [
        {
          name: 'buildx',
          binary: 'docker',
          environment: { DOCKER_CONFIG: newer.configuration },
          words: ['buildx', 'build', '--progress=plain'],
        },
      ]),
];

describe.each(ENGINE_MODES)('builds of BuildKit clients as %s', (mode) => {
  const engine = new EngineProcess(mode);
  const directory = mkdtempSync(join(tmpdir(), 'berth-buildkit-'));
  const context = join(directory, 'context');
  let before: Traces;

  const run = (
    { binary, environment, words }: Client,
    args: readonly string[],
    input: string | Buffer = '',
  ): CommandResult => engine.docker([...words, ...args], { binary, environment, input, timeout: 120_000 });
  const build = (client: Client, args: readonly string[], input: string | Buffer = ''): string => {
    const result = run(client, args, input);
    expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
    return result.stderr;
  };
  const runs = (image: string, ...command: string[]): string => engine.dockerOk(['run', '--rm', image, ...command]);
  const write = (name: string, text: string): void => {
    mkdirSync(join(context, name, '..'), { recursive: true });
    writeFileSync(join(context, name), text);
  };

  beforeAll(async () => {
    execFileSync('gcc', [
      '-static',
      '-o',
      join(directory, 'agent-client'),
      fileURLToPath(new URL('../fixtures/agent-client.c', import.meta.url)),
    ]);
    await engine.start();
    await loadTestImage(engine);
    runs(TEST_IMAGE, 'true');
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    rmSync(directory, { recursive: true });
    expect(left).toEqual({});
  });

  it('says that it is a BuildKit', async () => {
    const { headers } = await engine.api('GET', '/_ping');
    expect(headers['builder-version']).toBe('2');
  });

  it('lets a client without buildx build in the classic way', () => {
    write('classic/Dockerfile', `FROM ${TEST_IMAGE}\nRUN echo classic\n`);
    const result = engine.docker(['build', join(context, 'classic')], { environment: { DOCKER_CONFIG: directory } });
    expect(result, result.stderr).toMatchObject({ code: 0 });
    expect(result.stdout).toContain('Successfully built');
  });

  describe.each(CLIENTS)('$name', (client) => {
    const name = client.name.replaceAll(/\W/g, '-');
    const own = join(name, 'main');
    const path = join(context, own);

    it('builds with arguments, secrets, labels and an ignore file, and shows it', () => {
      write(
        `${own}/Dockerfile`,
        [
          `FROM ${TEST_IMAGE} AS base`,
          'ARG WHO=nobody',
          `RUN echo "hello $WHO of ${name}" | tee /greeting`,
          'FROM base AS wanted',
          'COPY . /all/',
          'RUN --mount=type=secret,id=key,required cat /run/secrets/key > /seen && wc -c < /seen && rm /seen',
          'FROM base',
          'RUN false',
        ].join('\n'),
      );
      write(`${own}/.dockerignore`, '# nothing of this\nleft-out\n*.log\n!kept.log\n');
      for (const file of ['left-out/file', 'a.log', 'kept.log', 'sub/file']) write(`${own}/${file}`, file);
      writeFileSync(join(directory, 'secret'), 'seven77');
      const shown = build(client, [
        ...['-t', `test/${name}:1`, '--target', 'wanted', '--build-arg', 'WHO=world', '--label', 'a=b'],
        ...['--secret', `id=key,src=${join(directory, 'secret')}`, path],
      ]);
      expect(shown).toMatch(new RegExp(`#\\d+ [\\d.]+ hello world of ${name}\n`));
      expect(shown).toMatch(/#\d+ [\d.]+ 7\n/);
      expect(shown).toMatch(/transferring context: \d+/);
      expect(shown).toMatch(new RegExp(`naming to docker.io/test/${name}:1`));
      expect(runs(`test/${name}:1`, 'sh', '-c', 'cat /greeting; find /all -type f | sort')).toBe(
        [`hello world of ${name}`, '/all/.dockerignore', '/all/Dockerfile', '/all/kept.log', '/all/sub/file'].join(
          '\n',
        ),
      );
      expect(engine.dockerOk(['inspect', '-f', '{{.Config.Labels.a}}', `test/${name}:1`])).toBe('b');
    });

    it('runs nothing again, and is sent only the file that changed', () => {
      const big = 'x'.repeat(300_000);
      write(
        `${name}/sync/Dockerfile`,
        `FROM ${TEST_IMAGE}\nCOPY big /big\nRUN echo built-${name}\nCOPY small /small\n`,
      );
      write(`${name}/sync/big`, big);
      write(`${name}/sync/small`, 'one');
      const arguments_ = ['-t', `test/${name}:sync`, join(context, name, 'sync')];
      expect(build(client, arguments_)).toMatch(/transferring context: 300/);
      expect(build(client, arguments_)).not.toMatch(/transferring context: 300|[\d.]+ built-/);
      write(`${name}/sync/small`, 'two');
      const third = build(client, arguments_);
      expect(third).not.toMatch(/transferring context: 300|[\d.]+ built-/);
      expect(runs(`test/${name}:sync`, 'sh', '-c', 'cat /small; wc -c < /big')).toBe('two300000');
    });

    it('takes a Dockerfile from elsewhere, or from the input, and a context from the input', async () => {
      write(
        `${name}/elsewhere/Own.dockerfile`,
        `FROM ${TEST_IMAGE}\nCOPY sub/file /copied\nRUN cat /copied && : ${name}\n`,
      );
      expect(build(client, ['-f', join(context, name, 'elsewhere/Own.dockerfile'), path])).toMatch(/[\d.]+ sub\/file/);
      expect(
        build(client, ['-f', '-', path], `FROM ${TEST_IMAGE}\nCOPY kept.log /\nRUN cat /kept.log && : ${name}\n`),
      ).toMatch(/[\d.]+ kept\.log/);
      const tar = await contextTar({
        Dockerfile: `FROM ${TEST_IMAGE}\nCOPY t /\nRUN cat /t && : ${name}\n`,
        t: 'tarred\n',
      });
      expect(build(client, ['-'], tar)).toMatch(/[\d.]+ tarred/);
    });

    it('reaches the ssh agent of the client, also as another user', async () => {
      const agent = join(directory, `agent-${name}`);
      const child = spawn('ssh-agent', ['-D', '-a', agent], { stdio: 'ignore' });
      try {
        while (!existsSync(agent)) await new Promise((resolve) => setTimeout(resolve, 20));
        const key = join(directory, `key-${name}`);
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
        execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: agent }, stdio: 'ignore' });
        mkdirSync(join(context, name, 'ssh'), { recursive: true });
        execFileSync('cp', [join(directory, 'agent-client'), join(context, name, 'ssh/agent-client')]);
        write(
          `${name}/ssh/Dockerfile`,
          [
            `FROM ${TEST_IMAGE}`,
            'COPY agent-client /bin/',
            `RUN --mount=type=ssh agent-client $SSH_AUTH_SOCK && : ${name}`,
            'USER app',
            'RUN --mount=type=ssh,uid=1000 id -u && agent-client $SSH_AUTH_SOCK',
            `RUN --mount=type=ssh,uid=1000,gid=1002,mode=0741 echo "socket $(stat -c '%u %g %a' $SSH_AUTH_SOCK)"`,
            'RUN test ! -e /run/buildkit/ssh_agent.0',
          ].join('\n'),
        );
        const shown = build(client, ['--no-cache', '--ssh', `default=${agent}`, join(context, name, 'ssh')]);
        expect(shown.match(/agent answers 12 with 1 keys/g)).toHaveLength(2);
        // An ordinary user can give nothing to others.
        expect(shown).toContain(mode === 'root' ? 'socket 1000 1002 741' : 'socket 0 0 666');
      } finally {
        child.kill();
      }
      expect(readdirSync(join(engine.execRoot, 'agents'))).toEqual([]);
    });

    it('writes files instead of an image', () => {
      const file = `FROM ${TEST_IMAGE} AS made\nRUN mkdir /o && echo out > /o/file && chmod 640 /o/file && ln -s file /o/link\nFROM scratch\nCOPY --from=made /o /\n`;
      const images = engine.dockerOk(['images', '-aq', '--no-trunc']);
      const target = join(directory, `out-${name}`);
      build(client, ['-f', '-', '--output', `type=local,dest=${target}`, path], file);
      expect(readdirSync(target).sort()).toEqual(['file', 'link']);
      expect(readFileSync(join(target, 'link'), 'utf8')).toBe('out\n');
      expect(statSync(join(target, 'file')).mode & 0o777).toBe(0o640);
      build(client, ['-f', '-', '--output', `type=tar,dest=${target}.tar`, path], file);
      expect(
        spawnSync('tar', ['tf', `${target}.tar`])
          .stdout.toString()
          .split('\n')
          .map((one) => one.replace(/^\.\//, '')),
      ).toEqual(expect.arrayContaining(['file', 'link']));
      expect(engine.dockerOk(['images', '-aq', '--no-trunc'])).toBe(images);
    });

    it('tells of what goes wrong, and leaves nothing', () => {
      const failed = run(client, ['-f', '-', path], `FROM ${TEST_IMAGE}\nRUN echo before; exit 7\n`);
      expect(failed.code).not.toBe(0);
      expect(failed.stderr).toMatch(/[\d.]+ before/);
      expect(failed.stderr).toContain('did not complete successfully: exit code: 7');
      expect(failed.stderr.match(/>>> RUN echo before; exit 7/g)).toHaveLength(1);
      expect(failed.stderr).not.toContain('non-zero code');
      const misspelt = run(client, ['-f', '-', path], `FROM ${TEST_IMAGE}\nCOPPY a b\n`);
      expect(misspelt.stderr).toContain('unknown instruction: COPPY (did you mean COPY?)');
      expect(run(client, ['-f', '-', path], `FROM ${TEST_IMAGE}\nCOPY left-out /\n`).stderr).toContain('left-out');
      const secret = run(client, [path, '--target', 'wanted', '--no-cache']);
      expect(secret.stderr).toContain('secret key: not found');
    });

    it.each(['SIGINT', 'SIGKILL'] as const)('ends with its client: %s', async (signal) => {
      write(`${name}/slow/Dockerfile`, `FROM ${TEST_IMAGE}\nRUN echo begun-${signal} && sleep 601\n`);
      const child = spawn(client.binary, [...client.words, join(context, name, 'slow')], {
        env: { PATH: process.env['PATH'], HOME: directory, DOCKER_HOST: engine.host, ...client.environment },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let shown = '';
      child.stderr.on('data', (text: Buffer) => {
        shown += text.toString();
        if (/[\d.]+ begun-SIG/.test(shown)) child.kill(signal);
      });
      await once(child, 'close');
      expect(shown).toContain(`begun-${signal}`);
      await expect.poll(() => readdirSync(join(engine.dataRoot, 'build/work'))).toEqual([]);
    });
  });

  it('remembers builds with their steps, output and ends, over a restart', async () => {
    interface Known {
      readonly ref: string;
      readonly title: string;
      readonly status: string;
      readonly error: string;
      readonly cached: number;
      readonly logs?: readonly { readonly text: string }[];
      readonly vertexes?: readonly { readonly name: string; readonly completed: number | null }[];
    }
    const list = async (): Promise<Known[]> => JSON.parse((await engine.api('GET', '/berth/builds')).body) as Known[];
    const all = await list();
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['completed', 'failed', 'canceled']));
    const failed = all.find(({ error }) => error.includes('code: 7'));
    const answer = await engine.api('GET', `/berth/builds/${failed?.ref ?? ''}`);
    const whole = JSON.parse(answer.body) as Known;
    expect(whole.logs?.map(({ text }) => text).join('')).toContain('before\n');
    expect(whole.vertexes?.map(({ name }) => name)).toContain('[2/2] RUN echo before; exit 7');
    expect(all.some(({ title, cached }) => title.includes(':sync') && cached > 2)).toBe(true);
    expect((await engine.api('POST', `/berth/builds/${whole.ref}/cancel`)).status).toBe(409);
    await engine.stop();
    await engine.start();
    expect((await list()).map(({ ref }) => ref)).toEqual(all.map(({ ref }) => ref));
    expect((await engine.api('DELETE', `/berth/builds/${whole.ref}`)).status).toBe(204);
    expect((await engine.api('GET', `/berth/builds/${whole.ref}`)).status).toBe(404);
  });

  it('says of a build that is no Dockerfile what it does not do', async () => {
    const { client, close } = await openGrpc(engine.socket);
    const definition = nested(2, message({ def: texts(1) }));
    const sourcePolicy = nested(12, message({ rules: texts(2) }));
    const request = message({ ref: text(1), definition, frontend: text(6), sourcePolicy });
    const solving = (asked: object): Promise<object> =>
      client.unary('/moby.buildkit.v1.Control/Solve', [request, message({})], asked, {
        signal: AbortSignal.timeout(60_000),
      });
    await expect(solving({ ref: 'of-another-frontend', definition: { def: ['\n'] } })).rejects.toThrow(
      'this engine builds Dockerfiles, not LLB definitions',
    );
    const ruled = { ref: 'under-a-policy', frontend: 'dockerfile.v0', sourcePolicy: { rules: [''] } };
    await expect(solving(ruled)).rejects.toThrow('this engine knows no policies for sources');
    close();
  });

  it.skipIf(newer === null)(`takes further contexts: a directory and an image${WITHOUT_NEWER}`, () => {
    const [, buildx = OLD] = CLIENTS;
    write('more/file', 'of another directory\n');
    const file = [
      'FROM base',
      'COPY --from=more file /copied',
      'RUN --mount=from=more,target=/m cat /copied /m/file',
      'FROM more',
      'COPY --from=0 /copied /second',
    ].join('\n');
    const flags = [
      '--build-context',
      `more=${join(context, 'more')}`,
      '--build-context',
      `base=docker-image://${TEST_IMAGE}`,
    ];
    const shown = build(buildx, [...flags, '-f', '-', context], file);
    expect(shown.match(/of another directory/g)).toHaveLength(2);
  });

  it.skipIf(newer === null)(`bakes targets that begin with others, or copy from them${WITHOUT_NEWER}`, () => {
    const project = join(directory, 'baked');
    mkdirSync(join(project, 'base'), { recursive: true });
    writeFileSync(join(project, 'base/data'), 'data\n');
    const file = (...lines: string[]): string => `<<EOT\n${lines.join('\n')}\nEOT\n`;
    const base = file(
      `FROM ${TEST_IMAGE}`,
      'ARG WHO',
      'ENV FROM_BASE=yes',
      'ONBUILD RUN echo triggered > /triggered',
      'RUN head -c 16 /dev/urandom | od -An -tx1 > /random; echo "made by $WHO" > /made',
    );
    const app = file(
      'FROM base',
      'COPY --from=files /data /data',
      'RUN --mount=from=files,target=/m echo "$FROM_BASE $(cat /made) $(cat /m/data) $(cat /triggered)" > /seen',
    );
    writeFileSync(
      join(project, 'docker-bake.hcl'),
      [
        'target "base" {\n context = "base"\n args = { WHO = "bake" }\n dockerfile-inline = ' + base + '}',
        'target "files" {\n context = "base"\n dockerfile-inline = ' + file('FROM scratch', 'COPY data /') + '}',
        'target "app" {\n contexts = { base = "target:base", files = "target:files" }',
        ' tags = ["test/baked:app"]\n dockerfile-inline = ' + app + '}',
        'target "top" {\n contexts = { app = "target:app" }\n tags = ["test/baked:top"]',
        ' dockerfile-inline = ' + file('FROM app', 'RUN cp /random /again') + '}',
        'target "broken" {\n contexts = { base = "target:failing" }',
        ' dockerfile-inline = ' + file('FROM base', 'RUN true') + '}',
        'target "failing" {\n dockerfile-inline = ' + file(`FROM ${TEST_IMAGE}`, 'RUN exit 3') + '}',
      ].join('\n'),
    );
    const bake = (...targets: string[]): CommandResult =>
      engine.docker(['buildx', 'bake', '--progress=plain', '-f', join(project, 'docker-bake.hcl'), ...targets], {
        environment: { DOCKER_CONFIG: newer?.configuration, BUILDX_BAKE_ENTITLEMENTS_FS: '0' },
        directory: project,
      });
    const baked = bake('top', 'app');
    expect(baked, baked.stderr).toMatchObject({ code: 0 });
    expect(runs('test/baked:app', 'cat', '/seen', '/data')).toBe('yes made by bake data triggered\ndata');
    // The target that both are made of was made once.
    expect(runs('test/baked:top', 'cat', '/again')).toBe(runs('test/baked:app', 'cat', '/random'));
    const failed = bake('broken');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('>>> RUN exit 3');
  });

  it.skipIf(newer === null)(
    `builds for Compose 2, with a secret and a Dockerfile in the project${WITHOUT_NEWER}`,
    () => {
      const project = join(directory, 'project');
      mkdirSync(project, { recursive: true });
      writeFileSync(join(project, 'secret'), 'composed');
      writeFileSync(
        join(project, 'Dockerfile'),
        `FROM ${TEST_IMAGE}\nRUN --mount=type=secret,id=s cp /run/secrets/s /seen\nCMD ["cat", "/seen"]\n`,
      );
      writeFileSync(
        join(project, 'compose.yaml'),
        [
          'services:',
          '  a: { build: { context: ., secrets: [s] } }',
          `  b: { build: { dockerfile_inline: "FROM ${TEST_IMAGE}\\nRUN echo inline > /i\\nCMD cat /i" } }`,
          'secrets: { s: { file: ./secret } }',
        ].join('\n'),
      );
      const compose = (...args: string[]): string => {
        const environment = { DOCKER_CONFIG: newer?.configuration };
        const result = engine.docker(['compose', '--project-directory', project, ...args], {
          environment,
          timeout: 120_000,
        });
        expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
        return result.stdout;
      };
      const shown = compose('up', '--build', '--no-log-prefix');
      expect(shown).toMatch(/composed/);
      expect(shown).toMatch(/inline/);
      compose('down', '-t', '0');
    },
  );
});
