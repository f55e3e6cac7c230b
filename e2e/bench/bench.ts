/**
 * Measures Berth beside Debian's dockerd and podman, in one run and in turns, and prints medians and ratios.
 *
 *     npm run bench -- [--only NAME,...] [--rounds N] [--directory DIR] [--json] [--docker FILE] [--podman-runtime FILE]
 *
 * As root, everything runs in mount and network namespaces of its own; as an ordinary user Berth is measured alone
 * with podman. A peer that is missing or does not start is said so and left out. Page times are measured by `e2e/perf`.
 */
import { cpus, release } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../runtime/common/errors.ts';
import { isolate } from './isolation.ts';
import { BerthPeer, DockerPeer, PodmanPeer, type Peer, type PeerOptions } from './peers.ts';
import { SCENARIOS } from './scenarios.ts';
import { median, table, type Row } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    directory: { type: 'string', default: '/tmp' },
    json: { type: 'boolean', default: false },
    docker: { type: 'string', default: 'docker' },
    dockerd: { type: 'string', default: 'dockerd' },
    podman: { type: 'string', default: 'podman' },
    'podman-runtime': { type: 'string' },
    peers: { type: 'string', default: 'berth,dockerd,podman' },
  },
});

const outcome = isolate();
process.exitCode = outcome ?? (await main());

async function main(): Promise<number> {
  const chosen = options.only?.split(',') ?? SCENARIOS.map(({ name }) => name);
  const unknown = chosen.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    say(`nothing is called ${unknown.join(', ')}; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const directory = mkdtempSync(join(options.directory, 'bb-'));
  try {
    const peers = await usablePeers(directory);
    const rounds = options.rounds === undefined ? null : Number(options.rounds);
    const rows: Row[] = [];
    for (const scenario of SCENARIOS.filter(({ name }) => chosen.includes(name))) {
      say(`measuring ${scenario.name} ...`);
      rows.push(...(await scenario.measure({ peers, directory, rounds, progress: say })));
    }
    report(rows, peers);
    return 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The peers that start here. Ours must. */
async function usablePeers(directory: string): Promise<Peer[]> {
  const binaries: PeerOptions = {
    docker: options.docker,
    dockerd: options.dockerd,
    podman: options.podman,
    podmanRuntime: options['podman-runtime'] ?? null,
  };
  const wanted = options.peers.split(',');
  const all = [
    new BerthPeer(join(directory, 'berth'), options.docker),
    new DockerPeer(join(directory, 'dockerd'), binaries),
    new PodmanPeer(join(directory, 'podman'), binaries),
  ].filter(({ name }) => wanted.includes(name));
  const usable: Peer[] = [];
  for (const peer of all) {
    try {
      await peer.start();
      say(`${peer.name} ${await peer.describe()}`);
      await peer.stop();
      usable.push(peer);
    } catch (error) {
      if (peer instanceof BerthPeer) throw error;
      say(`${peer.name} is left out: ${messageOf(error)}`);
    }
  }
  return usable;
}

function report(rows: readonly Row[], peers: readonly Peer[]): void {
  if (options.json) {
    const plain = rows.map(({ name, note, series }) => ({
      name,
      note,
      series: Object.fromEntries(
        [...series].map(([engine, { unit, values }]) => [engine, { unit, median: median(values), values }]),
      ),
    }));
    process.stdout.write(`${JSON.stringify(plain, null, 2)}\n`);
    return;
  }
  // The kernel's floor, and what is no engine.
  const known = peers.map(({ name }) => name);
  const others = new Set(rows.flatMap(({ series }) => [...series.keys()]).filter((name) => !known.includes(name)));
  say(`\n${cpus().length} processors (${cpus()[0]?.model ?? ''}), Linux ${release()}; medians (best)`);
  process.stdout.write(`${table(rows, [...known, ...others])}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
