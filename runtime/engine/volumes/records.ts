import type { StatementSync } from 'node:sqlite';
import type { DomainSchema } from '../store/database.ts';
import type { EngineDatabase } from '../store/engine-database.ts';

export const VOLUME_SCHEMA: DomainSchema = {
  domain: 'volumes',
  migrations: [
    `CREATE TABLE volume (
       name TEXT PRIMARY KEY,
       created TEXT NOT NULL,
       labels TEXT NOT NULL,
       options TEXT NOT NULL
     ) STRICT`,
  ],
};

/** A volume of driver `local`. */
export interface VolumeRecord {
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}

/** The table of volumes. What is in a volume must not be lost with its name: see `synced`. */
export class VolumeRecords {
  readonly #database: EngineDatabase;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: EngineDatabase) {
    this.#database = database;
    this.#insert = database.prepare('INSERT INTO volume VALUES (?, ?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM volume WHERE name = ?');
  }

  all(): VolumeRecord[] {
    return this.#database
      .prepare('SELECT * FROM volume')
      .all()
      .map((row) => ({
        name: String(row['name']),
        created: String(row['created']),
        labels: JSON.parse(String(row['labels'])) as Record<string, string>,
        options: JSON.parse(String(row['options'])) as Record<string, string>,
      }));
  }

  insert(record: VolumeRecord): void {
    this.#insert.run(record.name, record.created, JSON.stringify(record.labels), JSON.stringify(record.options));
  }

  delete(name: string): void {
    this.#delete.run(name);
  }

  /** Comes back when all that was written so far survives a power cut. */
  synced(): Promise<void> {
    return this.#database.synced();
  }
}
