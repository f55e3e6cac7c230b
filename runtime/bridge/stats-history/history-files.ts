import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { StatsPoint } from '../../contract/stats.ts';
import { MEASURES } from './points.ts';

const DAY_MS = 86_400_000;
/** A week, and the day that it began in. */
const KEPT_DAYS = 8;
/** Digits of an id that a line bears: as many as every tool shows, to keep a day's file small. */
const ID_DIGITS = 12;

/** A line: the container, when, and the measures in their order. */
const lineSchema = z.tuple([
  z.string(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
]);

/** Where measurements are kept: state of this person, as the XDG rules call it. */
export function historyDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const set = environment['XDG_STATE_HOME'] ?? '';
  return join(set === '' ? join(environment['HOME'] ?? homedir(), '.local/state') : set, 'berth/stats');
}

/** Measurements on disk: a file for each day, whose lines are only ever added, so that a crash costs one line at most. */
export class HistoryFiles {
  readonly #directory: string;

  constructor(directory = historyDirectory()) {
    this.#directory = directory;
  }

  /** Adds points, by container. Rejects when they cannot be written. */
  async add(points: ReadonlyMap<string, StatsPoint>, now: number): Promise<void> {
    if (points.size === 0) return;
    const lines = [...points].map(([id, point]) => {
      const values = MEASURES.map((name) => Number(point[name].toPrecision(4)));
      return `${JSON.stringify([id.slice(0, ID_DIGITS), point.at, ...values])}\n`;
    });
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await appendFile(join(this.#directory, dayFile(now)), lines.join(''), { mode: 0o600 });
  }

  /** What is known of a container since a moment, the oldest first. */
  async read(id: string, since: number, now: number): Promise<StatsPoint[]> {
    const wanted = `["${id.slice(0, ID_DIGITS)}",`;
    const points: StatsPoint[] = [];
    for (const name of dayFiles(since, now)) {
      const text = await readFile(join(this.#directory, name), 'utf8').catch(() => ''); // Nothing was kept that day.
      for (const line of text.split('\n')) {
        const point = line.startsWith(wanted) ? pointOf(line) : null;
        if (point !== null && point.at > since) points.push(point);
      }
    }
    return points;
  }

  /** Removes what is older than anybody can ask for. */
  async prune(now: number): Promise<void> {
    const oldest = dayFile(now - KEPT_DAYS * DAY_MS);
    const names = await readdir(this.#directory).catch(() => []); // Nothing was kept yet.
    for (const name of names)
      if (/^\d{4}-\d\d-\d\d$/.test(name) && name < oldest) await rm(join(this.#directory, name));
  }
}

function dayFile(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The files of all days from a moment to another. */
function dayFiles(since: number, now: number): Set<string> {
  const names = new Set<string>();
  for (let time = since; time < now; time += DAY_MS) names.add(dayFile(time));
  return names.add(dayFile(now));
}

/** The point of a line; null for one that was cut off by a crash. */
function pointOf(line: string): StatsPoint | null {
  try {
    const parsed = z.safeParse(lineSchema, JSON.parse(line));
    if (!parsed.success) return null;
    const [, at, cpus, memoryBytes, netRx, netTx, blockRead, blockWrite] = parsed.data;
    return { at, cpus, memoryBytes, netRx, netTx, blockRead, blockWrite };
  } catch {
    return null;
  }
}
