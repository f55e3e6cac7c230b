import type { DatabaseSync } from 'node:sqlite';
import { transaction, type DomainSchema } from '../store/database.ts';
import type { EngineEvent, EventBus } from './events.ts';

export const EVENT_SCHEMA: DomainSchema = {
  domain: 'events',
  migrations: ['CREATE TABLE event (sequence INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL) STRICT'],
};

/** Events are written together this long after the first of them, in milliseconds: starts do not wait for the disk. */
const DELAY = 250;

/** Keeps the history of events across engines. A killed engine loses those of the last quarter of a second. */
export class EventStore {
  readonly #database: DatabaseSync;
  readonly #limit: number;
  readonly #pending: EngineEvent[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** `limit`: how many events are kept. */
  constructor(database: DatabaseSync, limit: number) {
    this.#database = database;
    this.#limit = limit;
  }

  /** Past events, oldest first. */
  load(): EngineEvent[] {
    return this.#database
      .prepare('SELECT event FROM event ORDER BY sequence')
      .all()
      .map((row) => JSON.parse(String(row['event'])) as EngineEvent);
  }

  /** Writes down what is published from now on. */
  follow(events: EventBus): void {
    events.subscribe((event) => {
      this.#pending.push(event);
      this.#timer ??= setTimeout(() => {
        this.flush();
      }, DELAY).unref();
    });
  }

  /** Writes what waits. On a full disk it is lost: events are news, and nothing depends on them. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const events = this.#pending.splice(0);
    if (events.length === 0 || !this.#database.isOpen) return;
    try {
      transaction(this.#database, () => {
        const insert = this.#database.prepare('INSERT INTO event (event) VALUES (?)');
        for (const event of events) insert.run(JSON.stringify(event));
        this.#database
          .prepare('DELETE FROM event WHERE sequence <= (SELECT MAX(sequence) FROM event) - ?')
          .run(this.#limit);
      });
    } catch {
      // See above.
    }
  }
}
