import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DomainSchema } from '../store/database.ts';
import type { ContainerConfig, HostConfig } from './config.ts';
import type { ContainerLabels } from './selinux-plan.ts';
import type { ContainerRecord, ContainerState } from './types.ts';
import type { UserMount } from './user-mount.ts';

export const CONTAINER_SCHEMA: DomainSchema = {
  domain: 'containers',
  migrations: [
    `CREATE TABLE container (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       created TEXT NOT NULL,
       image_id TEXT NOT NULL,
       image_name TEXT NOT NULL,
       config TEXT NOT NULL,
       host_config TEXT NOT NULL,
       args TEXT NOT NULL,
       state TEXT NOT NULL
     ) STRICT`,
    `ALTER TABLE container ADD COLUMN mounts TEXT NOT NULL DEFAULT 'null'`,
    `ALTER TABLE container ADD COLUMN root TEXT NOT NULL DEFAULT 'overlay'`,
    `ALTER TABLE container ADD COLUMN labels TEXT NOT NULL DEFAULT 'null'`,
  ],
};

/** Between attempts to write what a full disk refused. */
const RETRY_MILLISECONDS = 1000;

/** SQLITE_FULL, and SQLITE_IOERR in its extended forms, which a full disk can also be. */
function isOutOfSpace(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0;
  return code === 13 || (code & 0xff) === 10;
}

/** The table of containers. Every change of a record goes through here; the engine holds the records in memory. */
export class ContainerRepository {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #updateState: StatementSync;
  readonly #updateName: StatementSync;
  readonly #updateHostConfig: StatementSync;
  readonly #updateLabels: StatementSync;
  readonly #delete: StatementSync;
  /** Last writes that a full disk refused, by container; tried again until they succeed. */
  readonly #deferred = new Map<string, () => void>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare(
      'INSERT INTO container (id, name, created, image_id, image_name, config, host_config, args, state, mounts, root, labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#updateState = database.prepare('UPDATE container SET state = ? WHERE id = ?');
    this.#updateName = database.prepare('UPDATE container SET name = ? WHERE id = ?');
    this.#updateHostConfig = database.prepare('UPDATE container SET host_config = ? WHERE id = ?');
    this.#updateLabels = database.prepare('UPDATE container SET labels = ? WHERE id = ?');
    this.#delete = database.prepare('DELETE FROM container WHERE id = ?');
  }

  all(): ContainerRecord[] {
    return this.#database
      .prepare('SELECT * FROM container')
      .all()
      .map((row) => ({
        id: String(row['id']),
        name: String(row['name']),
        created: String(row['created']),
        imageId: String(row['image_id']),
        imageName: String(row['image_name']),
        config: JSON.parse(String(row['config'])) as ContainerConfig,
        hostConfig: JSON.parse(String(row['host_config'])) as HostConfig,
        args: JSON.parse(String(row['args'])) as string[],
        state: JSON.parse(String(row['state'])) as ContainerState,
        mounts: JSON.parse(String(row['mounts'])) as UserMount[] | null,
        root: row['root'] === 'copy' ? 'copy' : 'overlay',
        ...(row['labels'] === 'null' ? {} : { labels: JSON.parse(String(row['labels'])) as ContainerLabels }),
      }));
  }

  insert(record: ContainerRecord): void {
    this.#insert.run(
      record.id,
      record.name,
      record.created,
      record.imageId,
      record.imageName,
      JSON.stringify(record.config),
      JSON.stringify(record.hostConfig),
      JSON.stringify(record.args),
      JSON.stringify(record.state),
      JSON.stringify(record.mounts),
      record.root,
      JSON.stringify(record.labels ?? null),
    );
  }

  setState(id: string, state: ContainerState): void {
    this.#persist(id, () => this.#updateState.run(JSON.stringify(state), id));
  }

  setName(id: string, name: string): void {
    this.#updateName.run(name, id);
  }

  setHostConfig(id: string, hostConfig: HostConfig): void {
    this.#updateHostConfig.run(JSON.stringify(hostConfig), id);
  }

  setLabels(id: string, labels: ContainerLabels): void {
    this.#updateLabels.run(JSON.stringify(labels), id);
  }

  delete(id: string): void {
    this.#persist(id, () => this.#delete.run(id));
  }

  /**
   * What has happened to a container is a fact, whether or not there is space to write it down: the engine goes on with
   * what it holds in memory, and exit records and monitors tell a next engine what the table does not.
   */
  #persist(id: string, write: () => void): void {
    try {
      write();
      this.#deferred.delete(id);
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      if (this.#deferred.size === 0) this.#retryLater();
      this.#deferred.set(id, write);
    }
  }

  #retryLater(): void {
    setTimeout(() => {
      const writes = [...this.#deferred];
      this.#deferred.clear();
      if (this.#database.isOpen) for (const [id, write] of writes) this.#persist(id, write);
    }, RETRY_MILLISECONDS).unref();
  }
}
