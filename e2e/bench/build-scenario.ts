import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFilesystemTar } from '../fixtures/test-image.ts';
import { ApiClient } from './api.ts';
import { run, timed, type Command } from './command.ts';
import type { Peer } from './peers.ts';
import type { Row } from './statistics.ts';

/** Debian's docker 20.10 builds with BuildKit without a plugin, on our engine and on dockerd alike. */
const CLIENT = '/usr/bin/docker';
const BASE = 'bench/tools';
const FILES = 20_000;
const FILES_PER_DIRECTORY = 200;
const STAGES = 12;
const PLAIN = 'plain';
/** Bytes of what `.dockerignore` leaves out; sparse, for nobody may read it. */
const IGNORED_SIZE = 2 * 1024 ** 3;

interface Case {
  readonly name: string;
  readonly note: string;
  readonly directory: string;
  /** Rounds that are counted at most. */
  readonly rounds: number;
  /** Before every round of every peer. */
  change(round: string): void;
  readonly flags: readonly string[];
}

/** Milliseconds of builds by docker's command, in turns; podman builds in another way and is left out. */
export async function buildTimes(peers: readonly Peer[], directory: string, rounds: number): Promise<Row[]> {
  const tar = await rootFilesystemTar();
  for (const peer of peers) await run(peer.command('import', '-', BASE), tar);
  const rows: Row[] = [];
  for (const one of cases(join(directory, 'builds'))) {
    const values = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
    for (let round = -1; round < Math.min(rounds, one.rounds); round += 1)
      for (const peer of peers) {
        one.change(`${peer.name} ${round}`);
        const time = await timed(build(peer, one));
        // The first fills caches.
        if (round >= 0) values.get(peer.name)?.push(time);
      }
    const series = new Map([...values].map(([name, list]) => [name, { unit: 'ms' as const, values: list }]));
    rows.push({ name: one.name, note: one.note, series });
  }
  rows.push(await cachedByApi(peers, join(directory, 'builds'), rounds));
  return rows;
}

/** The same build with nothing changed, asked for by the API: what the engines do, without the start of a client. */
async function cachedByApi(peers: readonly Peer[], root: string, rounds: number): Promise<Row> {
  const archive = execFileSync('tar', ['-C', join(root, PLAIN), '-c', '.']);
  const values = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  const row: Row = {
    name: 'build by the API, nothing changed',
    note: 'POST /build, classic: without the start of a client',
    series: new Map([...values].map(([name, list]) => [name, { unit: 'ms' as const, values: list }])),
  };
  for (const peer of peers) {
    const client = new ApiClient(join(peer.directory, 'api.sock'));
    for (let round = -1; round < rounds; round += 1) {
      const begun = performance.now();
      const answer = await client.send('POST', '/v1.40/build?t=bench/api', archive);
      const time = performance.now() - begun;
      if (!answer.includes('Successfully built')) throw new Error(`${peer.name}: ${answer}`);
      if (round >= 0) values.get(peer.name)?.push(time);
    }
    client.close();
  }
  return row;
}

function build(peer: Peer, { directory, flags }: Case): Command {
  const { argv, env } = peer.command('build', '-q', ...flags, directory);
  return { argv: [CLIENT, ...argv.slice(1)], env: { ...env, DOCKER_BUILDKIT: '1' } };
}

function cases(root: string): Case[] {
  const make = (name: string, files: Readonly<Record<string, string>>): string => {
    const directory = join(root, name);
    mkdirSync(directory, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
    return directory;
  };
  const steps = [
    `FROM ${BASE}`,
    'COPY first /first',
    'RUN echo one > /one',
    'RUN echo two > /two',
    'COPY second /second',
  ];
  const plain = make(PLAIN, { Dockerfile: steps.join('\n'), first: 'first', second: 'second' });
  const stages = Array.from({ length: STAGES }, (_, at) => [
    `FROM ${BASE} AS s${at}`,
    `RUN sleep 0.2 && echo ${at} > /made${at}`,
  ]);
  const joined = stages.map((_, at) => `COPY --from=s${at} /made${at} /`);
  const parallel = make('parallel', { Dockerfile: [...stages.flat(), 'FROM scratch', ...joined].join('\n') });
  const many = make('many', { Dockerfile: `FROM ${BASE}\nCOPY . /files/\n`, changing: '' });
  for (let at = 0; at < FILES; at += 1) {
    const folder = join(many, `d${Math.floor(at / FILES_PER_DIRECTORY)}`);
    if (at % FILES_PER_DIRECTORY === 0) mkdirSync(folder);
    writeFileSync(join(folder, `f${at}`), `content of file ${at}\n`);
  }
  const ignoring = make('ignoring', {
    Dockerfile: `FROM ${BASE}\nCOPY . /\n`,
    '.dockerignore': 'large\n',
    large: '',
    file: '',
  });
  truncateSync(join(ignoring, 'large'), IGNORED_SIZE);
  const nothing = (): void => undefined;
  const rewrite = (file: string) => (round: string) => {
    writeFileSync(file, round);
  };
  return [
    {
      name: 'build, nothing changed',
      note: 'five instructions; docker 20.10 with BuildKit for both',
      directory: plain,
      rounds: 50,
      change: nothing,
      flags: [],
    },
    {
      name: 'build, last file changed',
      note: '',
      directory: plain,
      rounds: 20,
      change: rewrite(join(plain, 'second')),
      flags: [],
    },
    {
      name: `build, ${STAGES} stages`,
      note: 'each sleeps 0.2 s; nothing cached',
      directory: parallel,
      rounds: 5,
      change: nothing,
      flags: ['--no-cache'],
    },
    {
      name: 'build, COPY of 20,000 files',
      note: 'one of them changed',
      directory: many,
      rounds: 3,
      change: rewrite(join(many, 'changing')),
      flags: [],
    },
    {
      name: 'build, 2 GB left out',
      note: 'by .dockerignore',
      directory: ignoring,
      rounds: 10,
      change: rewrite(join(ignoring, 'file')),
      flags: [],
    },
  ];
}
