import type { StatsSample } from '../contract/stats.ts';
import { BridgeError } from '../rpc/error.ts';
import type { ServerChannel } from '../rpc/server.ts';
import type { DockerClient } from './docker-client.ts';
import { toBridgeError } from './docker-client.ts';
import type { DockerContainerRow } from './docker-types.ts';
import { isHelper } from './helper.ts';
import { jsonLines } from './json-lines.ts';

/** What the API answers for `stats`, as far as it is read. */
export interface DockerStats {
  readonly read?: string;
  readonly cpu_stats?: {
    readonly cpu_usage?: { readonly total_usage?: number };
    readonly system_cpu_usage?: number;
    readonly online_cpus?: number;
  };
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: { readonly inactive_file?: number; readonly total_inactive_file?: number };
  };
  readonly pids_stats?: { readonly current?: number };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>> | null;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
}

/** Between two looks at all containers, in milliseconds: often enough for a line that moves, seldom enough to cost nothing. */
const INTERVAL_MS = 2000;
/** Containers asked at once. */
const CONCURRENCY = 8;
/** Above this a machine has no limit worth the name: engines report the machine's memory, or 2^63. */
const NO_LIMIT = 2 ** 50;

/** The sample in an answer; `before` is the one that came earlier, for what is a rate. */
export function sampleOf(id: string, stats: DockerStats, before: DockerStats | undefined, now: number): StatsSample {
  const memory = stats.memory_stats ?? {};
  // As docker's command does: the page cache that can be dropped at any time does not count.
  const cache = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  const networks = Object.values(stats.networks ?? {});
  const blocks = stats.blkio_stats?.io_service_bytes_recursive ?? [];
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const limit = memory.limit ?? 0;
  return {
    id,
    at: now,
    cpus: cpusBetween(stats, before),
    memoryBytes: Math.max(0, (memory.usage ?? 0) - (cache < (memory.usage ?? 0) ? cache : 0)),
    memoryLimit: limit > NO_LIMIT ? 0 : limit,
    pids: stats.pids_stats?.current ?? 0,
    netRx: sum(networks.map(({ rx_bytes }) => rx_bytes)),
    netTx: sum(networks.map(({ tx_bytes }) => tx_bytes)),
    blockRead: sum(blocks.filter(({ op }) => op.toLowerCase() === 'read').map(({ value }) => value)),
    blockWrite: sum(blocks.filter(({ op }) => op.toLowerCase() === 'write').map(({ value }) => value)),
  };
}

function cpusBetween(now: DockerStats, before: DockerStats | undefined): number | null {
  const [total, earlier] = [now.cpu_stats?.cpu_usage?.total_usage, before?.cpu_stats?.cpu_usage?.total_usage];
  if (total === undefined || earlier === undefined || before === undefined) return null;
  const [system, systemBefore] = [now.cpu_stats?.system_cpu_usage, before.cpu_stats?.system_cpu_usage];
  const used = total - earlier;
  if (system !== undefined && systemBefore !== undefined && system > systemBefore) {
    return Math.max(0, (used / (system - systemBefore)) * (now.cpu_stats?.online_cpus ?? 1));
  }
  // An engine that does not tell the machine's time: the clock is as good.
  const elapsed = Date.parse(now.read ?? '') - Date.parse(before.read ?? '');
  return elapsed > 0 ? Math.max(0, used / 1e6 / elapsed) : null;
}

/**
 * One sample of every running container. `before` holds what each answered the last time, for what is a rate, and is
 * brought up to date. Rejects when the engine is away.
 */
export async function measureAll(docker: DockerClient, before: Map<string, DockerStats>): Promise<StatsSample[]> {
  const rows = await docker.json<DockerContainerRow[]>('GET', '/containers/json');
  const queue = rows.filter(({ State, Labels }) => State === 'running' && !isHelper(Labels)).map(({ Id }) => Id);
  for (const id of [...before.keys()]) if (!queue.includes(id)) before.delete(id);
  const samples: StatsSample[] = [];
  const work = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const stats = await docker
        .json<DockerStats>('GET', `/containers/${id}/stats`, { query: { stream: false, 'one-shot': true } })
        .catch((error: unknown) => {
          // It ended meanwhile.
          if (error instanceof BridgeError && error.code !== 'engine-unreachable') return null;
          throw error;
        });
      if (stats === null) continue;
      samples.push(sampleOf(id, stats, before.get(id), Date.now()));
      before.set(id, stats);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return samples;
}

/** The contract's `stats.all` and `stats.one`. However many pages watch, each container is asked once a round. */
export class StatsService {
  readonly #docker: DockerClient;
  readonly #watchers = new Set<ServerChannel<readonly StatsSample[]>>();
  readonly #busy = new Set<ServerChannel<readonly StatsSample[]>>();
  readonly #before = new Map<string, DockerStats>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | null = null;

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  /** Sends the newest samples until the page leaves; a page that is slow misses rounds. */
  async all(channel: ServerChannel<readonly StatsSample[]>): Promise<void> {
    this.#watchers.add(channel);
    this.#start();
    await new Promise<void>((resolve) => {
      channel.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    this.#watchers.delete(channel);
    if (this.#watchers.size === 0) this.dispose();
  }

  async one(id: string, channel: ServerChannel<StatsSample>): Promise<void> {
    const response = await this.#docker.open('GET', `/containers/${id}/stats`, {
      query: { stream: true },
      signal: channel.signal,
    });
    let before: DockerStats | undefined;
    try {
      for await (const line of jsonLines(response)) {
        const stats = line as DockerStats;
        await channel.item(sampleOf(id, stats, before, Date.now()));
        before = stats;
      }
    } catch (error) {
      throw toBridgeError(error, channel.signal);
    } finally {
      response.destroy();
    }
  }

  /** Stops asking. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#before.clear();
  }

  #start(): void {
    if (this.#round !== null || this.#timer !== undefined) return;
    this.#round = this.#ask()
      // An engine that is away has nothing to tell; the page knows from its events.
      .catch(() => {})
      .finally(() => {
        this.#round = null;
        if (this.#watchers.size === 0) return;
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#start();
        }, INTERVAL_MS);
      });
  }

  async #ask(): Promise<void> {
    const samples = await measureAll(this.#docker, this.#before);
    for (const channel of this.#watchers) {
      if (this.#busy.has(channel)) continue;
      this.#busy.add(channel);
      const done = () => this.#busy.delete(channel);
      channel.item(samples).then(done, done);
    }
  }
}
