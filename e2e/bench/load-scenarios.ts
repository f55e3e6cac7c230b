import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ApiClient } from './api.ts';
import { run, timed } from './command.ts';
import { GUEST_IMAGE as IMAGE, guestImage, readFrom } from './guest.ts';
import type { Peer } from './peers.ts';
import type { Context } from './scenarios.ts';
import { quantile, type Row, type Series } from './statistics.ts';

/** Containers that are started at once. */
const STARTED = 100;
/** Running containers of which samples are taken, and with which the engine is started again. */
const RUNNING = 300;
const COPIED_BYTES = 1e9;
const LOGGED_BYTES = 200e6;
/** ms of questions to the resolver. */
const ASKED = 2000;
const CLIENTS = 8;
/** Clients at once, and how often each lists after a start. */
const CROWD = 64;
const LISTS = 5;

type Measure = (peer: Peer) => Promise<number>;

async function begin({ peers }: Context): Promise<void> {
  const image = await guestImage();
  for (const peer of peers) {
    await peer.start();
    await run(peer.command('import', '-', IMAGE), image);
  }
}

async function end({ peers }: Context): Promise<void> {
  for (const peer of peers) await peer.stop();
}

/** One row, a peer that cannot do it left out with its reason. */
async function row(
  context: Context,
  name: string,
  unit: Series['unit'],
  note: string,
  rounds: number,
  measure: Measure,
): Promise<Row> {
  const series = new Map<string, Series>();
  for (const peer of context.peers) {
    try {
      const values: number[] = [];
      for (let round = 0; round < rounds; round += 1) values.push(await measure(peer));
      series.set(peer.name, { unit, values });
    } catch (error) {
      context.progress(
        `${peer.name} is left out of "${name}": ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return { name, note, series };
}

function daemons(context: Context): Context {
  return { ...context, peers: context.peers.filter((peer) => peer.name !== 'podman') };
}

function clients(peer: Peer, count: number): ApiClient[] {
  return Array.from({ length: count }, () => new ApiClient(join(peer.directory, 'api.sock')));
}

async function makeContainers(peer: Peer, count: number): Promise<string[]> {
  const [client] = clients(peer, 1) as [ApiClient];
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const body = { Image: IMAGE, Cmd: ['sleep', '100000'], HostConfig: { NetworkMode: 'none' } };
    ids.push((JSON.parse(await client.send('POST', '/v1.40/containers/create', body)) as { Id: string }).Id);
  }
  client.close();
  return ids;
}

/** Sends one request for each id, all over a number of connections at once. */
async function forEach(
  peer: Peer,
  ids: readonly string[],
  width: number,
  send: (client: ApiClient, id: string) => Promise<unknown>,
): Promise<void> {
  const left = [...ids];
  await Promise.all(
    clients(peer, width).map(async (client) => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) await send(client, id);
      client.close();
    }),
  );
}

async function removeAll(peer: Peer, ids: readonly string[]): Promise<void> {
  await forEach(peer, ids, CLIENTS, (client, id) => client.send('DELETE', `/v1.40/containers/${id}?force=1`));
}

/** All started by as many requests at once. */
export async function startScenario(context: Context): Promise<Row[]> {
  const own = daemons(context);
  await begin(own);
  const note = `${STARTED} created containers without network, started by as many requests at once`;
  const result = await row(own, `${STARTED} starts at once`, 'ms', note, context.rounds ?? 3, async (peer) => {
    const ids = await makeContainers(peer, STARTED);
    const start = performance.now();
    await forEach(peer, ids, STARTED, (client, id) => client.send('POST', `/v1.40/containers/${id}/start`));
    const duration = performance.now() - start;
    await removeAll(peer, ids);
    return duration;
  });
  await end(own);
  return [result];
}

/** A crowd of clients, each with a connection of its own, that list and start at the same time. */
export async function crowdScenario(context: Context): Promise<Row[]> {
  const own = daemons(context);
  await begin(own);
  const times = new Map<string, { lists: number[]; starts: number[] }>();
  for (const peer of own.peers) {
    const ids = await makeContainers(peer, STARTED);
    const measured = { lists: [] as number[], starts: [] as number[] };
    const clocked = async (into: number[], work: Promise<unknown>): Promise<void> => {
      const begun = performance.now();
      await work;
      into.push(performance.now() - begun);
    };
    await forEach(peer, ids, CROWD, async (client, id) => {
      await clocked(measured.starts, client.send('POST', `/v1.40/containers/${id}/start`));
      for (let turn = 0; turn < LISTS; turn += 1)
        await clocked(measured.lists, client.send('GET', '/v1.40/containers/json?all=1'));
    });
    times.set(peer.name, measured);
    await removeAll(peer, ids);
  }
  await end(own);
  const rowOf = (what: 'lists' | 'starts', name: string, share: number): Row => ({
    name: `${name} of ${CROWD} clients, p${share * 100}`,
    note: `${STARTED} starts, and ${LISTS} lists of ${STARTED} containers after each`,
    series: new Map(
      [...times].map(([peer, measured]): [string, Series] => [
        peer,
        { unit: 'ms', values: [quantile(measured[what], share)] },
      ]),
    ),
  });
  return [0.5, 0.99].flatMap((share) => [rowOf('starts', 'start', share), rowOf('lists', 'list', share)]);
}

/** Samples and the list with many running containers; our engine is killed and started again with them. */
export async function manyScenario(context: Context): Promise<Row[]> {
  const own = daemons(context);
  await begin(own);
  const running = new Map<string, string[]>();
  for (const peer of own.peers) {
    const ids = await makeContainers(peer, RUNNING);
    await forEach(peer, ids, CLIENTS, (client, id) => client.send('POST', `/v1.40/containers/${id}/start`));
    running.set(peer.name, ids);
  }
  const rounds = context.rounds ?? 5;
  const idsOf = (peer: Peer): string[] => running.get(peer.name) ?? [];
  const rows = [
    await row(
      own,
      `stats of ${RUNNING}`,
      'ms',
      `one sample of each, ${CLIENTS} asked at a time`,
      // dockerd takes more than a second for each.
      Math.min(rounds, 2),
      async (peer) => {
        const start = performance.now();
        await forEach(peer, idsOf(peer), CLIENTS, (client, id) =>
          client.send('GET', `/v1.41/containers/${id}/stats?stream=false&one-shot=true`),
        );
        return performance.now() - start;
      },
    ),
    await row(
      own,
      `list of ${RUNNING}`,
      'ms',
      'GET /containers/json?all=1 over one connection',
      rounds * 4,
      async (peer) => {
        const [client] = clients(peer, 1) as [ApiClient];
        await client.send('GET', '/_ping');
        const start = performance.now();
        await client.send('GET', '/v1.40/containers/json?all=1');
        const duration = performance.now() - start;
        client.close();
        return duration;
      },
    ),
    await row(
      { ...own, peers: own.peers.filter((peer) => peer.crash !== undefined) },
      'restart',
      'ms',
      `kill -9 of the engine with ${RUNNING} running containers, until it answers again`,
      Math.min(rounds, 3),
      async (peer) => (await peer.crash?.()) ?? Number.NaN,
    ),
  ];
  for (const peer of own.peers) await removeAll(peer, idsOf(peer));
  await end(own);
  return rows;
}

/** A file of random bytes into a container and out again. */
export async function copyScenario(context: Context): Promise<Row[]> {
  await begin(context);
  const file = join(context.directory, 'random');
  const fd = openSync(file, 'w');
  const piece = randomBytes(1e7);
  for (let written = 0; written < COPIED_BYTES; written += piece.length) writeSync(fd, piece);
  closeSync(fd);
  for (const peer of context.peers)
    await run(peer.command('run', '-d', '--name', 'target', '--network', 'none', IMAGE, 'sleep', '100000'));
  const rounds = context.rounds ?? 2;
  const size = `${COPIED_BYTES / 1e9} GB of random bytes`;
  const rows = [
    await row(context, 'cp into', 'ms', `${size} to a running container`, rounds, (peer) =>
      timed(peer.command('cp', file, 'target:/random')),
    ),
    await row(context, 'cp out of', 'ms', `${size} to a file`, rounds, (peer) =>
      timed(peer.command('cp', 'target:/random', `${file}.out`)),
    ),
  ];
  rmSync(file);
  rmSync(`${file}.out`, { force: true });
  await end(context);
  return rows;
}

/** What a container writes until it is all in the log. */
export async function logScenario(context: Context): Promise<Row[]> {
  await begin(context);
  const note = `${LOGGED_BYTES / 1e6} MB in lines of 100 bytes, until the container has ended; each engine's default log driver`;
  const result = await row(context, 'log', 'MB/s', note, context.rounds ?? 3, async (peer) => {
    const id = (
      await run(peer.command('create', '--network', 'none', IMAGE, 'guest', 'log', String(LOGGED_BYTES)))
    ).trim();
    const start = performance.now();
    await run(peer.command('start', id));
    await run(peer.command('wait', id));
    const seconds = (performance.now() - start) / 1000;
    await run(peer.command('rm', id));
    return LOGGED_BYTES / 1e6 / seconds;
  });
  await end(context);
  return [result];
}

/** Questions for a neighbour's name on a user-defined network. */
export async function nameScenario(context: Context): Promise<Row[]> {
  await begin(context);
  const result = await row(
    context,
    'names',
    '/s',
    "answers for a neighbour's name, eight questions at a time",
    context.rounds ?? 3,
    async (peer) => {
      await run(peer.command('network', 'create', 'asked'));
      try {
        await run(peer.command('run', '-d', '--name', 'neighbour', '--network', 'asked', IMAGE, 'sleep', '100000'));
        const answers = await run(
          peer.command('run', '--rm', '--network', 'asked', IMAGE, 'guest', 'dns', 'neighbour', String(ASKED)),
        );
        return Number(answers) / (ASKED / 1000);
      } finally {
        await run(peer.command('rm', '-f', 'neighbour')).catch(() => '');
        await run(peer.command('network', 'rm', 'asked')).catch(() => '');
      }
    },
  );
  await end(context);
  return [result];
}

/** Bytes through a published port. */
export async function portScenario(context: Context): Promise<Row[]> {
  await begin(context);
  const result = await row(
    context,
    'published port',
    'MB/s',
    'from a container to a client on 127.0.0.1',
    context.rounds ?? 3,
    async (peer) => {
      await run(
        peer.command('run', '-d', '--name', 'server', '-p', '127.0.0.1::9000', IMAGE, 'guest', 'serve', '9000'),
      );
      try {
        const address = (await run(peer.command('port', 'server', '9000'))).trim();
        return await readFrom(Number(address.split(':').at(-1)));
      } finally {
        await run(peer.command('rm', '-f', 'server'));
      }
    },
  );
  await end(context);
  return [result];
}
