import type { DatabaseSync } from 'node:sqlite';
import { EngineDatabase } from './engine-database.ts';

/**
 * The engine's one SQLite database (`berth.db` in the data root).
 *
 * Each domain owns its tables and hands their schema in; tables are created if absent. A change to a table that
 * is already in the field is a numbered step in that domain's `migrations`.
 */
export interface DomainSchema {
  /** Name of the domain, the key under which its migration level is stored. */
  readonly domain: string;
  /** SQL of each level, oldest first; level N is applied once, inside a transaction. Never edit one that shipped. */
  readonly migrations: readonly string[];
}

/**
 * Opens the database. A commit survives the kill of any process without an fsync; a power cut may lose the last commits
 * but never corrupts. Its `synced` is for what must survive a power cut: images, volumes.
 */
export function openDatabase(path: string, schemas: readonly DomainSchema[]): EngineDatabase {
  const database = new EngineDatabase(path);
  database.exec('CREATE TABLE IF NOT EXISTS schema_level (domain TEXT PRIMARY KEY, level INTEGER NOT NULL) STRICT');
  for (const schema of schemas) migrate(database, schema);
  return database;
}

function migrate(database: DatabaseSync, schema: DomainSchema): void {
  const row = database.prepare('SELECT level FROM schema_level WHERE domain = ?').get(schema.domain);
  const current = row === undefined ? 0 : Number(row['level']);
  for (let level = current; level < schema.migrations.length; level += 1) {
    transaction(database, () => {
      database.exec(schema.migrations[level] ?? '');
      database
        .prepare('INSERT INTO schema_level VALUES (?, ?) ON CONFLICT (domain) DO UPDATE SET level = excluded.level')
        .run(schema.domain, level + 1);
    });
  }
}

/** Runs `work` in one transaction; rolled back when it throws. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // After an I/O error SQLite has done so already, and what it would say of a second one would hide the cause.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
