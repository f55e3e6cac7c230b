import type { StatsPoint, StatsRange, StatsSample } from '../../contract/stats.ts';
import { HistoryFiles } from './history-files.ts';
import { averaged, pointBetween } from './points.ts';

const MINUTE_MS = 60_000;
/** When the window has long been shown. */
const FIRST_LOOK_MS = 5000;
/** What lies between two points on disk, and between what day and week are read from. */
const STORED_MS = 5 * MINUTE_MS;
/** How far back a range reaches, and between which spans its picture has points: some hundred, as wide as a chart is. */
const RANGES: Readonly<Record<StatsRange, { readonly back: number; readonly span: number }>> = {
  hour: { back: 60 * MINUTE_MS, span: MINUTE_MS },
  day: { back: 24 * 60 * MINUTE_MS, span: STORED_MS },
  week: { back: 7 * 24 * 60 * MINUTE_MS, span: 30 * MINUTE_MS },
};

/** What the history needs of the world. */
export interface HistoryParts {
  /** Measures all running containers. Rejects when the engine is away. */
  readonly measure: () => Promise<readonly StatsSample[]>;
  readonly files?: HistoryFiles;
  readonly now?: () => number;
}

/**
 * What containers used in the last days. Once a minute all that run are measured, whether or not a page is open: the
 * last hour is kept here by the minute, a week on disk by five minutes.
 */
export class StatsHistory {
  readonly #parts: HistoryParts;
  readonly #files: HistoryFiles;
  readonly #now: () => number;
  readonly #before = new Map<string, StatsSample>();
  /** Points of the last hour, by container. */
  readonly #recent = new Map<string, StatsPoint[]>();
  #storedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #first: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    this.#files = parts.files ?? new HistoryFiles();
    this.#now = parts.now ?? Date.now;
    this.#storedAt = this.#now();
  }

  /** Begins to measure once a minute. */
  start(): void {
    const look = () => {
      // An engine that is away, or a full disk: there is a gap then, and nothing else depends on it.
      this.#working = this.#working.then(() => this.look()).catch(() => undefined);
    };
    this.#timer = setInterval(look, MINUTE_MS);
    this.#timer.unref();
    // The first minute, too, has a beginning; not while the app is busy with its own.
    this.#first = setTimeout(look, FIRST_LOOK_MS);
    this.#first.unref();
  }

  /** Measures once, and stores what is due. Rejects when the engine is away or the disk takes nothing. */
  async look(): Promise<void> {
    const samples = await this.#parts.measure();
    const now = this.#now();
    for (const sample of samples) {
      const before = this.#before.get(sample.id);
      this.#before.set(sample.id, sample);
      const point = before === undefined ? null : pointBetween(before, sample);
      if (point !== null) this.#recent.set(sample.id, [...(this.#recent.get(sample.id) ?? []), point]);
    }
    const running = new Set(samples.map(({ id }) => id));
    for (const id of this.#before.keys()) if (!running.has(id)) this.#before.delete(id);
    for (const [id, points] of this.#recent) {
      const kept = points.filter(({ at }) => at > now - RANGES.hour.back);
      if (kept.length === 0) this.#recent.delete(id);
      else this.#recent.set(id, kept);
    }
    if (now - this.#storedAt >= STORED_MS) await this.#store(now);
  }

  /** What a container used, the oldest first. */
  async points(id: string, range: StatsRange): Promise<StatsPoint[]> {
    const now = this.#now();
    const { back, span } = RANGES[range];
    const recent = (this.#recent.get(id) ?? []).filter(({ at }) => at > now - back);
    // What is on disk ends where what is known by the minute begins.
    const [first] = recent;
    const stored = (await this.#files.read(id, now - back, now)).filter(
      ({ at }) => first === undefined || at < first.at,
    );
    return averaged([...stored, ...recent], span);
  }

  /** Ends it. */
  dispose(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#first);
  }

  async #store(now: number): Promise<void> {
    const due = new Map<string, StatsPoint>();
    for (const [id, points] of this.#recent) {
      const [mean] = averaged(
        points.filter(({ at }) => at > this.#storedAt).map((point) => ({ ...point, at: STORED_MS })),
        STORED_MS,
      );
      if (mean !== undefined) due.set(id, { ...mean, at: now });
    }
    this.#storedAt = now;
    await this.#files.add(due, now);
    await this.#files.prune(now);
  }
}
