import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { BerthThread } from '../fixtures/berth-thread.ts';
import { newerClients } from '../fixtures/newer-clients.ts';
import { root } from '../fixtures/process.ts';

/** A directory with a project for each part of the Compose specification. */
const CORPUS = join(root, 'e2e/docker/compose-config');

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  FROM_HERE: 'here',
  EMPTY: '',
  OVER_DOTENV: 'outer',
};

/** Differences from Compose 2.26 that are meant, by their places, with the reason. */
type Meant = Readonly<Record<string, string>>;

const OCTAL = 'written as a file has it, which later versions of Compose do, too';
const PATH_OF_KEY = 'what Compose 2.26 writes cannot be read again; later versions write the equals sign';
const OWN_DIRECTORY = 'Compose 2.26 takes project_directory for the directory above it';
const CREATES_NOT = 'said, so that it holds when the file is read again';

interface Case {
  readonly name: string;
  /** Before the command. */
  readonly flags?: readonly string[];
  /** After it. */
  readonly options?: readonly string[];
  readonly meant?: Meant;
}

const OVERRIDDEN = ['-f', 'compose.yaml', '-f', 'over.yaml'];
const JSON_FORM = ['--format', 'json'];
const GRANTED: Meant = {
  'services.long.configs.0.mode': OCTAL,
  'services.long.configs.2.mode': 'Compose 2.26 takes "0400" for a decimal number',
  'services.long.secrets.0.mode': OCTAL,
};
const IPAM: Meant = { 'networks.front.ipam.options.foo': 'Compose 2.26 drops options of ipam' };
const BOUND: Meant = { 'services.long.volumes.3.bind.create_host_path': CREATES_NOT };

const SWAPPINESS: Meant = { 'services.numbers.mem_swappiness': 'Compose 2.26 drops it' };
const JSON_KEYS: Meant = {
  'services.extensions.x-mine': 'Compose 2.26 keeps x- entries of services in YAML only',
  'services.blkio.blkio_config': 'keys are as in YAML, and not Path and Rate',
};

const CASES: readonly Case[] = [
  { name: 'service-forms', meant: SWAPPINESS },
  { name: 'service-forms', options: JSON_FORM, meant: { ...SWAPPINESS, ...JSON_KEYS } },
  { name: 'healthcheck' },
  { name: 'ulimits' },
  { name: 'extra-hosts' },
  {
    name: 'build',
    meant: {
      'services.secrets.build.secrets.1.mode': OCTAL,
      'services.ssh-list.build.ssh.1': PATH_OF_KEY,
      'services.ssh-map.build.ssh.1': PATH_OF_KEY,
    },
  },
  { name: 'networks', meant: IPAM },
  { name: 'networks', options: JSON_FORM, meant: IPAM },
  {
    name: 'networks',
    flags: ['-p', 'other'],
    options: ['mode-host', 'list'],
    meant: { ...IPAM, 'networks.default.name': 'Compose 2.26 shows networks of services that were not asked for' },
  },
  { name: 'networks-used-external' },
  { name: 'network-default-set' },
  { name: 'network-default-external' },
  { name: 'volumes', meant: BOUND },
  { name: 'volumes', options: JSON_FORM, meant: BOUND },
  { name: 'volumes-more' },
  { name: 'ports' },
  { name: 'configs-secrets', meant: GRANTED },
  { name: 'deploy' },
  { name: 'develop' },
  { name: 'depends-on' },
  { name: 'profiles' },
  { name: 'profiles', flags: ['--profile', 'debug'] },
  { name: 'profiles', flags: ['--profile', '*'] },
  { name: 'env-files' },
  { name: 'interpolation' },
  { name: 'interpolation', flags: ['--env-file', 'other.env'] },
  { name: 'interpolation', options: ['--no-interpolate'] },
  { name: 'extends' },
  {
    name: 'include',
    meant: { 'services.other.volumes.0.source': OWN_DIRECTORY, 'secrets.s.file': OWN_DIRECTORY },
  },
  { name: 'merge', flags: [...OVERRIDDEN, '--profile', 'p'] },
  { name: 'merge-logging', flags: OVERRIDDEN },
  { name: 'merge-tags', flags: OVERRIDDEN },
  { name: 'fragments' },
  { name: 'override-found' },
  { name: 'numbers-octal', meant: { 'services.a.secrets.0.mode': OCTAL } },
  { name: 'nothing', meant: { 'services.numbers.mem_swappiness': 'zero forbids swapping, and unset does not' } },
  { name: 'credential' },
  { name: 'multi-document' },
];

