import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadProject } from '../load/load.ts';
import { bakeFile } from './bake.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-bake-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const NOTHING = { arguments: {}, ssh: {}, noCache: false, pull: false, push: false, check: false };

async function baked(text: string, names: readonly string[], asked: Partial<typeof NOTHING> = {}) {
  writeFileSync(join(directory, 'compose.yaml'), text);
  const environment = { FROM_HERE: 'here' };
  const project = await loadProject({
    files: [],
    envFiles: [],
    projectDirectory: directory,
    workingDirectory: directory,
    environment,
    projectName: 'p',
  });
  const services = names.flatMap((name) => project.services.get(name) ?? []);
  return bakeFile(project, services, { ...NOTHING, ...asked });
}

const marks = (service: string) => ({
  'com.docker.compose.project': 'p',
  'com.docker.compose.service': service,
  'com.docker.compose.version': expect.stringMatching(/^\d/) as string,
});

it('says all that a build may, as docker compose prints it', async () => {
  const file = await baked(
    `
services:
  a.b:
    build:
      context: app
      dockerfile: D2
      args: {X: "1", FROM_HERE: , NOWHERE: , Y: "$\${kept}"}
      target: t
      labels: {l: m}
      cache_from: ["type=local,src=/x", "img:1"]
      cache_to: ["type=local,dest=/y"]
      no_cache: true
      platforms: [linux/amd64]
      secrets: [s, {source: e, target: ee}]
      ssh: [default, k=/tmp/k]
      network: host
      shm_size: 64m
      extra_hosts: ["h:1.2.3.4", "h:1.2.3.5"]
      ulimits: {nofile: 10, nproc: {soft: 1, hard: 2}}
      additional_contexts: {base: "service:c", d: ./app}
      tags: [q:1]
      entitlements: [network.host]
      privileged: true
      provenance: mode=max
      sbom: true
  c: {image: own, build: {dockerfile_inline: "FROM x$\${y}"}}
  d: {image: other}
secrets: {s: {file: ./s}, e: {environment: HOME}}
`,
    ['a.b'],
    { pull: true },
  );
  expect(file.group).toEqual({ default: { targets: ['a_b'] } });
  expect(Object.keys(file.target)).toEqual(['a_b', 'c']);
  expect(file.target['a_b']).toEqual({
    context: join(directory, 'app'),
    contexts: { base: 'target:c', d: join(directory, 'app') },
    dockerfile: join(directory, 'app/D2'),
    args: { X: '1', FROM_HERE: 'here', Y: '$${kept}' },
    labels: { l: 'm', ...marks('a.b') },
    tags: ['q:1', 'p-a.b'],
    'cache-from': ['type=local,src=/x', 'img:1'],
    'cache-to': ['type=local,dest=/y'],
    target: 't',
    secret: [`id=s,type=file,src=${join(directory, 's')}`, 'id=ee,type=env,env=HOME'],
    ssh: ['default=', 'k=/tmp/k'],
    platforms: ['linux/amd64'],
    pull: true,
    'no-cache': true,
    network: 'host',
    'shm-size': '67108864',
    ulimits: ['nofile=10', 'nproc=1:2'],
    entitlements: ['network.host', 'security.insecure'],
    'extra-hosts': { h: '1.2.3.4,1.2.3.5' },
    output: ['type=docker'],
    attest: ['type=provenance,mode=max', 'type=sbom'],
  });
  expect(file.target['c']).toMatchObject({ 'dockerfile-inline': 'FROM x$${y}', tags: ['own'] });
});

it('pushes what has a name of its own, and looks over what is to be looked over', async () => {
  const text =
    'services: {a: {image: own, build: .}, b: {build: .}, c: {image: many, build: {platforms: [linux/amd64, linux/arm64]}}}';
  const { target } = await baked(text, ['a', 'b', 'c'], { push: true });
  expect(Object.values(target).map(({ output }) => output)).toEqual([
    ['type=registry'],
    ['type=docker'],
    ['type=image,push=true'],
  ]);
  expect((await baked(text, ['b'], { check: true })).target['b']).toEqual({
    context: directory,
    labels: marks('b'),
    tags: ['p-b'],
    call: 'lint',
  });
});
