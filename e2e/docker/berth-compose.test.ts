import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { ComposeDirectory, eventually, flowService } from '../fixtures/compose-directory.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { freePort } from '../fixtures/registry.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** What only concerns the command itself is tested with one of the engines. */
const onceIn = ENGINE_MODES[0];

/** `berth compose` on real containers. */
describe.each(ENGINE_MODES)('berth compose as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  const itOnce = it.runIf(mode === onceIn);
  const suffix = mode === onceIn ? '' : ' (skipped: tested with the other engine)';

  const project = new ComposeDirectory(engine);
  const { path: directory, run: compose, ok, start, write } = project;
  const docker = (...args: string[]): string => engine.dockerOk(args);
  const inspect = (name: string, format: string): string => docker('inspect', '--format', format, name);
  useEngine(engine);

  beforeAll(() => {
    project.make();
  });

  afterEach(() => {
    project.clear();
  });

  it('brings up networks, volumes, configs, secrets and containers in their order, and takes them down', async () => {
    const port = await freePort();
    mkdirSync(`${directory}/www`);
    writeFileSync(`${directory}/www/index.html`, 'a page\n');
    writeFileSync(`${directory}/secret.txt`, 'hush\n');
    write(`
services:
  web:
    image: ${TEST_IMAGE}
    command: sh -c 'cat /etc/greeting /run/secrets/word /run/secrets/file; wget -q -O - http://database:8000/value; exec httpd -f -p 80 -h /www'
    depends_on:
      store: {condition: service_healthy}
      job: {condition: service_completed_successfully}
    configs: [{source: greeting, target: /etc/greeting, mode: 0400}]
    secrets: [word, file]
    ports: ['127.0.0.1:${port}:80']
    volumes: ['./www:/www:ro']
    networks: [back, front]
    stop_grace_period: 1s
  store:
    image: ${TEST_IMAGE}
    command: sh -c 'echo stored > /data/value; exec httpd -f -p 8000 -h /data'
    volumes: [kept:/data]
    networks: {back: {aliases: [database]}}
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, 'http://127.0.0.1:8000/value'], interval: 200ms, retries: 50}
    stop_grace_period: 1s
  job: {image: ${TEST_IMAGE}, command: sh -c 'echo done', networks: [back]}
networks: {back: {internal: true, labels: {kind: back}}, front: }
volumes: {kept: }
configs: {greeting: {content: "hello\\n"}}
secrets: {word: {environment: HOME}, file: {file: ./secret.txt}}
`);
    expect(start('up', '-d', '--wait')).toMatchObject({ code: 0, stdout: '' });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('a page\n');
    await eventually(() => {
      const log = ok('logs', 'web');
      for (const word of ['hello', engine.directory, 'hush', 'stored']) expect(log).toContain(word);
      expect(log).toMatch(/^web-1 +\| /m);
    });
    expect(ok('ps', '--services').split('\n').sort()).toEqual(['store', 'web']);
    expect(ok('ps', '-a', '--format', '{{.Service}} {{.State}} {{.ExitCode}}')).toContain('job exited 0');
    expect(ok('port', 'web', '80')).toBe(`127.0.0.1:${port}`);
    expect(inspect('shop-web-1', '{{index .Config.Labels "com.docker.compose.service"}}')).toBe('web');
    expect(docker('network', 'ls', '--filter', 'label=com.docker.compose.project=shop', '-q').split('\n')).toHaveLength(
      2,
    );
    expect(ok('exec', '-T', 'web', 'stat', '-c', '%a %u', '/etc/greeting')).toBe('400 0');
    expect(start('exec', '-T', 'web', 'sh', '-c', 'echo out; exit 7')).toMatchObject({ code: 7, stdout: 'out\n' });
    expect(ok('ls', '-q')).toBe('shop');
    expect(ok('images', '-q')).toMatch(/^[0-9a-f]{64}$/);
    expect(ok('images')).toMatch(/^CONTAINER +REPOSITORY +TAG +PLATFORM +IMAGE ID +SIZE +CREATED\n/);
    expect(ok('top', 'store')).toMatch(/^SERVICE +# +UID .*\nstore +1 +\S+ .*httpd/);

    expect(start('down').code).toBe(0);
    expect(docker('ps', '-aq')).toBe('');
    expect(docker('volume', 'ls', '-q')).toBe('shop_kept');
    ok('down', '-v');
    expect(docker('volume', 'ls', '-q')).toBe('');
    expect(docker('network', 'ls', '-q', '--filter', 'type=custom')).toBe('');
  });

  it('makes only what changed anew, and keeps anonymous volumes', () => {
    write(`services: {a: ${flowService('sleep 600', 'volumes: [/anonymous]')}, b: ${flowService('sleep 600')}}`);
    ok('up', '-d');
    const ids = (): string[] => ok('ps', '-q').split('\n');
    const [a, b] = ids();
    ok('exec', '-T', 'a', 'touch', '/anonymous/kept');
    ok('up', '-d');
    expect(ids()).toEqual([a, b]);
    write(`services: {a: ${flowService('sleep 601', 'volumes: [/anonymous]')}, b: ${flowService('sleep 600')}}`);
    ok('up', '-d');
    const [changed, same] = ids();
    expect(same).toBe(b);
    expect(changed).not.toBe(a);
    expect(ok('exec', '-T', 'a', 'ls', '/anonymous')).toBe('kept');
    expect(inspect('shop-a-1', '{{.Name}}')).toBe('/shop-a-1');
    ok('up', '-d', '-V', '--force-recreate', 'a');
    expect(ok('exec', '-T', 'a', 'ls', '/anonymous')).toBe('');
    ok('up', '-d', '--no-recreate');
    ok('stop', 'b');
    ok('up', '-d');
    expect(ok('ps', '--services').split('\n')).toEqual(['a', 'b']);
    expect(ids()[1]).toBe(b);
  });

  itOnce(`scales up and down${suffix}`, () => {
    write(`services: {a: ${flowService('sleep 600', 'scale: 3')}}`);
    ok('up', '-d');
    expect(ok('ps', '--format', '{{.Name}}').split('\n')).toEqual(['shop-a-1', 'shop-a-2', 'shop-a-3']);
    ok('up', '-d', '--scale', 'a=1');
    expect(ok('ps', '-a', '--format', '{{.Name}}')).toBe('shop-a-1');
    ok('scale', 'a=2');
    expect(ok('ps', '-q').split('\n')).toHaveLength(2);
    expect(compose('up', '-d', '--scale', 'none=2').stderr).toContain('no such service: none');
  });

  it('joins services by names, namespaces, links and volumes', () => {
    write(`
services:
  base: ${flowService("sh -c 'echo shared > /v/f; exec httpd -f -p 80 -h /v'", 'volumes: [/v], hostname: based')}
  net: ${flowService('sleep 600', 'network_mode: "service:base", volumes_from: ["base:ro"]')}
  linked: ${flowService('sleep 600', 'links: ["base:other"]')}
`);
    ok('up', '-d');
    expect(ok('exec', '-T', 'net', 'wget', '-q', '-O', '-', 'http://127.0.0.1/f')).toBe('shared');
    expect(ok('exec', '-T', 'net', 'cat', '/v/f')).toBe('shared');
    expect(compose('exec', '-T', 'net', 'touch', '/v/g').code).not.toBe(0);
    for (const name of ['other', 'base-1', 'shop-base-1'])
      expect(ok('exec', '-T', 'linked', 'wget', '-q', '-O', '-', `http://${name}/f`)).toBe('shared');
  });

  itOnce(`runs one-off containers with other words, users and variables${suffix}`, () => {
    write(`
services:
  app: ${flowService('sleep 600', 'depends_on: [db], environment: {A: "1"}, ports: ["8"], profiles: [never]')}
  db: ${flowService('sleep 600')}
`);
    expect(
      ok('run', '--rm', '-T', '-e', 'B=2', '-w', '/tmp', '-u', '7', 'app', 'sh', '-c', 'echo $A$B $(pwd) $(id -u)'),
    ).toBe('12 /tmp 7');
    expect(ok('ps', '--services')).toBe('db');
    expect(compose('run', '--rm', '-T', '--no-deps', 'app', 'sh', '-c', 'exit 9').code).toBe(9);
    expect(ok('ps', '-aq').split('\n')).toHaveLength(1);
    const id = ok('run', '-d', '--name', 'one-off', 'app', 'sleep', '600');
    expect(inspect('one-off', '{{.Id}}')).toBe(id);
    expect(inspect('one-off', '{{index .Config.Labels "com.docker.compose.oneoff"}}')).toBe('True');
  });

  it('waits for health, and says which dependency did not come', () => {
    write(`
services:
  a: ${flowService('sleep 600', 'depends_on: {b: {condition: service_healthy}}')}
  b: ${flowService('sleep 600', 'healthcheck: {test: "false", interval: 100ms, retries: 2, start_period: 0s}')}
`);
    const failed = compose('up', '-d');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('dependency failed to start: container shop-b-1 is unhealthy');
    expect(ok('ps', '-a', '--format', '{{.Service}} {{.State}}')).toContain('a created');
    write(
      `services: {a: ${flowService('false')}, b: ${flowService('sleep 600', 'depends_on: {a: {condition: service_completed_successfully}}')}}`,
    );
    expect(compose('up', '-d', '--force-recreate').stderr).toContain('did not complete successfully: exit code 1');
    write(
      `services: {a: ${flowService('false')}, b: ${flowService('sleep 600', 'depends_on: {a: {condition: service_completed_successfully, required: false}}')}}`,
    );
    expect(compose('up', '-d')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('optional dependency "a" failed to start: ') as string,
    });
  });

  itOnce(`shows what containers write, and ends with the code of the one that is asked for${suffix}`, async () => {
    write(
      `services: {a: ${flowService("sh -c 'echo first; sleep 1; exit 5'")}, b: ${flowService("sh -c 'echo other; sleep 600'")}}`,
    );
    const result = compose('up', '--exit-code-from', 'a');
    expect(result.code).toBe(5);
    expect(result.stdout).toMatch(/a-1 +\| first/);
    expect(result.stdout).toMatch(/b-1 +\| other/);
    expect(ok('ps', '-q')).toBe('');

    const child = spawn(process.execPath, [BERTH_COMMAND, 'compose', 'up'], {
      cwd: directory,
      env: project.environment,
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually(() => {
      expect(output).toMatch(/b-1 +\| other/);
    });
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(130);
    expect(ok('ps', '-q')).toBe('');
  });

  it('starts, stops, restarts, pauses, kills and removes', () => {
    write(
      `services: {a: ${flowService('sleep 600', 'healthcheck: {test: [CMD, "true"], interval: 200ms}')}, b: ${flowService('sleep 600', 'depends_on: {a: {condition: service_healthy, restart: true}}')}}`,
    );
    ok('create');
    expect(ok('ps', '-a', '--format', '{{.State}}')).toBe('created\ncreated');
    ok('start');
    expect(ok('ps', '-q').split('\n')).toHaveLength(2);
    if (mode === 'root') {
      ok('pause', 'a');
      expect(ok('ps', '--status', 'paused', '--services')).toBe('a');
      ok('unpause');
    }
    const started = (name: string): string => inspect(name, '{{.State.StartedAt}}');
    const [first, second] = [started('shop-a-1'), started('shop-b-1')];
    // Without the file the containers tell who follows whom.
    rmSync(`${directory}/compose.yaml`);
    const told = compose('-p', 'shop', 'restart', '-t', '0', 'a').stderr;
    expect(told).toMatch(
      /shop-a-1 {2}Started [^]*shop-a-1 {2}Healthy [^]*shop-b-1 {2}Restarting [^]*shop-b-1 {2}Started /,
    );
    expect(started('shop-a-1')).not.toBe(first);
    expect(started('shop-b-1')).not.toBe(second);
    ok('kill', '-s', 'KILL', 'a');
    expect(inspect('shop-a-1', '{{.State.ExitCode}}')).toBe('137');
    ok('stop', '-t', '0');
    ok('rm', '-f');
    expect(ok('ps', '-aq')).toBe('');
  });

  it('runs hooks, and copies files in and out', () => {
    write(
      `services: {a: ${flowService('sleep 600', 'pre_start: [{command: sh -c "echo $$WORD >> /v/before", environment: {WORD: one}}], post_start: [{command: touch /started, user: root}], volumes: [v:/v], pre_stop: [{command: touch /v/stopped}]')}}\nvolumes: {v: }`,
    );
    ok('up', '-d');
    ok('exec', '-T', 'a', 'test', '-e', '/started');
    writeFileSync(`${directory}/in.txt`, 'copied\n');
    ok('cp', `${directory}/in.txt`, 'a:/tmp/in.txt');
    expect(ok('exec', '-T', 'a', 'cat', '/tmp/in.txt')).toBe('copied');
    expect(ok('cp', 'a:/tmp/in.txt', '-')).toContain('copied');
    ok('down');
    write(`services: {a: ${flowService('ls /v', 'volumes: [v:/v]')}}\nvolumes: {v: }`);
    expect(ok('run', '--rm', '-T', 'a')).toBe('before\nstopped');
    write(
      `services: {a: ${flowService('sleep 1', 'pre_start: [{command: echo first}], post_start: [{command: echo begun}]')}, b: ${flowService('sleep 600', 'pre_stop: [{command: echo ending}]')}}`,
    );
    const shown = compose('up', '--abort-on-container-exit').stdout;
    expect(shown).toMatch(/^a pre_start\[0\] -> +\| first$/m);
    expect(shown).toMatch(/^a-1 -> +\| begun$/m);
    expect(shown).toMatch(/^b-1 -> +\| ending$/m);
    ok('down');
    write(
      `services: {a: ${flowService('sleep 600', 'pre_start: [{command: sh -c "echo why; exit 17"}]')}, b: ${flowService('sleep 600')}}`,
    );
    const refused = compose('up', '-d');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/service "a" pre_start\[0\] exited with code 17: why \(hook container [\da-f]{12} /);
    expect(ok('ps', '-a', '--format', '{{.Service}} {{.State}}', 'a').split('\n')).toContain('a created');
  });

  it('builds images, with arguments, secrets and Dockerfiles of every place', () => {
    mkdirSync(`${directory}/app`);
    writeFileSync(
      `${directory}/app/Dockerfile`,
      `FROM ${TEST_IMAGE}\nARG WORD=none\nCOPY file /file\nRUN --mount=type=secret,id=s cat /run/secrets/s > /secret; echo $WORD > /word\n`,
    );
    writeFileSync(`${directory}/app/file`, 'copied\n');
    write(`
services:
  a: {build: {context: app, args: {WORD: built}, secrets: [s], tags: ["shop/a:other"]}, command: cat /file /secret /word}
  b: {build: {dockerfile_inline: "FROM ${TEST_IMAGE}\\nRUN echo inline > /word\\n"}, command: cat /word}
secrets: {s: {environment: OF_DOTENV}}
`);
    write('OF_DOTENV=hushed', '.env');
    ok('build');
    expect(ok('run', '--rm', '-T', 'a')).toBe('copied\nhushedbuilt');
    expect(ok('run', '--rm', '-T', 'b')).toBe('inline');
    expect(docker('image', 'inspect', '--format', '{{.RepoTags}}', 'shop-a')).toContain('shop/a:other');
    writeFileSync(`${directory}/app/Dockerfile`, `FROM ${TEST_IMAGE}\nRUN false\n`);
    const failed = compose('up', '-d', '--build');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('service "a" could not be built');
    docker('rmi', '-f', 'shop-a', 'shop-b', 'shop/a:other');
  });

  it('watches files, and brings changes into containers', async () => {
    mkdirSync(`${directory}/src`);
    writeFileSync(`${directory}/src/kept`, 'one\n');
    writeFileSync(`${directory}/src/gone`, 'one\n');
    write(
      `services: {a: ${flowService('sleep 600', 'develop: {watch: [{path: ./src, action: sync, target: /app, initial_sync: true, ignore: ["*.tmp"]}]}')}}`,
    );
    const child = spawn(process.execPath, [BERTH_COMMAND, 'compose', 'watch'], {
      cwd: directory,
      env: project.environment,
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually(() => {
      expect(output).toContain('Watch enabled');
    });
    const files = (): string => ok('exec', '-T', 'a', 'sh', '-c', 'cd /app && grep -H . *');
    expect(files()).toBe('gone:one\nkept:one');
    writeFileSync(`${directory}/src/kept`, 'two\n');
    writeFileSync(`${directory}/src/left.tmp`, 'x\n');
    rmSync(`${directory}/src/gone`);
    mkdirSync(`${directory}/src/empty`);
    await eventually(() => {
      expect(files()).toBe('kept:two');
      expect(ok('exec', '-T', 'a', 'ls', '/app')).toBe('empty\nkept');
    });
    expect(output).toMatch(/Syncing service "a" after \d+ changes were detected/);
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  });

  itOnce(`finds orphans, and a project whose files are gone${suffix}`, () => {
    write(`services: {a: ${flowService('sleep 600')}, old: ${flowService('sleep 600')}}`);
    ok('up', '-d');
    write(`services: {a: ${flowService('sleep 600')}}`);
    expect(compose('up', '-d').stderr).toContain('Found orphan containers (shop-old-1)');
    ok('up', '-d', '--remove-orphans');
    expect(ok('ps', '-aq').split('\n')).toHaveLength(1);
    rmSync(`${directory}/compose.yaml`);
    expect(ok('ps', '--services')).toBe('a');
    ok('down', '-t', '0');
    expect(docker('ps', '-aq')).toBe('');
  });

  itOnce(`sees and drives what another tool of Compose made${suffix}`, () => {
    write(`version: '3'\nservices: {a: ${flowService('sleep 600').replace('init: true, ', '')}}`, 'docker-compose.yml');
    const other = spawnSync('docker-compose', ['up', '-d'], {
      cwd: directory,
      env: project.environment,
      timeout: 150_000,
    });
    expect(other.status, other.stderr.toString()).toBe(0);
    expect(ok('ls', '-q')).toBe('shop');
    expect(ok('ps', '--services')).toBe('a');
    ok('stop', '-t', '0');
    expect(ok('ps', '-a', '--format', '{{.State}}')).toBe('exited');
    ok('down');
    expect(docker('ps', '-aq')).toBe('');
  });

  itOnce.each([
    ['services: {a: {imag: x}}', /compose.yaml:1:\d+: services.a.imag is not known here; did you mean "image"/],
    ['services: {a: {image: none.invalid/x:1, pull_policy: never}}', /there is no image none.invalid\/x:1/],
    [`services: {a: {image: ${TEST_IMAGE}, secrets: [s]}}\nsecrets: {s: {file: ./none}}`, /none.* cannot be read/],
    [
      `services: {a: {image: ${TEST_IMAGE}, networks: [n]}}\nnetworks: {n: {external: true}}`,
      /network n declared as external, but could not be found/,
    ],
    [
      `services: {a: {image: ${TEST_IMAGE}, volumes: ["v:/v"]}}\nvolumes: {v: {external: true}}`,
      /external volume "v" not found/,
    ],
    [`services: {a: {image: ${TEST_IMAGE}, command: /none}}`, /no such file or directory/i],
  ])(`says what is wrong with %s, and leaves nothing running${suffix}`, (text, message) => {
    write(text);
    const result = compose('up', '-d');
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(message);
    expect(docker('ps', '-q')).toBe('');
  });
});
