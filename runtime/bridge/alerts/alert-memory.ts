import * as z from 'zod/mini';
import { ALERTS_KEPT, type Alert } from '../../contract/alerts.ts';
import { StoredList } from '../stored-list.ts';

const alertSchema = z.object({
  id: z.int(),
  ruleId: z.string(),
  rule: z.string(),
  containerId: z.string(),
  container: z.string(),
  time: z.string(),
  nth: z.int(),
  text: z.string(),
  at: z.tuple([z.int(), z.int()]),
  count: z.int(),
}) satisfies z.ZodMiniType<Alert>;

/** What was told, in a file. */
export class AlertMemory {
  readonly #stored: StoredList<Alert>;
  /** What is to be written next; null while the file has all. */
  #next: readonly Alert[] | null = null;
  #isWriting = false;

  constructor(path: string) {
    this.#stored = new StoredList<Alert>(path, alertSchema);
  }

  /** Those that were told when the app last ran, oldest first. */
  async load(): Promise<readonly Alert[]> {
    return (await this.#stored.all()).slice(-ALERTS_KEPT);
  }

  /** Puts all that were told into the file. Of those that come while it is written, only the last is written. */
  keep(told: readonly Alert[]): void {
    this.#next = told;
    if (!this.#isWriting) void this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#next !== null) {
      const told = this.#next;
      this.#next = null;
      // Where it cannot be written, what was told is remembered only for as long as the app runs.
      await this.#stored.change(() => told).catch(() => undefined);
    }
    this.#isWriting = false;
  }
}
