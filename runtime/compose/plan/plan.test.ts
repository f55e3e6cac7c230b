import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { loadProject } from '../load/load.ts';
import { dependencyCircle, inDependencyOrder, withDependencies } from '../model/order.ts';
import { converge, type Existing } from './converge.ts';
import type { Service } from '../model/project.ts';
import { endpoints } from './endpoints.ts';
import { networkHash, volumeHash } from './hash.ts';
import { healthcheck } from './healthcheck.ts';

const existing = (number: number, changes: Partial<Existing> = {}): Existing => ({
  id: `c${number}`,
  number,
  hash: 'h',
  imageId: 'i',
  isRunning: true,
  networks: ['n'],
  networkMode: 'container:other',
  ...changes,
});
const wanted = { replicas: 2, hash: 'h', imageId: 'i', networks: ['n'], joinedNetwork: 'other' };
const numbers = (list: readonly Existing[]): number[] => list.map(({ number }) => number);

describe('convergence', () => {
  it('leaves what is as it should be', () => {
    const { keep, recreate, create, remove } = converge([existing(2), existing(1)], wanted, 'changed');
    expect([numbers(keep), recreate, create, remove]).toEqual([[1, 2], [], [], []]);
  });

  it('fills the lowest free numbers and removes the highest', () => {
    expect(converge([existing(2)], { ...wanted, replicas: 3 }, 'changed').create).toEqual([1, 3]);
    expect(numbers(converge([existing(1), existing(5), existing(3)], wanted, 'changed').remove)).toEqual([5]);
    expect(numbers(converge([existing(1)], { ...wanted, replicas: 0 }, 'changed').remove)).toEqual([1]);
  });

  it('removes what has changed before what has not', () => {
    const old = { hash: 'old' };
    const work = converge([existing(1, old), existing(2, old), existing(3), existing(4)], wanted, 'changed');
    expect([numbers(work.keep), numbers(work.recreate), numbers(work.remove)]).toEqual([[3, 4], [], [1, 2]]);
  });

  it.each([
    ['its configuration', { hash: 'old' }],
    ['its image', { imageId: 'old' }],
    ['its networks', { networks: [] }],
    ['whose network it shares', { networkMode: 'container:gone' }],
  ])('makes anew what differs in %s', (_, changes) => {
    const work = converge([existing(1, changes), existing(2)], wanted, 'changed');
    expect([numbers(work.recreate), numbers(work.keep)]).toEqual([[1], [2]]);
    expect(converge([existing(1, changes)], wanted, 'never').recreate).toEqual([]);
  });

  it('makes everything anew if asked', () => {
    expect(numbers(converge([existing(1), existing(2)], wanted, 'always').recreate)).toEqual([1, 2]);
  });
});

it('answers to the name that a container gets in the end, not to the one it is made under', async () => {
  const project = await loadProject({
    files: ['-'],
    stdin: Readable.from(['services: {a: {image: x, networks: {default: {aliases: [b]}}}}']),
    workingDirectory: '/project',
    environment: {},
  });
  const joined = { network: null, ipc: null, pid: null, uts: null, volumesFrom: [], links: [] };
  const facts = { number: 1, hash: '', imageId: '', oneOff: false, joined, inherited: {}, socketPath: '' };
  const made = endpoints(project, project.services.get('a')!, { ...facts, name: '0123_a', finalName: 'p-a-1' });
  expect(made['project_default']).toMatchObject({ Aliases: ['p-a-1', 'a', 'b'] });
});

it('knows networks and volumes by the digests of docker compose', async () => {
  const project = await loadProject({
    files: ['-'],
    stdin: Readable.from([
      'name: build\nservices: {a: {image: x, networks: [default, n], volumes: ["v:/v"]}}\nnetworks: {n: {internal: true, driver: bridge, labels: {b: "<2>", a: 1}, ipam: {config: [{subnet: 10.9.0.0/16}]}}}\nvolumes: {v: }',
    ]),
    workingDirectory: '/project',
    environment: {},
  });
  const sha256 = (json: string): string => createHash('sha256').update(json).digest('hex');
  // As version 2.34 of docker compose labels the default network of a project of this name.
  expect(networkHash(project.networks.get('default')!)).toBe(
    '15dcad421ebb3df3e2e53dc0cb00938a0f4cbeafec99e5c95e4143e67cb2ce91',
  );
  expect(networkHash(project.networks.get('n')!)).toBe(
    sha256(
      String.raw`{"name":"build_n","driver":"bridge","ipam":{"config":[{"subnet":"10.9.0.0/16"}]},"internal":true,"labels":{"a":"1","b":"\u003c2\u003e"}}`,
    ),
  );
  expect(volumeHash(project.volumes.get('v')!)).toBe(sha256('{"name":"build_v","driver":"local"}'));
});

it('takes a start interval only with a start period', () => {
  const service = { healthcheck: { test: 'true', start_interval: 1 } } as unknown as Service;
  expect(() => healthcheck(service)).toThrow('healthcheck.start_interval requires healthcheck.start_period to be set');
});

describe('order', () => {
  const needs = (...names: string[]) => ({
    dependencies: Object.fromEntries(
      names.map((name) => [name, { condition: 'service_started' as const, restart: false, required: true }]),
    ),
  });
  const services = new Map([
    ['web', needs('api')],
    ['api', needs('db', 'cache')],
    ['db', needs()],
    ['cache', needs()],
    ['alone', needs()],
  ]);

  it('finds what services depend on', () => {
    expect([...withDependencies(services, ['api'])].sort()).toEqual(['api', 'cache', 'db']);
    expect(dependencyCircle(services)).toBeNull();
  });

  it('works in order, side by side where it may, and backwards', async () => {
    for (const direction of ['dependencies-first', 'dependents-first'] as const) {
      const done: string[] = [];
      const action = async (name: string): Promise<void> => {
        await Promise.resolve();
        done.push(name);
      };
      await inDependencyOrder(services, new Set(services.keys()), action, direction);
      const at = (name: string): number => done.indexOf(name);
      const order = direction === 'dependencies-first' ? ['db', 'api', 'web'] : ['web', 'api', 'db'];
      expect(order.map(at)).toEqual(order.map(at).toSorted((a, b) => a - b));
      expect(done).toHaveLength(5);
    }
  });

  it('begins nothing more after a failure, and rejects with it', async () => {
    const done: string[] = [];
    const action = (name: string): Promise<void> => {
      done.push(name);
      return name === 'db' ? Promise.reject(new Error('no db')) : Promise.resolve();
    };
    await expect(inDependencyOrder(services, new Set(services.keys()), action)).rejects.toThrow('no db');
    expect(done).not.toContain('api');
    expect(done).not.toContain('web');
  });
});
