import { uptime } from 'node:os';

/** A clock that is kept right in passing moves by less (ms); what was set, by more. */
const SET_MS = 60_000;

/** A change of the date that was no passing of time. */
export interface DateChange {
  /** What the date was just before, in milliseconds since the epoch. */
  readonly before: number;
  /** Milliseconds; negative when it was set back. */
  readonly by: number;
}

/** Notices that the date was set, by the time since boot, which goes on evenly and counts the machine's sleep. */
export class DateSetting {
  readonly #uptime: () => number;
  #boot: number;

  /** `upSeconds`: seconds since boot. */
  constructor(upSeconds: () => number = uptime) {
    this.#uptime = upSeconds;
    this.#boot = this.#bootDate();
  }

  /** When the machine started, as the date has it now. */
  #bootDate(): number {
    return Date.now() - this.#uptime() * 1000;
  }

  /** How the date was set since this was asked last, or made; null when it was not. */
  take(): DateChange | null {
    const boot = this.#bootDate();
    const by = Math.round(boot - this.#boot);
    this.#boot = boot;
    return Math.abs(by) < SET_MS ? null : { before: Date.now() - by, by };
  }
}
