import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buffer, text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { ComposeDirectory, eventually, flowService } from '../fixtures/compose-directory.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { newerClients } from '../fixtures/newer-clients.ts';
import { ociImage, ociLayoutTar } from '../fixtures/oci-layout.ts';
import { LocalRegistry } from '../fixtures/registry.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** What only concerns the command: with one engine. */
describe('ways of berth compose', () => {
  const engine = new EngineProcess(ENGINE_MODES[0] ?? 'rootless');
  const project = new ComposeDirectory(engine);
  const { path: directory, run: compose, ok, write } = project;
  const docker = (...args: string[]): string => engine.dockerOk(args);

  useEngine(engine);

  beforeAll(() => {
    project.make();
  });

  afterEach(() => {
    project.clear();
  });

  it('shows what containers say while it watches their files', async () => {
    writeFileSync(`${directory}/Dockerfile`, `FROM ${TEST_IMAGE}\nCOPY word /word\n`);
    writeFileSync(`${directory}/word`, 'one\n');
    writeFileSync(`${directory}/restarted`, 'one\n');
    const shared = 'init: true, stop_grace_period: 1s, command: sh -c "cat /word /restarted 2>/dev/null; sleep 600"';
    write(
      `services: {a: {build: ., ${shared}, develop: {watch: [{path: word, action: rebuild}, {path: restarted, action: sync+restart, target: /restarted}]}}}`,
    );
    const child = spawn(process.execPath, [BERTH_COMMAND, 'compose', 'up', '--watch'], {
      cwd: directory,
      env: project.environment,
    });
    let [output, progress] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (progress += chunk.toString()));
    const says = (text: string): Promise<void> =>
      eventually(() => {
        expect(output, progress).toContain(text);
      });
    try {
      await says('a-1  | one');
      await says('Watch enabled');
      writeFileSync(`${directory}/word`, 'two\n');
      await says('a-1  | two');
      await says('service(s) ["a"] successfully built');
      writeFileSync(`${directory}/restarted`, 'three\n');
      await says('a-1  | three');
      await says('service(s) ["a"] restarted');
      child.kill('SIGINT');
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(130);
    expect(ok('ps', '-q')).toBe('');
    expect(compose('up', '--watch', '-d').stderr).toContain('--watch and --detach are incompatible');
    ok('down', '--rmi', 'local');
  });

  it.each([true, false])('removes images that rebuilds have left without a name, if asked to: %s', async (prune) => {
    writeFileSync(`${directory}/Dockerfile`, `FROM ${TEST_IMAGE}\nCOPY word /word\n`);
    writeFileSync(`${directory}/word`, `one ${String(prune)}\n`);
    const rule = 'develop: {watch: [{path: word, action: rebuild}]}';
    write(`services: {a: {build: ., init: true, stop_grace_period: 0s, command: sleep 600, ${rule}}}`);
    const child = spawn(process.execPath, [BERTH_COMMAND, 'compose', 'watch', `--prune=${String(prune)}`], {
      cwd: directory,
      env: project.environment,
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      await eventually(() => {
        expect(output).toContain('Watch enabled');
      });
      const first = docker('image', 'inspect', '--format', '{{.Id}}', 'shop-a');
      writeFileSync(`${directory}/word`, 'two\n');
      await eventually(() => {
        expect(ok('exec', 'a', 'cat', '/word')).toBe('two');
        expect(engine.docker(['image', 'inspect', first]).code).toBe(prune ? 1 : 0);
      });
    } finally {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    ok('down', '--rmi', 'local');
    docker('image', 'prune', '-f');
  });

  it('follows containers that are started while it shows what they say, and that begin again', async () => {
    write(
      `services: {a: {image: ${TEST_IMAGE}, restart: on-failure:1, command: sh -c 'echo begun; sleep 0.2; exit 3'}, b: ${flowService('sh -c "echo hello; sleep 600"')}}`,
    );
    const printing = (...words: string[]): { so: () => string; whole: Promise<string> } => {
      const { stdout } = spawn(process.execPath, [BERTH_COMMAND, 'compose', ...words], {
        cwd: directory,
        env: project.environment,
      });
      let far = '';
      stdout.on('data', (chunk: Buffer) => (far += chunk.toString()));
      return { so: () => far, whole: text(stdout) };
    };
    const up = printing('up');
    await eventually(() => {
      expect(up.so()).toMatch(/a-1 exited with code 3\n/);
    });
    expect(up.so().match(/a-1 {2}\| begun\n/g)).toHaveLength(2);
    expect(up.so()).toContain('a-1 exited with code 3 (restarting)\n');
    const logs = printing('logs', '-f', 'b');
    await eventually(() => {
      expect(logs.so()).toContain('b-1  | hello');
    });
    ok('up', '-d', '--no-recreate', '--scale', 'b=2', 'b');
    await eventually(() => {
      for (const { so } of [up, logs]) expect(so()).toContain('b-2  | hello');
    });
    ok('down', '-t', '0');
    expect(await up.whole).toContain('Attaching to a-1, b-1\n');
    await logs.whole;
  });

  it('makes networks anew that have changed, and volumes only if that is wanted', () => {
    const file = (label: string): void => {
      write(
        `services: {a: ${flowService('sleep 600', 'networks: [n], volumes: ["v:/v"]')}}\nnetworks: {spare: , n: {labels: {l: ${label}}}}\nvolumes: {v: {labels: {l: ${label}}}}`,
      );
    };
    file('one');
    ok('up', '-d');
    const id = ok('ps', '-q');
    ok('exec', '-T', 'a', 'touch', '/v/kept', '/kept');
    file('two');
    const changed = compose('up', '-d');
    expect(changed, changed.stderr).toMatchObject({ code: 0 });
    for (const line of ['Network shop_n  Removed', 'Network shop_n  Created', 'Container shop-a-1  Started'])
      expect(changed.stderr).toContain(line);
    expect(changed.stderr).toContain("Volume shop_v  exists but doesn't match configuration in compose file");
    expect(docker('network', 'inspect', '--format', '{{.Labels.l}}', 'shop_n')).toBe('two');
    expect(ok('exec', '-T', 'a', 'ls', '/v', '/kept')).toBe('/kept\n\n/v:\nkept');
    expect(ok('ps', '-q')).toBe(id);
    expect(docker('network', 'inspect', '--format', '{{range .Containers}}{{.Name}}{{end}}', 'shop_n')).toBe(
      'shop-a-1',
    );
    ok('up', '-d', '--yes');
    expect(docker('volume', 'inspect', '--format', '{{.Labels.l}}', 'shop_v')).toBe('two');
    expect(ok('exec', '-T', 'a', 'ls', '/v')).toBe('');
    expect(compose('up', '-d').stderr).toMatch(/^ Container shop-a-1 {2}Running *\n$/);
    expect(compose('--all-resources', 'up', '-d').stderr).toContain('Network shop_spare  Created');
    ok('down', '-v');
  });

  it('finds the containers that are meant', () => {
    write(`services: {a: ${flowService('sleep 600')}, b: ${flowService('sleep 600', 'env_file: missing.env')}}`);
    const passing = ok('run', '-d', '--rm', 'a', 'cat').trim();
    docker('stop', '-t', '0', passing);
    const one = ok('run', '-d', 'a', 'cat').trim();
    expect(docker('inspect', '--format', '{{.State.Running}}', one)).toBe('true');
    expect(ok('exec', '-T', 'a', 'echo', 'in the one of run')).toBe('in the one of run');
    expect(compose('up', '-d').stderr).toContain('missing.env not found');
    ok('up', '-d', '--scale', 'a=2', 'a');
    writeFileSync(`${directory}/word`, 'copied\n');
    ok('cp', `${directory}/word`, 'a:/word');
    for (const index of ['1', '2']) expect(ok('exec', '-T', '--index', index, 'a', 'cat', '/word')).toBe('copied');
    expect(compose('exec', '--index', '3', 'a', 'true').stderr).toContain('service "a" is not running container #3');
    expect(compose('events', 'nothing').stderr).toContain('no such service: nothing');
    rmSync(`${directory}/compose.yaml`);
    ok('-p', 'shop', 'down', 'a');
    // The one that was to be removed went by itself.
    expect(docker('ps', '-aq')).toBe(one.slice(0, 12));
    docker('rm', '-f', one);
    docker('network', 'rm', 'shop_default');
  });

  it('starts services anew that ask for it when what they depend on was made anew, and sees what ends at once', () => {
    const file = (word: string) =>
      write(
        `services: {a: ${flowService('sleep 600', `environment: {WORD: ${word}}`)}, b: ${flowService('sleep 600', 'depends_on: {a: {condition: service_started, restart: true}}')}, c: ${flowService('sleep 600', 'depends_on: [a]')}, d: ${flowService('sh -c "exit 3"', 'profiles: [ends]')}}`,
      );
    const facts = (name: string): string[] =>
      docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', `shop-${name}-1`).split(' ');
    file('one');
    ok('up', '-d', '--wait');
    const before = ['b', 'c'].map(facts);
    file('two');
    ok('up', '-d');
    const [b = [], c = []] = ['b', 'c'].map(facts);
    expect(b[0]).toBe(before[0]?.[0]);
    expect(b[1]).not.toBe(before[0]?.[1]);
    expect(c).toEqual(before[1]);
    const ended = compose('up', '-d', '--wait', 'd');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('container shop-d-1 exited (3)');
    expect(compose('ls', '--format', '{{.Name}}').stderr).toContain('format value "{{.Name}}" could not be parsed');
    ok('down', '-t', '0', '--remove-orphans');
    docker('rm', '-f', 'shop-d-1');
  });

  it('lists with variables as they are written, and no word of those that have no value', () => {
    write('services: {a: {image: "x:${NONE}"}, b: {build: .}}');
    const listed = (what: string) => {
      const { stdout, stderr } = compose('config', '--no-interpolate', what);
      expect(stderr).toBe('');
      return stdout;
    };
    expect(listed('--images')).toBe('x:${NONE}\nshop-b\n');
    expect(listed('--services')).toBe('a\nb\n');
  });

  it('leaves alone what was made by hand of an image of the project, and marks that as docker’s Compose does', () => {
    write(
      `services: {a: {build: {dockerfile_inline: "FROM ${TEST_IMAGE}", labels: {own: one}}, command: sleep 600, stop_grace_period: 0s}}`,
    );
    ok('build');
    const labels = docker('image', 'inspect', '--format', '{{json .Config.Labels}}', 'shop-a');
    expect(JSON.parse(labels)).toEqual({
      own: 'one',
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'a',
      'com.docker.compose.version': expect.stringMatching(/^2\./) as string,
    });
    docker('run', '-d', '--name', 'by-hand', 'shop-a', 'sleep', '600');
    expect(ok('ps', '-aq')).toBe('');
    ok('up', '-d');
    expect(ok('ps', '-a', '--format', '{{.Name}}')).toBe('shop-a-1');
    ok('down', '--remove-orphans', '-t', '0');
    expect(docker('ps', '--format', '{{.Names}}')).toBe('by-hand');
    docker('rm', '-f', 'by-hand');
    docker('rmi', 'shop-a');
  });

  it('builds in the order that Dockerfiles name images in, with arguments of the environment', () => {
    mkdirSync(`${directory}/base`);
    writeFileSync(
      `${directory}/base/Dockerfile`,
      `FROM ${TEST_IMAGE}\nARG COMPOSE_PROJECT_NAME\nRUN echo "$COMPOSE_PROJECT_NAME" > /word\n`,
    );
    write(
      `services: {a: {build: {dockerfile_inline: "FROM shop/base\\n"}, command: cat /word}, base: {image: shop/base, build: base}, same: {image: shop/base}}`,
    );
    const built = compose('build', '--build-arg', 'COMPOSE_PROJECT_NAME');
    expect(built, built.stderr).toMatchObject({ code: 0 });
    expect(built.stdout).toContain('FROM shop/base');
    expect(ok('run', '--rm', '-T', 'a')).toBe('shop');
    expect(compose('pull', 'a').stderr).toContain('Image shop-a  Skipped No image to be pulled');
    docker('rmi', '-f', 'shop-a', 'shop/base');
    // What one of them builds is not pulled for another.
    expect(compose('up', '--no-start').stderr).not.toContain('Pulling');
    ok('down');
    docker('rmi', '-f', 'shop-a', 'shop/base');
  });

  it('only says what it would do in a dry run', () => {
    writeFileSync(`${directory}/Dockerfile`, `FROM ${TEST_IMAGE}\nRUN false\n`);
    write(
      `services: {a: ${flowService('sleep 600', 'depends_on: {b: {condition: service_healthy}}, networks: [n], volumes: ["v:/v"]')}, b: {build: ., init: true, network_mode: "service:c"}, c: ${flowService('sleep 600')}}\nnetworks: {n: }\nvolumes: {v: }`,
    );
    const tried = compose('--dry-run', 'up');
    expect(tried, tried.stderr).toMatchObject({ code: 0 });
    for (const line of ['Image shop-b  Built', 'Network shop_n  Created', 'Volume shop_v  Created'])
      expect(tried.stderr).toContain(` DRY-RUN MODE -  ${line} \n`);
    for (const name of ['a', 'b', 'c'])
      expect(tried.stderr).toContain(` DRY-RUN MODE -  Container shop-${name}-1  Started \n`);
    expect(tried.stdout).toContain('not supported in dry-run mode');
    expect(docker('ps', '-aq')).toBe('');
    expect(docker('network', 'ls', '-q', '--filter', 'name=shop')).toBe('');
    write(`services: {a: ${flowService('sleep 600')}}`);
    ok('up', '-d');
    write(`services: {a: ${flowService('sleep 700')}}`);
    const id = ok('ps', '-q');
    expect(compose('up', '-d', '--dry-run').stderr).toContain('Container shop-a-1  Recreated');
    for (const words of [['restart'], ['stop'], ['kill'], ['rm', '-sf'], ['down', '-v']])
      expect(compose('--dry-run', ...words), words.join(' ')).toMatchObject({ code: 0 });
    expect(ok('ps', '-q')).toBe(id);
    expect(compose('--dry-run', 'exec', 'a', 'true').stderr).toContain('cannot be tried with --dry-run');
  });

  it('builds services that begin with what others build', () => {
    const inline = (text: string): string => JSON.stringify(text);
    mkdirSync(`${directory}/files`, { recursive: true });
    writeFileSync(`${directory}/files/word`, 'of a directory');
    write(
      `services:
  app: {image: linked/app, build: {dockerfile_inline: ${inline('FROM base\nRUN cp /random /seen\nCOPY --from=files word /word\n')}, additional_contexts: {base: "service:base", files: ./files}}, command: cat /seen}
  other: {image: linked/other, build: {dockerfile_inline: ${inline(`FROM ${TEST_IMAGE}\nCOPY --from=base /random /seen\n`)}, additional_contexts: ["base=service:base"]}, command: cat /seen}
  base: {image: linked/base, profiles: [never], build: {dockerfile_inline: ${inline(`FROM ${TEST_IMAGE}\nRUN head -c 16 /dev/urandom | od -An -tx1 > /random\n`)}}}`,
    );
    ok('build', '--no-cache', '--quiet', 'app', 'other');
    const [first, second] = ['app', 'other'].map((name) => docker('run', '--rm', `linked/${name}`, 'cat', '/seen'));
    // Both were made of one build, though nothing was to be taken from the cache.
    expect(first).toMatch(/^[0-9a-f ]{47}$/);
    expect(second).toBe(first);
    expect(docker('run', '--rm', 'linked/app', 'cat', '/word')).toBe('of a directory');
    write('services: {a: {build: {context: ., additional_contexts: {x: "service:nowhere"}}}}');
    expect(compose('config').stderr).toMatch(/compose.yaml:1:\d+: service "a" builds on undefined service "nowhere"/);
    write(
      'services: {a: {build: {context: ., additional_contexts: {x: "service:b"}}}, b: {build: {context: ., additional_contexts: {x: "service:a"}}}}',
    );
    expect(compose('config').stderr).toContain('linked in a circle: a -> b -> a');
  });

  it('builds on images of OCI layouts, as docker’s Compose does', async (context) => {
    const inline = (text: string): string => JSON.stringify(text);
    const tar = pack();
    tar.entry({ name: 'word' }, 'of a layout\n');
    tar.finalize();
    const plain = await buffer(tar);
    const image = ociImage(plain, gzipSync(plain), 'gzip', { env: ['SAID=by the layout'] });
    for (const tag of ['latest', 'v1']) {
      mkdirSync(`${directory}/layouts/${tag}`, { recursive: true });
      execFileSync('tar', ['-x', '-C', `${directory}/layouts/${tag}`], {
        input: await ociLayoutTar(image, `word:${tag}`),
      });
    }
    const file = `FROM ${TEST_IMAGE}\nCOPY --from=words word /word\nRUN grep -x 'of a layout' /word\n`;
    const service = (name: string, contexts: string): string =>
      `  ${name}: {image: layout/${name}, build: {dockerfile_inline: ${inline(file)}, additional_contexts: ${contexts}}}\n`;
    write(
      `services:
${service('latest', '{words: "oci-layout://layouts/latest"}')}${service('tagged', '["words=oci-layout://./layouts/v1:v1"]')}${service('whole', `{words: "oci-layout://${directory}/layouts/v1@${image.manifest.digest}"}`)}
  base: {image: layout/base, build: {dockerfile_inline: ${inline('FROM words\nLABEL said=$$SAID\n')}, additional_contexts: {words: "oci-layout://layouts/latest"}}}`,
    );
    const names = ['latest', 'tagged', 'whole', 'base'].map((name) => `layout/${name}`);
    const labels = (): string => {
      const found = docker('inspect', '-f', '{{.Config.Labels.said}}', ...names);
      // The cache, too, so that the next client has to send everything again.
      docker('rmi', '-f', ...names);
      docker('builder', 'prune', '-af');
      return found;
    };
    const expected = '<no value>\n<no value>\n<no value>\nby the layout';
    ok('build', '--quiet');
    expect(labels()).toBe(expected);
    const clients = newerClients();
    if (clients === null) context.skip('Compose 2 could not be had');
    else {
      const built = spawnSync('docker', ['--config', clients.configuration, 'compose', 'build', '--quiet'], {
        cwd: directory,
        env: { ...project.environment, PWD: directory },
        encoding: 'utf8',
      });
      expect(built, built.stderr).toMatchObject({ status: 0 });
      expect(labels()).toBe(expected);
    }
    for (const image of ['latest:other', `latest@sha256:${'0'.repeat(64)}`]) {
      write(`services:\n${service('none', `{words: "oci-layout://layouts/${image}"}`)}`);
      expect(compose('build').stderr).toContain(
        `service "none": oci-layout://layouts/${image} is no image in a layout`,
      );
    }
  });

  it('names things as Compose 1 did, when asked', () => {
    write(
      `services: {a: ${flowService('sleep 600')}, b: {build: {dockerfile_inline: "FROM ${TEST_IMAGE}"}, command: "true"}}`,
    );
    ok('--compatibility', 'up', '-d');
    expect(ok('ps', '-a', '--format', '{{.Name}} {{.Image}}')).toBe(`shop_a_1 ${TEST_IMAGE}\nshop_b_1 shop_b`);
    ok('--compatibility', 'down', '--rmi', 'local');
    expect(docker('images', '-q', 'shop_b')).toBe('');
  });

  it('leaves services to providers, and tells others of models', () => {
    const plugins = `${engine.directory}/.docker/cli-plugins`;
    mkdirSync(plugins, { recursive: true });
    const program = (name: string, text: string): void => {
      writeFileSync(`${plugins}/docker-${name}`, `#!/bin/sh\necho "${name} $*" >> ${directory}/calls\n${text}\n`, {
        mode: 0o755,
      });
    };
    const calls = (): string => readFileSync(`${directory}/calls`, 'utf8');
    program(
      'cloud',
      `case "$3" in up) echo '{"type":"info","message":"renting"}'; echo '{"type":"setenv","message":"URL=db://here?a=b"}';; esac`,
    );
    program('model', `[ "$1" = status ] && echo '{"running":true,"endpoint":"http://models.test/v1"}'; true`);
    const text = `services:
  db: {provider: {type: cloud, options: {size: 7, zone: [a, b]}}}
  app: ${flowService('env', 'depends_on: [db], models: {llm: {}, other-one: {endpoint_var: WHERE, model_var: WHICH}}')}
models:
  llm: {model: ai/small, context_size: 1024, runtime_flags: ["--fast"]}
  other-one: {model: ai/big}
`;
    write(text);
    const shown = ok('run', '--rm', '-T', 'app');
    const expected = ['DB_URL=db://here?a=b', 'LLM_URL=http://models.test/v1', 'LLM_MODEL=ai/small'];
    for (const line of [...expected, 'WHERE=http://models.test/v1', 'WHICH=ai/big']) expect(shown).toContain(line);
    rmSync(`${directory}/calls`);
    const up = compose('up', '-d');
    expect(up, up.stderr).toMatchObject({ code: 0 });
    expect(up.stderr).toMatch(/ db {2}Creating \n db {2}renting \n db {2}Created /);
    expect(calls()).toContain('cloud compose --project-name=shop up --size=7 --zone=a --zone=b db\n');
    expect(calls()).toContain('model pull ai/small\n');
    expect(calls()).toContain('model configure --context-size 1024 ai/small -- --fast\n');
    expect(ok('logs', '--no-log-prefix', 'app')).toContain(expected[0]);
    const id = ok('ps', '-aq');
    ok('up', '-d');
    expect(ok('ps', '-aq')).toBe(id);
    ok('down');
    expect(calls()).toContain('cloud compose --project-name=shop down --size=7 --zone=a --zone=b db\n');
    // One that says what it can do is asked for no more than that, and to stop.
    const metadata = {
      description: 'Clouds',
      up: { parameters: [{ name: 'size', required: true }] },
      down: { parameters: [] },
      stop: { parameters: [{ name: 'zone' }] },
    };
    program(
      'cloud',
      `case "$2" in metadata) echo '${JSON.stringify(metadata)}'; esac
case "$3" in up) echo '{"type":"rawsetenv","message":"WHERE=raw"}';; esac`,
    );
    expect(ok('run', '--rm', '-T', 'app').split('\n')).toContain('WHERE=raw');
    ok('stop');
    for (const said of ['up --size=7 db', 'stop --zone=a --zone=b db'])
      expect(calls()).toContain(`cloud compose --project-name=shop ${said}\n`);
    write('services: {db: {provider: {type: cloud}}}');
    expect(compose('up', '-d').stderr).toContain('required parameter "size" is missing');
    write(text);
    ok('down');
    // What goes wrong is told in their own words, and leaves nothing.
    program('cloud', `echo '{"type":"error","message":"no money"}'`);
    expect(compose('up', '-d').stderr).toContain('service "db": its provider cloud failed: no money');
    expect(docker('ps', '-aq')).toBe('');
    rmSync(`${directory}/calls`);
    rmSync(plugins, { recursive: true });
    expect(compose('up', '-d', '--no-deps', 'app').stderr).toContain('which need the plugin docker-model');
    write(text.replace(/, models: {.*}}/, '}').replace(/models:[^]*/, ''));
    expect(ok('config')).toMatch(/provider:\n +type: cloud/);
    write('services: {db: {provider: {type: cloud}}}');
    expect(compose('up', '-d').stderr).toContain('neither the plugin docker-cloud nor a program cloud');
  });

  it('takes what people write for docker’s own command, and flags of later versions', () => {
    writeFileSync(`${directory}/more.env`, 'FROM_FILE=f-$WORD\nWORD=file\n');
    write(
      `services: {a: {image: ${TEST_IMAGE}, init: true, stop_grace_period: 0s, command: sleep 600, env_file: [more.env], environment: {OWN: w, BARE: }, networks: {n: {interface_name: front}}}}\nvolumes: {v: }\nnetworks: {n: }`,
    );
    ok('up', '-d', '--quiet-build');
    expect(ok('exec', 'a', 'ls', '/sys/class/net')).toMatch(/^front\nlo$/);
    expect(ok('exec', '-it', 'a', 'echo', 'there')).toBe('there');
    expect(ok('run', '-it', '--rm', '--volumes', `${directory}:/seen`, 'a', 'ls', '/seen')).toContain('more.env');
    const seen = ok(
      'run',
      '--rm',
      '--env-from-file',
      `${directory}/more.env`,
      '-e',
      'WORD=given',
      'a',
      'sh',
      '-c',
      'echo $FROM_FILE $WORD',
    );
    expect(seen).toBe('f-given given');
    expect(ok('volumes', '--format', '{{.Driver}} {{.Name}}')).toBe('');
    expect(ok('convert', '--services')).toBe('a');
    const written = JSON.parse(ok('config', '--no-env-resolution', '--format', 'json')) as {
      services: { a: { env_file: { path: string }[]; environment: object } };
    };
    expect(written.services.a).toMatchObject({
      env_file: [{ path: `${directory}/more.env` }],
      environment: { OWN: 'w', BARE: null },
    });
    ok('exec', 'a', 'touch', '/made');
    const id = ok('commit', '--change', 'LABEL of=compose', 'a', 'shop/committed');
    expect(docker('image', 'inspect', '--format', '{{.Id}} {{.Config.Labels.of}}', 'shop/committed')).toBe(
      `${id} compose`,
    );
    ok('export', '--output', `${directory}/a.tar`, 'a');
    expect(execFileSync('tar', ['-tf', `${directory}/a.tar`], { encoding: 'utf8' })).toMatch(/^(?:\.\/)?made$/m);
    docker('rmi', 'shop/committed');
    ok('rm', '-fsa');
    expect(docker('ps', '-aq')).toBe('');
  });

  it('builds with the caches, attestations and platforms that a service asks for, and only looks over when asked to', () => {
    const text = `FROM ${TEST_IMAGE}\nRUN head -c 16 /dev/urandom > /random\n`;
    const service = (more: string): string =>
      `services: {a: {image: shop/cached, build: {dockerfile_inline: ${JSON.stringify(text)}, ${more}}}}`;
    const id = (): string => docker('image', 'inspect', '--format', '{{.Id}}', 'shop/cached');
    write(
      service('cache_to: ["type=local,dest=kept"], platforms: [linux/arm64, linux/amd64]').replace(
        'shop/cached,',
        'shop/cached, platform: linux/amd64,',
      ),
    );
    ok('up', '--no-start');
    const first = id();
    expect(docker('image', 'inspect', '--format', '{{.Architecture}}', 'shop/cached')).toBe('amd64');
    expect(JSON.parse(readFileSync(`${directory}/kept/index.json`, 'utf8'))).toMatchObject({ manifests: [{}] });
    ok('down');
    docker('rmi', 'shop/cached');
    docker('builder', 'prune', '-af');
    write(service('cache_from: ["type=local,src=kept", "type=local,src=nowhere"]'));
    const built = compose('build', 'a');
    expect(built, built.stderr).toMatchObject({ code: 0 });
    expect(built.stderr).toContain('nowhere is not used: there is none');
    const firstLayers = (): string => docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', 'shop/cached');
    const layers = firstLayers();
    expect(id()).toBe(first);
    write(service('no_cache: true'));
    ok('build');
    expect(firstLayers()).not.toBe(layers);
    docker('rmi', 'shop/cached');
    write(service('labels: {a: b}').replace('RUN', 'CMD one\\nRUN'));
    const looked = compose('build', '--check');
    expect(looked).toMatchObject({ code: 1 });
    expect(looked.stdout).toContain('JSONArgsRecommended');
    expect(docker('images', '-q', 'shop/cached')).toBe('');
    write(service('provenance: maybe'));
    expect(compose('build').stderr).toContain('service "a": invalid value "maybe" of provenance');
  });

  it('shows a project in other ways', async () => {
    const registry = await LocalRegistry.start();
    try {
      const image = `${registry.host}/some/image`;
      docker('tag', TEST_IMAGE, image);
      const digest = /digest: (\S+)/.exec(docker('push', image))?.[1] ?? '';
      docker('rmi', image);
      write(`services: {a: {image: "${image}", volumes: ["./\${SRC:-src}:/src"]}}`);
      expect(ok('config', '--resolve-image-digests')).toContain(`image: ${image}:latest@${digest}`);
      expect(ok('config', '--no-path-resolution')).toContain('source: ./src');
      expect(ok('config', '--no-normalize')).not.toContain('networks:');
      expect(
        ok('config', '--variables')
          .split('\n')
          .map((line) => line.trim().split(/ {2,}/)),
      ).toEqual([
        ['NAME', 'REQUIRED', 'DEFAULT VALUE', 'ALTERNATE VALUE'],
        ['SRC', 'false', 'src'],
      ]);
      write(`services: {a: {image: x, networks: [none]}}`);
      expect(compose('config').code).toBe(1);
      expect(ok('config', '--no-consistency')).toContain('none: null');
    } finally {
      await registry.stop();
    }
  });
});
