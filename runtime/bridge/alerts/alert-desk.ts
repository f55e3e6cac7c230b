import { ALERTS_KEPT, type Alert } from '../../contract/alerts.ts';

/** Lines that a rule means, in one container. */
export type Hit = Omit<Alert, 'id'>;

/** After an alert the same rule and container are quiet for so long, in milliseconds; what comes meanwhile is counted. */
const QUIET_MS = 60_000;

interface Quiet {
  readonly timer: NodeJS.Timeout;
  /** What came meanwhile. */
  waiting: Hit | null;
}

/** Tells of hits without telling the same again and again, and remembers what was told. */
export class AlertDesk {
  readonly #tell: (alert: Alert) => void;
  readonly #quiet = new Map<string, Quiet>();
  #told: Alert[] = [];
  #next = 1;

  constructor(tell: (alert: Alert) => void) {
    this.#tell = tell;
  }

  /** Those that are remembered, oldest first. */
  get told(): readonly Alert[] {
    return this.#told;
  }

  /** Takes over what was told before; only before the first hit. */
  remember(told: readonly Alert[]): void {
    this.#told = [...told];
    this.#next = Math.max(0, ...told.map(({ id }) => id)) + 1;
  }

  hit(hit: Hit): void {
    const key = `${hit.ruleId} ${hit.containerId}`;
    const quiet = this.#quiet.get(key);
    if (quiet === undefined) this.#say(key, hit);
    else quiet.waiting = { ...hit, count: hit.count + (quiet.waiting?.count ?? 0) };
  }

  clear(): void {
    this.#told = [];
  }

  close(): void {
    for (const { timer } of this.#quiet.values()) clearTimeout(timer);
    this.#quiet.clear();
  }

  #say(key: string, hit: Hit): void {
    const alert = { ...hit, id: this.#next };
    this.#next += 1;
    this.#told = [...this.#told, alert].slice(-ALERTS_KEPT);
    const timer = setTimeout(() => {
      const waiting = this.#quiet.get(key)?.waiting ?? null;
      this.#quiet.delete(key);
      if (waiting !== null) this.#say(key, waiting);
    }, QUIET_MS).unref();
    this.#quiet.set(key, { timer, waiting: null });
    this.#tell(alert);
  }
}
