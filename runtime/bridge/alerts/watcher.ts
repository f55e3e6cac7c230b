import { setTimeout as pause } from 'node:timers/promises';
import type { AlertRule } from '../../contract/alerts.ts';
import { BridgeError } from '../../rpc/error.ts';
import type { DockerClient } from '../docker-client.ts';
import type { DockerContainer, DockerContainerRow, DockerEvent } from '../docker-types.ts';
import { isHelper } from '../helper.ts';
import { jsonLines } from '../json-lines.ts';
import { Matcher, type LogScan } from '../logs/matcher.ts';
import { readLog } from '../logs/read-log.ts';
import type { Hit } from './alert-desk.ts';
import { isMeant, type Target } from './targets.ts';

/** How often an engine that went away is looked for, in milliseconds. */
const RETRY_MS = 2000;

/** What ends the reading of each log that is followed, by container. */
type Followed = Map<string, AbortController>;

interface WatcherOptions {
  readonly docker: DockerClient;
  readonly hit: (hit: Hit) => void;
  /** A rule's expression takes too long; it is left out from now on. */
  readonly astray: (ruleId: string) => void;
}

/**
 * Follows the logs of running containers that rules are for, whether or not a page is open, and tells of the lines that
 * are meant. With no rule it does nothing at all.
 */
export class LogWatcher {
  readonly #options: WatcherOptions;
  /** Where each log was read to, as the engine's `since` takes it: there it goes on after a break. */
  readonly #seen = new Map<string, string>();
  #rules: readonly AlertRule[] = [];
  #life: AbortController | null = null;
  #matcher: Matcher | null = null;
  /** The rules of each log that is read. */
  readonly #scans = new WeakMap<LogScan, readonly AlertRule[]>();

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Watches by other rules from now on. */
  use(rules: readonly AlertRule[]): void {
    this.#life?.abort();
    this.#life = null;
    this.#rules = rules.filter(({ enabled }) => enabled);
    if (this.#rules.length === 0) {
      this.close();
      return;
    }
    const life = new AbortController();
    this.#life = life;
    void this.#run(life.signal);
  }

  close(): void {
    this.#life?.abort();
    this.#life = null;
    this.#matcher?.close();
    this.#matcher = null;
    this.#seen.clear();
  }

  /** Watches for as long as it is wanted, whatever becomes of the engine. */
  async #run(signal: AbortSignal): Promise<void> {
    const followed: Followed = new Map();
    while (!signal.aborted) {
      // An engine that is away, or another one that was chosen: it is found again.
      await this.#watch(followed, signal).catch(() => undefined);
      for (const stop of followed.values()) stop.abort();
      followed.clear();
      await pause(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #watch(followed: Followed, signal: AbortSignal): Promise<void> {
    const { docker } = this.#options;
    const events = await docker.open('GET', '/events', {
      query: { filters: JSON.stringify({ type: ['container'], event: ['start', 'destroy'] }) },
      signal,
    });
    try {
      const now = Date.now() / 1000;
      const rows = await docker.json<DockerContainerRow[]>('GET', '/containers/json', { signal });
      for (const { Id, Names, Image, Labels } of rows) {
        const name = Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12);
        this.#follow(Id, { name, image: Image, labels: Labels ?? {} }, now, followed, signal);
      }
      for await (const line of jsonLines(events)) {
        const { Action, Actor, timeNano } = line as DockerEvent;
        const id = Actor?.ID ?? '';
        const attributes = Actor?.Attributes ?? {};
        if (Action === 'destroy') this.#seen.delete(id);
        if (Action !== 'start') continue;
        const target = { name: attributes['name'] ?? '', image: attributes['image'] ?? '', labels: attributes };
        // What it said before it ended may still be read; from there it goes on.
        followed.get(id)?.abort();
        followed.delete(id);
        this.#follow(id, target, (timeNano ?? Date.now() * 1e6) / 1e9 - 1, followed, signal);
      }
    } finally {
      events.destroy();
    }
  }

  /** Follows a container's log, if any rule is for it. */
  #follow(id: string, target: Target, since: number, followed: Followed, signal: AbortSignal): void {
    if (isHelper(target.labels) || followed.has(id)) return;
    const rules = this.#rules.filter((rule) => isMeant(rule, target));
    if (rules.length === 0) return;
    const stop = new AbortController();
    followed.set(id, stop);
    const from = this.#seen.get(id) ?? since.toFixed(9);
    this.#read(id, target, rules, from, AbortSignal.any([signal, stop.signal]))
      .catch((error: unknown) => {
        this.#blame(error);
      })
      .finally(() => {
        if (followed.get(id) === stop) followed.delete(id);
      });
  }

  async #read(
    id: string,
    { name }: Target,
    rules: readonly AlertRule[],
    since: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { docker, hit } = this.#options;
    const path = `/containers/${id}`;
    const { Config } = await docker.json<DockerContainer>('GET', `${path}/json`, { signal });
    this.#matcher ??= new Matcher();
    const scan = this.#matcher.watch(rules);
    this.#scans.set(scan, rules);
    try {
      const part = { follow: true, tail: null, since };
      for await (const bytes of readLog(docker, path, Config.Tty === true, part, signal)) {
        const { hits, last } = await scan.scan(bytes);
        const next = justAfter(last);
        if (next !== null) this.#seen.set(id, next);
        for (const { rule: place, count, line, at } of hits) {
          const rule = rules[place];
          if (rule === undefined) continue;
          const { time, nth, text } = line;
          hit({ ruleId: rule.id, rule: rule.name, containerId: id, container: name, time, nth, text, at, count });
        }
      }
    } finally {
      scan.close();
    }
  }

  /** An expression that went astray has ended the thread for all: the others go on without it. */
  #blame(error: unknown): void {
    const astray = this.#matcher?.astray ?? null;
    if (!(error instanceof BridgeError) || error.code !== 'timeout' || astray === null) return;
    this.#matcher = null;
    const rule = this.#scans.get(astray.scan)?.[astray.rule];
    if (rule !== undefined) this.#options.astray(rule.id);
  }
}

/** The nanosecond after a time (RFC 3339), as the engine's `since` takes it; null for what is no time. */
export function justAfter(time: string): string | null {
  const found = /^(.*?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  const seconds = found === null ? Number.NaN : Date.parse(`${found[1] ?? ''}${found[3] ?? ''}`) / 1000;
  if (Number.isNaN(seconds)) return null;
  const nano = BigInt(seconds) * 1_000_000_000n + BigInt((found?.[2] ?? '').padEnd(9, '0')) + 1n;
  return `${String(nano / 1_000_000_000n)}.${String(nano % 1_000_000_000n).padStart(9, '0')}`;
}