/** Lists of names, one a line. */
const LISTS: readonly { readonly name: string; readonly options: readonly string[] }[] = [
  { name: 'volumes', options: ['--volumes'] },
  { name: 'build', options: ['--images'] },
  { name: 'build', options: ['--services'] },
  { name: 'profiles', options: ['--profiles'] },
];

const run = promisify(execFile);

/** Compose 2 started as itself: that is quicker than by way of docker's command. */
async function theirs({ name, flags = [], options = [] }: Case): Promise<string> {
  const plugin = join(newerClients()?.configuration ?? '', 'cli-plugins/docker-compose');
  const { stdout } = await run(plugin, [...flags, 'config', ...options], {
    cwd: join(CORPUS, name),
    env: ENVIRONMENT,
  });
  return stdout;
}

const thread = new BerthThread();

/** What `berth compose config` prints. */
function ours({ name, flags = [], options = [] }: Case): string {
  const directory = join(CORPUS, name);
  // Files are named from where one stands, which this process cannot change for a thread.
  const named = flags.map((word) => (/\.(?:ya?ml|env)$/.test(word) ? join(directory, word) : word));
  const words = ['compose', '--project-directory', directory, ...named, 'config', ...options];
  const { code, stdout, stderr } = thread.run({ words, environment: ENVIRONMENT });
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Places whose entries Compose 2.26 writes in the order of a Go map, which is another one now and then. */
const ANY_ORDER = /^services\.[^.]+\.build\.ssh$/;

/** Leaves by their places. An empty mapping is the same as none, and so is null for what is a network's default. */
function leaves(value: unknown, path: readonly string[] = []): [string, unknown][] {
  const isDefault = value === null && path.length === 4 && path[2] === 'networks';
  if (isDefault) return [];
  const isLeaf = typeof value !== 'object' || value === null || (Array.isArray(value) && value.length === 0);
  if (isLeaf) return [[path.join('.'), value]];
  const inOrder = Array.isArray(value) && ANY_ORDER.test(path.join('.')) ? [...value].sort() : value;
  return Object.entries(inOrder).flatMap(([key, one]) => leaves(one, [...path, key]));
}

/** The places where two documents differ. */
function differences(one: unknown, other: unknown): string[] {
  const [left, right] = [one, other].map((value) => new Map(leaves(value)));
  const places = new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])]);
  return [...places].filter((place) => JSON.stringify(left?.get(place)) !== JSON.stringify(right?.get(place)));
}

/** Read as YAML 1.1, as older tools do: what is a text here must be one there. */
function read(document: string, { options = [] }: Case): unknown {
  return options.includes('json') ? JSON.parse(document) : parse(document, { version: '1.1' });
}

describe.runIf(newerClients() !== null)('berth compose config beside Compose 2', () => {
  it('has a case for each project of the corpus', () => {
    expect([...new Set(CASES.map(({ name }) => name))].sort()).toEqual(readdirSync(CORPUS).sort());
  });

  it.each(CASES)('makes the same of $name $flags $options', async (one) => {
    const asked = theirs(one);
    const found = ours(one);
    const expected = await asked;
    const differing = differences(read(expected, one), read(found, one));
    const meant = Object.keys(one.meant ?? {});
    const meaning = (place: string): string | undefined =>
      meant.find((path) => path === place || place.startsWith(`${path}.`));
    expect(differing.filter((place) => meaning(place) === undefined)).toEqual([]);
    expect(new Set(differing.map(meaning))).toEqual(new Set(meant));
  });

  it.each(LISTS)('lists the same of $name $options', async (one) => {
    const asked = theirs(one);
    const found = ours(one);
    const expected = await asked;
    const sorted = (list: string): string[] => list.trim().split('\n').sort();
    expect(sorted(found)).toEqual(sorted(expected));
  });
});
