import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { LocalRegistry } from '../fixtures/registry.ts';
import { ApiClient } from './api.ts';
import { buildTimes } from './build-scenario.ts';
import { run, timed } from './command.ts';
import { composeTimes } from './compose-scenario.ts';
import { KernelFloor } from './floor.ts';
import { forwardScenario } from './forward-scenario.ts';
import { pushLargeImage, smallImage } from './images.ts';
import {
  copyScenario,
  crowdScenario,
  logScenario,
  manyScenario,
  nameScenario,
  portScenario,
  startScenario,
} from './load-scenarios.ts';
import { pageTimes } from './page.ts';
import type { Peer } from './peers.ts';
import { proportionalMemory } from './processes.ts';
import type { Row, Series } from './statistics.ts';

/** The image of the start measurements. */
const IMAGE = 'bench/small';
/** Rounds that warm up caches and are not counted. */
const WARM_UP = 2;
const BURST_CONTAINERS = 100;
const BURST_WIDTH = 8;
const MEMORY_CONTAINERS = 10;
/** ms of rest before memory is read: heaps shrink and threads end only after some idle time. */
const REST = 60_000;

export interface Context {
  /** Ours first. */
  readonly peers: readonly Peer[];
  readonly directory: string;
  readonly rounds: number | null;
  readonly progress: (text: string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly measure: (context: Context) => Promise<Row[]>;
}

/** Everything that is measured, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'run',
    measure: async (context) => [
      await commands(context, 'run --rm, bridge', 15, (peer) => peer.command('run', '--rm', IMAGE, 'true')),
    ],
  },
  {
    name: 'run-none',
    measure: async (context) => [
      await commands(context, 'run --rm, no network', 15, (peer) =>
        peer.command('run', '--rm', '--network', 'none', IMAGE, 'true'),
      ),
    ],
  },
  {
    name: 'client',
    measure: async (context) => {
      const row = await commands(context, 'version', 15, (peer) => peer.command('version'));
      return [{ ...row, note: 'one question to the engine: what the client itself takes of the times above' }];
    },
  },
  { name: 'exec', measure: execScenario },
  { name: 'api', measure: apiScenario },
  { name: 'burst', measure: burstScenario },
  { name: 'pull', measure: pullScenario },
  { name: 'build', measure: buildScenario },
  { name: 'compose', measure: composeScenario },
  { name: 'memory', measure: memoryScenario },
  { name: 'start', measure: startScenario },
  { name: 'crowd', measure: crowdScenario },
  { name: 'many', measure: manyScenario },
  { name: 'copy', measure: copyScenario },
  { name: 'log', measure: logScenario },
  { name: 'names', measure: nameScenario },
  { name: 'port', measure: portScenario },
  { name: 'forward', measure: forwardScenario },
  { name: 'page', measure: pageScenario },
];

async function prepare({ peers }: Context): Promise<void> {
  const tar = await smallImage();
  for (const peer of peers) {
    await peer.start();
    await run(peer.command('import', '-', IMAGE), tar);
  }
}

async function finish({ peers }: Context): Promise<void> {
  for (const peer of peers) await peer.stop();
}

/** Measures in turns (A B C, A B C), so that what else the machine does hits all alike. */
async function interleaved(
  context: Context,
  rounds: number,
  warmUp: number,
  measure: (peer: Peer) => Promise<number>,
): Promise<Map<string, Series>> {
  const values = new Map<string, number[]>(context.peers.map(({ name }) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const peer of context.peers) {
      const value = await measure(peer);
      if (round >= 0) values.get(peer.name)?.push(value);
    }
  }
  return new Map([...values].map(([name, list]) => [name, { unit: 'ms', values: list }]));
}

async function commands(
  context: Context,
  name: string,
  rounds: number,
  command: (peer: Peer) => ReturnType<Peer['command']>,
): Promise<Row> {
  await prepare(context);
  const series = await interleaved(context, context.rounds ?? rounds, WARM_UP, (peer) => timed(command(peer)));
  await finish(context);
  return { name, note: '', series };
}

async function execScenario(context: Context): Promise<Row[]> {
  await prepare(context);
  for (const peer of context.peers) {
    await run(peer.command('run', '-d', '--name', 'target', '--network', 'none', IMAGE, 'sleep', '1000'));
  }
  const own = new Map<string, number[]>(context.peers.map(({ name }) => [name, []]));
  const series = await interleaved(context, context.rounds ?? 20, WARM_UP, async (peer) => {
    const client = await timed(peer.command('--version'));
    const whole = await timed(peer.command('exec', 'target', 'true'));
    own.get(peer.name)?.push(Math.max(0, whole - client));
    return whole;
  });
  await finish(context);
  const parts = new Map<string, Series>(
    [...own].map(([name, list]) => [name, { unit: 'ms', values: list.slice(WARM_UP) }]),
  );
  return [
    { name: 'exec', note: '', series },
    { name: 'exec, less client', note: 'without what the client takes to say its version and end', series: parts },
  ];
}

/** Builds through BuildKit's door; podman has another builder. */
async function buildScenario(context: Context): Promise<Row[]> {
  const own = { ...context, peers: context.peers.filter(({ name }) => name !== 'podman') };
  await prepare(own);
  const rows = await buildTimes(own.peers, context.directory, context.rounds ?? 10);
  await finish(own);
  return rows;
}

/** A project of ten services up and down; podman has no Compose here. */
async function composeScenario(context: Context): Promise<Row[]> {
  const own = { ...context, peers: context.peers.filter(({ name }) => name !== 'podman') };
  await prepare(own);
  const { up, down } = await composeTimes(own.peers, context.directory, IMAGE, context.rounds ?? 5);
  await finish(own);
  const note =
    'ten services in five chains, a network, five volumes; berth compose here, docker-compose 1.29 on dockerd';
  return [
    { name: 'compose up -d', note, series: up },
    { name: 'compose down -v', note: '', series: down },
  ];
}

/** Create and start over one kept connection, in turns with the same container made by hand. */
async function apiScenario(context: Context): Promise<Row[]> {
  const rounds = context.rounds ?? 50;
  const daemons = context.peers.filter((peer) => peer.name !== 'podman');
  const own = { ...context, peers: daemons };
  await prepare(own);
  const floor = await KernelFloor.open(context.directory, await smallImage());
  const values = new Map<string, number[]>();
  const add = (name: string, value: number): void => void values.set(name, [...(values.get(name) ?? []), value]);
  const clients = daemons.map((peer) => ({ peer, client: new ApiClient(join(peer.directory, 'api.sock')) }));
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const { executed, reaped } = await floor.measure();
    const times = [];
    for (const { peer, client } of clients) times.push({ name: peer.name, time: await createAndStart(client) });
    if (round < 0) continue;
    add('floor to exec', executed);
    add('floor to reap', reaped);
    for (const { name, time } of times) add(name, time);
  }
  for (const { client } of clients) client.close();
  floor.close();
  await finish(own);
  const series = new Map<string, Series>([...values].map(([name, list]) => [name, { unit: 'ms', values: list }]));
  const note =
    'one kept connection, no network; the floor is a C parent that makes the same container (directories, cgroups, ' +
    'clone3, mounts, seccomp), until execve and until it has reaped `true`';
  return [{ name: 'API create + start', note, series }];
}

