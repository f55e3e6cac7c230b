import type { TrashedContainer } from '../contract/trash.ts';
import { BridgeError } from '../rpc/error.ts';
import type { DockerClient } from './docker-client.ts';

interface TrashRow {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly RemovedAt: number;
  readonly Size: number;
}

/** Containers that were removed and can come back: our own engine keeps them, `/berth/trash`; others do not. */
export class TrashService {
  readonly #docker: DockerClient;

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  async list(signal: AbortSignal): Promise<{ kept: boolean; rows: TrashedContainer[] }> {
    try {
      const rows = await this.#docker.json<TrashRow[]>('GET', '/berth/trash', { signal });
      return {
        kept: true,
        rows: rows.map(({ Id, Name, Image, RemovedAt, Size }) => ({
          id: Id,
          name: Name,
          image: Image,
          removedAt: RemovedAt,
          sizeBytes: Size,
        })),
      };
    } catch (error) {
      if (isNotOffered(error)) return { kept: false, rows: [] };
      throw error;
    }
  }

  /** Removes a container so that it can come back. Resolves to false when the engine keeps none, or knows it not. */
  async put(id: string, force: boolean, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#docker.json('POST', `/berth/trash/${id}`, { query: { force }, signal });
      return true;
    } catch (error) {
      if (isNotOffered(error)) return false;
      throw error;
    }
  }

  /** Under its own name if that is free, else under that with a part of its id. */
  async restore(id: string, signal: AbortSignal): Promise<{ id: string; name: string }> {
    const restore = async (name?: string): Promise<{ id: string; name: string }> => {
      const made = await this.#docker.json<{ Id: string; Name: string }>('POST', `/berth/trash/${id}/restore`, {
        query: { name },
        signal,
      });
      return { id: made.Id, name: made.Name };
    };
    try {
      return await restore();
    } catch (error) {
      if (!(error instanceof BridgeError) || error.status !== 409) throw error;
      const { rows } = await this.list(signal);
      const name = rows.find((row) => row.id === id)?.name;
      if (name === undefined) throw error;
      return await restore(`${name}-${id.slice(0, 4)}`);
    }
  }

  async delete(id: string, signal: AbortSignal): Promise<Record<string, never>> {
    await this.#docker.json('DELETE', `/berth/trash/${id}`, { signal });
    return {};
  }

  async empty(signal: AbortSignal): Promise<{ deleted: number }> {
    const { Deleted } = await this.#docker.json<{ Deleted: string[] }>('DELETE', '/berth/trash', { signal });
    return { deleted: Deleted.length };
  }
}

function isNotOffered(error: unknown): boolean {
  return error instanceof BridgeError && (error.status === 404 || error.status === 405 || error.status === 501);
}
