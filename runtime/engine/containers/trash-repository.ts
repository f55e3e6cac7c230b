import type { DatabaseSync } from 'node:sqlite';
import type { DateChange } from '../../common/date-setting.ts';
import { transaction, type DomainSchema } from '../store/database.ts';
import { crashPoint } from '../system/crash-points.ts';
import type { Attachment } from '../network/network-record.ts';
import type { ContainerRepository } from './repository.ts';
import type { ContainerRecord } from './types.ts';

export const TRASH_SCHEMA: DomainSchema = {
  domain: 'container-trash',
  migrations: [
    `CREATE TABLE trashed_container (
       id TEXT PRIMARY KEY,
       removed_at INTEGER NOT NULL,
       record TEXT NOT NULL,
       attachments TEXT NOT NULL
     ) STRICT`,
  ],
};

/** A container that was removed and can come back. Its files stay where they were. */
export interface TrashedContainer {
  readonly record: ContainerRecord;
  /** Milliseconds since the epoch. */
  readonly removedAt: number;
  /** The networks it was on. */
  readonly attachments: readonly Attachment[];
}

/** The table of removed containers. A container is in it or among the others, never in both, whenever the engine dies. */
export class TrashRepository {
  readonly #database: DatabaseSync;
  readonly #containers: ContainerRepository;
  readonly #entries = new Map<string, TrashedContainer>();

  constructor(database: DatabaseSync, containers: ContainerRepository) {
    this.#database = database;
    this.#containers = containers;
    for (const row of database.prepare('SELECT * FROM trashed_container').all()) {
      const record = JSON.parse(String(row['record'])) as ContainerRecord;
      const attachments = JSON.parse(String(row['attachments'])) as Attachment[];
      this.#entries.set(record.id, { record, removedAt: Number(row['removed_at']), attachments });
    }
  }

  /** The last removed first. */
  all(): TrashedContainer[] {
    return [...this.#entries.values()].sort((a, b) => b.removedAt - a.removedAt);
  }

  find(id: string): TrashedContainer | undefined {
    return this.#entries.get(id);
  }

  /** Whether a removed container needs an image. */
  keepsImage(imageId: string): boolean {
    return [...this.#entries.values()].some(({ record }) => record.imageId === imageId);
  }

  /** Takes a container out of the others. */
  put(entry: TrashedContainer): void {
    const { record, removedAt, attachments } = entry;
    transaction(this.#database, () => {
      this.#database
        .prepare('INSERT INTO trashed_container VALUES (?, ?, ?, ?)')
        .run(record.id, removedAt, JSON.stringify(record), JSON.stringify(attachments));
      crashPoint('discard-recording');
      this.#containers.delete(record.id);
    });
    this.#entries.set(record.id, entry);
  }

  /** Puts a container back among the others. */
  restore(record: ContainerRecord): void {
    transaction(this.#database, () => {
      this.#delete(record.id);
      crashPoint('restore-recording');
      this.#containers.insert(record);
    });
    this.#entries.delete(record.id);
  }

  /** The date was set: what was removed before that has not become older by it, nor younger. */
  dateChanged({ before, by }: DateChange): void {
    this.#database
      .prepare('UPDATE trashed_container SET removed_at = removed_at + ? WHERE removed_at <= ?')
      .run(by, before);
    for (const [id, entry] of this.#entries)
      if (entry.removedAt <= before) this.#entries.set(id, { ...entry, removedAt: entry.removedAt + by });
  }

  delete(id: string): void {
    this.#delete(id);
    this.#entries.delete(id);
  }

  #delete(id: string): void {
    this.#database.prepare('DELETE FROM trashed_container WHERE id = ?').run(id);
  }
}