async function createAndStart(client: ApiClient): Promise<number> {
  const begin = performance.now();
  const created = await client.send('POST', '/v1.40/containers/create', {
    Image: IMAGE,
    Cmd: ['true'],
    HostConfig: { NetworkMode: 'none' },
  });
  const { Id: id } = JSON.parse(created) as { Id: string };
  await client.send('POST', `/v1.40/containers/${id}/start`);
  const duration = performance.now() - begin;
  await client.send('POST', `/v1.40/containers/${id}/wait`);
  await client.send('DELETE', `/v1.40/containers/${id}`);
  return duration;
}

async function burstScenario(context: Context): Promise<Row[]> {
  await prepare(context);
  const measure = async (peer: Peer): Promise<number> => {
    let left = BURST_CONTAINERS;
    const begin = performance.now();
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await timed(peer.command('run', '--rm', IMAGE, 'true'));
      }
    };
    await Promise.all(Array.from({ length: BURST_WIDTH }, worker));
    return performance.now() - begin;
  };
  const series = await interleaved(context, context.rounds ?? 2, 0, measure);
  await finish(context);
  const note = `${BURST_CONTAINERS} times run --rm with bridge, ${BURST_WIDTH} at a time, all together`;
  return [{ name: '100 containers', note, series }];
}

