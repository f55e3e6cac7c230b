import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { timed, type Command } from './command.ts';
import type { Peer } from './peers.ts';
import type { Series } from './statistics.ts';

/** Services of the project: a chain of two in each of five pairs, on one network, each with a volume. */
const PAIRS = 5;

function project(image: string): string {
  const services = Array.from(
    { length: PAIRS },
    (_, at) => `
  front${at}: {image: ${image}, command: sleep 1000, init: true, stop_grace_period: 1s, depends_on: [back${at}]}
  back${at}: {image: ${image}, command: sleep 1000, init: true, stop_grace_period: 1s, volumes: ["v${at}:/v"]}`,
  );
  const volumes = Array.from({ length: PAIRS }, (_, at) => `  v${at}: {}\n`);
  return `version: '3.7'\nservices:${services.join('')}\nvolumes:\n${volumes.join('')}`;
}

/** What brings a project up on a peer: our own command on our engine, Debian's docker-compose elsewhere. */
function compose(peer: Peer, file: string, ...words: readonly string[]): Command {
  const env = { DOCKER_HOST: `unix://${join(peer.directory, 'api.sock')}`, HOME: peer.directory };
  const head = peer.name === 'berth' ? [process.execPath, BERTH_COMMAND, 'compose'] : ['docker-compose'];
  return { argv: [...head, '-f', file, ...words], env };
}

/** Milliseconds of `up -d` and `down -v` of ten services, in turns. The peers have the image. */
export async function composeTimes(
  peers: readonly Peer[],
  directory: string,
  image: string,
  rounds: number,
): Promise<{ up: Map<string, Series>; down: Map<string, Series> }> {
  const folder = join(directory, 'project');
  mkdirSync(folder);
  const file = join(folder, 'docker-compose.yml');
  writeFileSync(file, project(image));
  const up = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  const down = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1)
    for (const peer of peers) {
      const begun = await timed(compose(peer, file, 'up', '-d'));
      const ended = await timed(compose(peer, file, 'down', '-v', '-t', '1'));
      if (round < 0) continue; // Warms caches up.
      up.get(peer.name)?.push(begun);
      down.get(peer.name)?.push(ended);
    }
  const series = (values: Map<string, number[]>): Map<string, Series> =>
    new Map([...values].map(([name, list]) => [name, { unit: 'ms', values: list }]));
  return { up: series(up), down: series(down) };
}
