import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Project, Service } from '../model/project.ts';
import { selectServices } from '../model/select.ts';
import { loadProject } from './load.ts';
import { withComposeSettings } from './surroundings.ts';

let directory = '';

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'compose-')), 'My Project');
  mkdirSync(directory);
});

afterEach(() => {
  rmSync(dirname(directory), { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function load(
  files: Readonly<Record<string, string>>,
  options: Partial<Parameters<typeof loadProject>[0]> = {},
): Promise<Project> {
  write(files);
  return loadProject({ files: [], workingDirectory: directory, environment: {}, ...options });
}

async function service(yaml: string, environment: Record<string, string> = {}): Promise<Service> {
  const project = await load(
    { 'compose.yaml': `services:\n  one:\n    image: x\n${yaml.replaceAll(/^/gm, '    ')}` },
    {
      environment,
    },
  );
  return project.services.get('one')!;
}

describe('finding and naming', () => {
  it('finds the file and its override here or above, and names the project by its directory', async () => {
    write({
      'compose.yaml': 'services: {a: {image: x}}',
      'compose.override.yaml': 'services: {a: {environment: {A: 1}}}',
      'deep/er/x': '',
    });
    const project = await loadProject({ files: [], workingDirectory: join(directory, 'deep/er'), environment: {} });
    expect(project.name).toBe('myproject');
    expect(project.directory).toBe(directory);
    expect(project.services.get('a')!.environment).toEqual({ A: '1' });
    expect(project.files).toHaveLength(2);
  });

  it.each([
    [{ projectName: 'flag' }, 'flag'],
    [{ environment: { COMPOSE_PROJECT_NAME: 'env' } }, 'env'],
    [{}, 'written'],
  ])('names a project by %j', async (options, name) => {
    expect((await load({ 'compose.yaml': 'name: written\nservices: {a: {image: x}}' }, options)).name).toBe(name);
  });

  it('makes a name of what a file writes, and gives it to the files as COMPOSE_PROJECT_NAME', async () => {
    const files = {
      'compose.yaml':
        'name: My ${COMPOSE_PROJECT_NAME:-first}\ninclude: [part.yaml]\nservices: {a: {image: "x:${COMPOSE_PROJECT_NAME}"}}',
      'part.yaml': 'services: {b: {image: "y:${COMPOSE_PROJECT_NAME}"}}',
    };
    const project = await load(files);
    expect(project.name).toBe('myfirst');
    expect([...project.services.values()].map(({ image }) => image)).toEqual(['x:myfirst', 'y:myfirst']);
    expect(project.warnings).toEqual([]);
    const asked = await load(files, { projectName: 'asked' });
    expect(asked.services.get('a')!.image).toBe('x:asked');
    await expect(load(files, { projectName: 'My' })).rejects.toThrow(/invalid project name "My"/);
  });

  it('takes the name of COMPOSE_FILE, and refuses files that are not there', async () => {
    const files = { 'a.yaml': 'services: {a: {image: x}}', 'b.yaml': 'services: {b: {image: x}}' };
    const project = await load(files, { environment: { COMPOSE_FILE: 'a.yaml:b.yaml' } });
    expect([...project.services.keys()]).toEqual(['a', 'b']);
    await expect(load({}, { files: ['none.yaml'] })).rejects.toThrow(/there is no file .*none.yaml/);
  });

  it('heeds what .env says of Compose itself, and COMPOSE_DISABLE_ENV_FILE', async () => {
    const files = {
      '.env': 'COMPOSE_FILE=a.yaml:b.yaml\nCOMPOSE_PROJECT_NAME=dotted\nTAG=1',
      'a.yaml': 'services: {a: {image: "x:${TAG-none}"}}',
      'b.yaml': 'services: {b: {image: x}}',
    };
    const project = await load(files);
    expect([project.name, ...project.services.keys()]).toEqual(['dotted', 'a', 'b']);
    const environment = { COMPOSE_PROFILES: 'mine' };
    const settings = withComposeSettings({ files: [], workingDirectory: directory, environment });
    expect(settings).toMatchObject({ COMPOSE_PROFILES: 'mine', COMPOSE_PROJECT_NAME: 'dotted' });
    expect(settings).not.toHaveProperty('TAG');
    const without = await load({}, { files: ['a.yaml'], environment: { COMPOSE_DISABLE_ENV_FILE: 'true' } });
    expect([without.name, without.services.get('a')!.image]).toEqual(['myproject', 'x:none']);
  });

  it('takes files from the working directory, and their paths from the directory of the project', async () => {
    const yaml = 'services: {a: {build: .}}';
    const project = await load({ 'compose.yaml': yaml, 'other/x': '' }, { projectDirectory: 'other' });
    expect(project.services.get('a')!.build?.context).toBe(join(directory, 'other'));
    const named = await load({ 'in/c.yaml': yaml }, { files: ['in/c.yaml'], projectDirectory: 'other' });
    expect([named.name, named.services.get('a')!.build?.context]).toEqual(['other', join(directory, 'other')]);
  });

  it('says where it looked when there is none', async () => {
    await expect(load({})).rejects.toThrow(/no Compose file found in .* or above/);
  });
});

describe('values', () => {
  it('replaces variables, from the environment before .env, and tells of those without a value', async () => {
    const project = await load(
      {
        'compose.yaml': 'services: {a: {image: "x:${TAG}", labels: {l: "$NONE", k: "$$HOME"}, command: "$FROM_FILE"}}',
        '.env': 'TAG=file\nFROM_FILE=yes',
      },
      { environment: { TAG: 'shell' } },
    );
    const one = project.services.get('a')!;
    expect([one.image, one.command, one.labels]).toEqual(['x:shell', ['yes'], { l: '', k: '$HOME' }]);
    expect(project.warnings).toEqual(['The "NONE" variable is not set. Defaulting to a blank string.']);
  });

  it('takes .env of where the command is before that of the project, which may refer to it', async () => {
    write({ 'sub/.env': 'WHERE=sub\nSUB=yes\n', '.env': 'WHERE=root\nBOTH=${SUB}-${WHERE}\n' });
    const files = { 'compose.yaml': 'services: {a: {image: "x:$WHERE", hostname: "$BOTH"}}' };
    const project = await load(files, { workingDirectory: join(directory, 'sub') });
    expect(project.services.get('a')!).toMatchObject({ image: 'x:sub', hostname: 'yes-sub' });
    expect(project.variable('BOTH')).toBe('yes-sub');
    expect((await load({})).services.get('a')!.image).toBe('x:root');
  });

  it('refuses a service without its environment file only to those who want it', async () => {
    const project = await load({
      'compose.yaml': 'services: {a: {image: x}, b: {image: x, env_file: none.env, command: c}}',
    });
    expect(project.services.get('b')!.command).toEqual(['c']);
    const select = (...services: string[]): Set<string> => selectServices(project, { services, profiles: [] });
    expect([...select('a')]).toEqual(['a']);
    for (const services of [[], ['b']])
      expect(() => select(...services)).toThrow(/compose.yaml:1:\d+: env file .*none.env not found/);
  });

  it('keeps numbers that are too large to be counted with', async () => {
    const { environment } = await service(
      'environment: {BIG: 12345678901234567890, LESS: -9007199254740993, NEAR: 9007199254740991}',
    );
    expect(environment).toEqual({ BIG: '12345678901234567890', LESS: '-9007199254740993', NEAR: '9007199254740991' });
  });

  it('reads environment of lists, mappings and files, the nearest winning', async () => {
    write({ 'a.env': 'A=file\nB=file\nC=${A}-x\nD=${B}', 'raw.env': 'R="as $it is"' });
    const one = await service(
      'env_file: [a.env, {path: none.env, required: false}, {path: raw.env, format: raw}]\nenvironment: [B=here, OUT, GONE, E=]',
      { OUT: 'side' },
    );
    expect(one.environment).toEqual({
      A: 'file',
      B: 'here',
      C: 'file-x',
      D: 'here',
      R: '"as $it is"',
      OUT: 'side',
      E: '',
      GONE: null,
    });
  });

  it('takes short and long forms for the same', async () => {
    const one = await service(
      [
        'ports: ["80", "8080:80", "127.0.0.1:53:53/udp", "[::1]:9:9", "1000-1001:2000-2001", {target: 443, published: "8443"}]',
        'volumes: ["./a:/a:ro", "/b", {type: bind, source: ./c, target: /c, bind: {create_host_path: false}}]',
        'depends_on: {}',
        'ulimits: {nofile: 10, nproc: {soft: 1, hard: 2}}',
        'stop_grace_period: 1m30s',
        'mem_limit: 512m',
        'entrypoint: a "b c"',
      ].join('\n'),
    );
    expect(one.ports?.map((port) => Object.values(port).join(' '))).toEqual([
      ' tcp 80 ',
      ' tcp 80 8080',
      '127.0.0.1 udp 53 53',
      '::1 tcp 9 9',
      ' tcp 2000 1000',
      ' tcp 2001 1001',
      '443 8443  tcp',
    ]);
    expect(one.volumes?.map(({ type, source, target, readOnly }) => [type, source, target, readOnly])).toEqual([
      ['bind', join(directory, 'a'), '/a', true],
      ['volume', '', '/b', false],
      ['bind', join(directory, 'c'), '/c', false],
    ]);
    expect(one.ulimits).toEqual({ nofile: { soft: 10, hard: 10 }, nproc: { soft: 1, hard: 2 } });
    expect([one.stop_grace_period, one.mem_limit, one.entrypoint]).toEqual([90e9, 512 * 1024 ** 2, ['a', 'b c']]);
  });

  it('makes numbers and booleans of replaced text', async () => {
    const one = await service('privileged: "${P}"\nscale: "${N}"\ncpus: "${C}"', { P: 'true', N: '3', C: '0.5' });
    expect([one.privileged, one.replicas, one.cpus]).toEqual([true, 3, 0.5]);
  });

  it('knows anchors, merge keys and octal modes', async () => {
    const project = await load({
      'compose.yaml': `
x-base: &base {image: base, environment: {A: 1}}
services:
  a: {<<: *base, image: own}
  b: {<<: [*base], configs: [{source: c, mode: 0440}]}
configs: {c: {content: hi}}`,
    });
    expect(project.services.get('a')!.image).toBe('own');
    expect(project.services.get('a')!.environment).toEqual({ A: '1' });
    expect(project.services.get('b')!.configs?.[0]?.mode).toBe(0o440);
  });
});

describe('networks', () => {
  it.each(['', 'networks: {}', 'deploy:'])('puts a service on the default network that says: %s', async (text) => {
    expect(Object.keys((await service(text)).networks)).toEqual(['default']);
  });
});

describe('merging', () => {
  const base = `
services:
  a:
    image: x
    command: [one]
    environment: {A: "1", B: "1"}
    labels: [l=1]
    ports: ["80:80"]
    volumes: ["one:/data", "two:/two"]
    cap_add: [A]
    dns: 1.1.1.1
    networks: [back]
    depends_on: [b]
    logging: {driver: json-file, options: {max-size: 1m}}
    healthcheck: {test: [CMD, a], interval: 1s}
  b: {image: x}
networks: {back: , front: }
volumes: {one: , two: , three: }
`;
  const merged = async (over: string): Promise<Service> => {
    const project = await load({ 'a.yaml': base, 'b.yaml': over }, { files: ['a.yaml', 'b.yaml'] });
    return project.services.get('a')!;
  };

  it('merges each thing as the specification has it', async () => {
    const one = await merged(`
services:
  a:
    command: [two]
    environment: [B=2, C=2]
    labels: {k: "2"}
    ports: ["80:80", "81:81"]
    volumes: ["three:/data"]
    cap_add: [A, B]
    dns: [2.2.2.2]
    networks: {front: {aliases: [x]}}
    depends_on: {b: {condition: service_healthy}}
    healthcheck: {test: b}
    logging: {options: {max-file: "2"}}
`);
    expect(one.command).toEqual(['two']);
    expect(one.environment).toEqual({ A: '1', B: '2', C: '2' });
    expect(one.labels).toEqual({ l: '1', k: '2' });
    expect(one.ports?.map(({ published }) => published)).toEqual(['80', '81']);
    expect(one.volumes?.map(({ source, target }) => `${source}:${target}`)).toEqual(['three:/data', 'two:/two']);
    expect(one.cap_add).toEqual(['A', 'B']);
    expect(one.dns).toEqual(['1.1.1.1', '2.2.2.2']);
    expect(Object.keys(one.networks)).toEqual(['back', 'front']);
    expect(one.dependencies['b']?.condition).toBe('service_healthy');
    expect(one.healthcheck).toEqual({ test: 'b', interval: 1e9 });
    expect(one.logging).toEqual({ driver: 'json-file', options: { 'max-size': '1m', 'max-file': '2' } });
  });

  it('resets and overrides', async () => {
    const one = await merged(`
services:
  a:
    ports: !reset []
    volumes: !override ["three:/three"]
    environment: {A: !reset null}
    logging: {driver: none}
`);
    expect(one.ports).toBeUndefined();
    expect(one.volumes?.map(({ target }) => target)).toEqual(['/three']);
    expect(one.environment).toEqual({ B: '1' });
    expect(one.logging).toEqual({ driver: 'none' });
  });
});

describe('extends and include', () => {
  it('resolves directories of further contexts in both forms, and leaves other contexts alone', async () => {
    const map = await service('build: {additional_contexts: {a: ./a, b: "service:b", c: "docker-image://c"}}\n').catch(
      (error: unknown) => String(error),
    );
    expect(map).toContain('builds on undefined service "b"');
    for (const text of ['{a: ./a, c: "docker-image://c"}', '["a=./a", "c=docker-image://c"]']) {
      const { build } = await service(`build: {additional_contexts: ${text}}\n`);
      expect(build?.additional_contexts).toEqual({ a: join(directory, 'a'), c: 'docker-image://c' });
    }
  });

  it('extends services of this and other files, with their paths', async () => {
    const project = await load({
      'compose.yaml': `
services:
  a: {extends: {service: base, file: other/base.yaml}, environment: {B: "2"}}
  c: {extends: a, command: run}
  near: {image: n}
  db: {image: d}`,
      'other/base.yaml': `
services:
  base: {extends: root, environment: {A: "1", B: "1"}, depends_on: [db], volumes: ["./data:/data"]}
  root: {image: rooted}
  db: {image: x}`,
    });
    const a = project.services.get('a')!;
    expect(a.image).toBe('rooted');
    expect(a.environment).toEqual({ A: '1', B: '2' });
    expect(Object.keys(a.dependencies)).toEqual(['db']);
    expect(a.volumes?.[0]?.source).toBe(join(directory, 'other/data'));
    expect(project.services.get('c')!.image).toBe('rooted');
    expect(project.services.get('c')!.command).toEqual(['run']);
  });

  it('looks for a service to extend from the directory of the project, and from there on beside the file', async () => {
    const files = {
      'compose.yaml': 'include: [{path: sub/compose.yaml, project_directory: .}]',
      'sub/compose.yaml': 'services: {a: {extends: {file: common/first.yaml, service: b}}}',
      'common/first.yaml': 'services: {b: {extends: {file: second.yaml, service: c}}}',
      'common/second.yaml': 'services: {c: {image: found}}',
    };
    expect((await load(files)).services.get('a')?.image).toBe('found');
  });

  it('lets a later file change what an earlier one includes', async () => {
    const { services } = await load({
      'compose.yaml': 'include: [sub.yaml]\nservices: {a: {image: x}}',
      'sub.yaml': 'services: {b: {image: y, environment: {OWN: 1, GONE: 1}}}',
      'compose.override.yaml': 'services: {b: {environment: {MORE: 2, GONE: !reset null}}}',
    });
    expect(services.get('b')).toMatchObject({ image: 'y', environment: { OWN: '1', MORE: '2' } });
    expect(services.get('b')?.environment).not.toHaveProperty('GONE');
    await expect(
      load({
        'compose.yaml': 'include: [sub.yaml]\nservices: {b: {image: x}}',
        'sub.yaml': 'services: {b: {image: y}}',
      }),
    ).rejects.toThrow('services.b of an included file conflicts');
  });

  it('includes other projects with their own directory and variables', async () => {
    const project = await load({
      'compose.yaml': 'include: [sub/compose.yaml]\nservices: {a: {image: x, depends_on: [b]}}',
      'sub/compose.yaml': 'services: {b: {image: "y:${TAG}", volumes: ["./d:/d"]}}\nvolumes: {v: }',
      'sub/.env': 'TAG=sub',
    });
    const b = project.services.get('b')!;
    expect(b.image).toBe('y:sub');
    expect(project.variable('TAG')).toBe('sub');
    expect(b.volumes?.[0]?.source).toBe(join(directory, 'sub/d'));
    expect([...project.volumes.keys()]).toEqual(['v']);
  });

  it.each([
    ['services: {a: {extends: b}, b: {extends: a}}', /extend each other in a circle/],
    ['services: {a: {extends: none}}', /there is no such service/],
    ['include: [oci://localhost/x]\nservices: {a: {image: x}}', /oci:.*only read on this machine/],
    [
      'include: [{path: "https://a.example/b.git#main:c.yaml"}]\nservices: {a: {image: x}}',
      /only read on this machine/,
    ],
    ['services: {a: {extends: {file: "git@a.example:b.git", service: c}}}', /only read on this machine/],
    ['include: [compose.yaml]\nservices: {a: {image: x}}', /include each other in a circle/],
  ])('refuses %s', async (text, message) => {
    await expect(load({ 'compose.yaml': text })).rejects.toThrow(message);
  });
});

it('takes the last of the mounts at one place', async () => {
  const { volumes } = await service('volumes: ["/a:/x", "/b:/y", "/c:/x"]');
  expect(volumes?.map(({ source }) => source)).toEqual(['/c', '/b']);
});

describe('what is off is told with its line', () => {
  it.each([
    [
      'services:\n  a:\n    imag: x',
      /compose.yaml:3:\d+: services.a.imag is not known here; did you mean "image"\?\n {2}3 \| {5}imag: x/,
    ],
    ['service:\n  a: {image: x}', /:1:1: service is not known here; did you mean "services"/],
    ['services:\n  a: {image: x, ports: ["80:x"]}', /:2:\d+: services.a.ports.0 invalid port "80:x"/],
    ['services:\n  a: {image: x, ports: ["70000"]}', /no port from 1 to 65535/],
    ['services:\n  a: {image: x, restart: sometimes}', /services.a.restart is no restart policy/],
    ['services:\n  a: {image: x, privileged: perhaps}', /privileged must be true or false/],
    ['services:\n  a: {image: x, mem_limit: 12q}', /"12q" is no size/],
    ['services:\n  a: {image: x, stop_grace_period: soon}', /"soon" is no duration/],
    ['services:\n  a: {image: x, volumes: ["/a:/b:what"]}', /there is no option "what"/],
    ['services:\n  a: {image: x, volumes: ["v:/b"]}', /:2:\d+: service "a" refers to undefined volume v/],
    ['services:\n  a: {image: x, networks: [n]}', /undefined network n/],
    ['services:\n  a: {image: x, depends_on: [b]}', /service "a" depends on undefined service "b"/],
    [
      'services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}',
      /dependency cycle detected: a -> b -> a/,
    ],
    ['services:\n  a: {command: x}', /services.a has neither an image nor a build context/],
    ['services:\n  a: {image: x, network_mode: host, networks: [n]}\nnetworks: {n: }', /cannot be combined/],
    ['services:\n  a: {image: x, container_name: yy, scale: 2}', /there can only be one container/],
    [
      'services:\n  a: {image: "${X:?say X}"}',
      /:2:\d+: services.a.image: required variable X is missing a value: say X/,
    ],
    ['services:\n  a: [1]', /services.a must be a mapping/],
    ['services:\n  a: {image: x}\n  a: {image: y}', /not valid YAML: Map keys must be unique/],
    ['services:\n  a: {image: x', /not valid YAML/],
    ['services:\n  a: {image: x, command: "it\'s"}', /a single quote is not closed/],
    ['services: {a: {image: x, env_file: [{path: e, format: zz}]}}', /unsupported format "zz" of the env file/],
    ['- a\n- b', /the top of a Compose file must be a mapping/],
    ['services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {}}', /secrets.s needs exactly one of file, environment/],
    [
      'services:\n  a: {image: x, mem_limit: 1g, deploy: {resources: {limits: {memory: 50M}}}}',
      /:2:\d+: services.a: can't set distinct values on 'mem_limit' and 'deploy.resources.limits.memory'/,
    ],
    ['services: {a: {image: x, scale: 2, deploy: {replicas: 3}}}', /distinct values on 'scale' and 'deploy.replicas'/],
    [
      'services: {a: {image: x, tmpfs: [/a], volumes: ["/tmp:/b", "/tmp:/a"]}}',
      /services.a.volumes\[1\]: target \/a already mounted as services.a.tmpfs\[0\]/,
    ],
    ['services: {a: {build: {context: ., dockerfile: D, dockerfile_inline: FROM x}}}', /mutually exclusive dockerfile/],
    [
      'services: {a: {platform: linux/amd64, build: {context: ., platforms: [linux/arm64]}}}',
      /must include the service/,
    ],
    [
      'services: {a: {build: {context: ., additional_contexts: {x: service:b}}}, b: {image: x}}',
      /non-buildable service "b" as additional context x/,
    ],
    ['services: {a: {image: x, healthcheck: {test: [foo]}}}', /healthcheck.test must start either by "CMD"/],
    ['services: {a: {image: x, develop: {watch: [{path: ., action: sync}]}}}', /target is required for non-rebuild/],
    ['services: {a: {image: x, gpus: [{count: 1, device_ids: ["0"]}]}}', /"count" and "device_ids" .* exclusive/],
    [
      'services: {a: {image: x}}\nvolumes: {v: {external: true, driver: d}}',
      /conflicting parameters "external" and "driver"/,
    ],
    ['services: {a: {image: x, extra_hosts: [foo]}}', /"foo" lacks the address of a host/],
    ['a: &a [*a]', /nested too deeply|repeats itself|not valid YAML|nothing is anchored/],
  ])('%s', async (text, message) => {
    await expect(load({ 'compose.yaml': text })).rejects.toThrow(message);
  });

  it('names the line of an environment file', async () => {
    write({ 'bad.env': 'A=1\n=2' });
    await expect(service('env_file: bad.env')).rejects.toThrow(/bad.env:2:1: unexpected character/);
  });

  it('stops at a bomb of aliases', async () => {
    const rows = Array.from({ length: 9 }, (_, at) => `x-${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(9)}]`).join('\n');
    await expect(load({ 'compose.yaml': `x-0: &a0 [x]\n${rows}\nservices: {a: {image: x}}` })).rejects.toThrow(
      /repeats itself too often|Excessive alias count/,
    );
  });
});