async function pullScenario(context: Context): Promise<Row[]> {
  const registry = await LocalRegistry.start();
  try {
    const { reference, description } = await pushLargeImage(registry.host);
    const series = await interleaved(context, context.rounds ?? 5, 0, async (peer) => {
      await peer.start();
      // What the last round left to be written must not be paid for by this one.
      await run({ argv: ['sync'], env: {} });
      const duration = await timed(peer.pull(reference));
      await peer.stop();
      return duration;
    });
    const note = `${description}, from a registry on this machine, each time to an empty data root on ${filesystemOf(context.directory)}`;
    return [{ name: 'pull', note, series }];
  } finally {
    await registry.stop();
  }
}

function filesystemOf(directory: string): string {
  const TMPFS_MAGIC = 0x01021994;
  return statfsSync(directory).type === TMPFS_MAGIC ? 'tmpfs' : 'disk';
}

/** Memory of the engines at rest, after a pull too, and what each running container adds outside of itself. */
async function memoryScenario(context: Context): Promise<Row[]> {
  const registry = await LocalRegistry.start();
  try {
    const { reference } = await pushLargeImage(registry.host);
    await prepare(context);
    const fresh = await memoryAtRest(context, 'after start');
    for (const peer of context.peers) await run(peer.pull(reference));
    const pulled = await memoryAtRest(context, 'after a pull');
    for (const peer of context.peers) {
      for (let index = 0; index < MEMORY_CONTAINERS; index += 1)
        await run(peer.command('run', '-d', IMAGE, 'sleep', '1000'));
    }
    const running = await memoryAtRest(context, `with ${MEMORY_CONTAINERS} containers`);
    await finish(context);
    const each = new Map<string, Series>();
    for (const [name, { values }] of running) {
      const before = pulled.get(name)?.values[0] ?? Number.NaN;
      each.set(name, { unit: 'MB', values: [((values[0] ?? Number.NaN) - before) / MEMORY_CONTAINERS] });
    }
    const note = `sum of PSS of all its processes outside containers, ${REST / 1000} s at rest`;
    return [
      { name: 'memory, idle', note, series: fresh },
      { name: 'memory, after pull', note: 'as above, after the 150 MB pull', series: pulled },
      {
        name: 'memory, per container',
        note: `growth with ${MEMORY_CONTAINERS} running containers, each`,
        series: each,
      },
    ];
  } finally {
    await registry.stop();
  }
}

async function memoryAtRest({ peers, progress }: Context, when: string): Promise<Map<string, Series>> {
  await new Promise((wake) => setTimeout(wake, REST));
  return new Map(
    peers.map(({ name, directory }) => {
      const { total, each } = proportionalMemory(directory);
      progress(`memory ${when}, ${name}: ${each === '' ? 'no process' : `${each} MB`}`);
      return [name, { unit: 'MB', values: [total] } satisfies Series];
    }),
  );
}

/** The app's window on our own engine; the peers have none. */
async function pageScenario(context: Context): Promise<Row[]> {
  const own = { ...context, peers: context.peers.filter((peer) => peer.name === 'berth') };
  await prepare(own);
  const times: number[] = [];
  for (const peer of own.peers) {
    await run(peer.command('run', '-d', '--name', 'shown', IMAGE, 'sleep', '1000'));
    times.push(...((await pageTimes(join(peer.directory, 'api.sock'), 'shown', context.rounds ?? 5)) ?? []));
  }
  await finish(own);
  if (times.length === 0) {
    context.progress('there is no Chromium here, so the page is left out');
    return [];
  }
  const note = 'the app in Chromium, until its list of containers is there';
  return [{ name: 'page, interactive', note, series: new Map([['berth', { unit: 'ms', values: times }]]) }];
}
