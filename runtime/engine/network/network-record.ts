import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { transaction, type DomainSchema } from '../store/database.ts';
import { crashPoint } from '../system/crash-points.ts';
import type { PoolConfig } from './ipam.ts';

/** A network as it was created: what inspect shows, and all that is needed to make it again. */
export interface NetworkRecord {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly driver: 'bridge' | 'macvlan' | 'ipvlan' | 'host' | 'null';
  /** No way to the outside, in neither direction. */
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly enableIpv4: boolean;
  readonly enableIpv6: boolean;
  readonly ipam: {
    readonly options: Readonly<Record<string, string>> | null;
    readonly config: readonly PoolConfig[];
    /** The caller chose the subnets: only then may containers ask for an address. */
    readonly chosen: boolean;
  };
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** It is nothing but what others are made from, which name it: nobody can be on it. */
  readonly configOnly?: true;
  readonly configFrom?: string;
}

/** How a container is to be on a network: the parts of EndpointSettings that a person can choose. */
export interface EndpointConfig {
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocal: readonly string[];
  readonly macAddress: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  /** The highest on a container gives it its default route. */
  readonly gatewayPriority: number;
}

/** A container's place on a network, whether or not it runs. */
export interface Attachment {
  readonly networkId: string;
  readonly config: EndpointConfig;
}

export const NETWORK_SCHEMA: DomainSchema = {
  domain: 'networks',
  migrations: [
    `CREATE TABLE network (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;
     CREATE TABLE endpoint (
       container_id TEXT NOT NULL,
       network_id TEXT NOT NULL,
       position INTEGER NOT NULL,
       config TEXT NOT NULL,
       PRIMARY KEY (container_id, network_id)
     ) STRICT`,
  ],
};

/** The tables of networks and of who is on them. Containers that are only on the default bridge have no row. */
export class NetworkRepository {
  readonly #database: DatabaseSync;
  readonly #insertEndpoint: StatementSync;
  readonly #deleteEndpoints: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insertEndpoint = database.prepare('INSERT INTO endpoint VALUES (?, ?, ?, ?)');
    this.#deleteEndpoints = database.prepare('DELETE FROM endpoint WHERE container_id = ?');
  }

  all(): NetworkRecord[] {
    return this.#database
      .prepare('SELECT record FROM network')
      .all()
      .map((row) => JSON.parse(String(row['record'])) as NetworkRecord);
  }

  insert(record: NetworkRecord): void {
    this.#database.prepare('INSERT INTO network VALUES (?, ?, ?)').run(record.id, record.name, JSON.stringify(record));
  }

  delete(id: string): void {
    this.#database.prepare('DELETE FROM network WHERE id = ?').run(id);
  }

  /** Attachments by container, in the order in which they were made. */
  attachments(): Map<string, Attachment[]> {
    const result = new Map<string, Attachment[]>();
    for (const row of this.#database.prepare('SELECT * FROM endpoint ORDER BY position').all()) {
      const containerId = String(row['container_id']);
      const attachment = {
        networkId: String(row['network_id']),
        config: JSON.parse(String(row['config'])) as EndpointConfig,
      };
      result.set(containerId, [...(result.get(containerId) ?? []), attachment]);
    }
    return result;
  }

  /** Replaces all attachments of a container. */
  setAttachments(containerId: string, attachments: readonly Attachment[]): void {
    transaction(this.#database, () => {
      this.#deleteEndpoints.run(containerId);
      crashPoint('endpoints-replacing');
      for (const [position, { networkId, config }] of attachments.entries()) {
        this.#insertEndpoint.run(containerId, networkId, position, JSON.stringify(config));
      }
    });
  }
}
