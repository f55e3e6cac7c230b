import type { ChangeKind, ContainerDetails, ContainerSummary, EngineEvent, RunSpec } from '../contract/contract.ts';
import type { DockerClient } from './docker-client.ts';
import type { DockerContainer, DockerContainerRow } from './docker-types.ts';
import { isHelper } from './helper.ts';
import { containerDetails, containerRow, createRequest } from './translate.ts';

/** Actions of the API that take a container and answer with no body. */
export type ContainerAction = 'start' | 'stop' | 'restart' | 'pause' | 'unpause';

/** The API's numbers for a change. */
const CHANGES: readonly ChangeKind[] = ['modified', 'added', 'deleted'];

const NOTHING: Record<string, never> = {};

/** The contract's `containers.*` over the Docker Engine API. */
export class ContainerService {
  readonly #docker: DockerClient;
  /** Exact start times seen in events and inspect answers, by container id; the list answer only says "Up 3 minutes". */
  readonly #startTimes = new Map<string, number>();

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  async list(ids: readonly string[] | undefined, signal: AbortSignal): Promise<ContainerSummary[]> {
    const rows = await this.#docker.json<DockerContainerRow[]>('GET', '/containers/json', {
      query: { all: true, filters: ids === undefined ? undefined : JSON.stringify({ id: ids }) },
      signal,
    });
    const now = Date.now();
    return rows
      .filter(({ Labels }) => !isHelper(Labels))
      .map((row) => containerRow(row, row.State === 'running' ? (this.#startTimes.get(row.Id) ?? null) : null, now));
  }

  async inspect(id: string, signal: AbortSignal): Promise<ContainerDetails> {
    const raw = await this.#docker.json<DockerContainer>('GET', `/containers/${id}/json`, { signal });
    const details = containerDetails(raw, raw);
    if (details.state === 'running' && details.startedAt !== null) this.#startTimes.set(details.id, details.startedAt);
    return details;
  }

  async create(spec: RunSpec, signal: AbortSignal): Promise<{ id: string; warnings: readonly string[] }> {
    const { body, query } = createRequest(spec);
    const created = await this.#docker.json<{ Id: string; Warnings: string[] | null }>('POST', '/containers/create', {
      query: { name: spec.name, ...query },
      body,
      signal,
    });
    return { id: created.Id, warnings: created.Warnings ?? [] };
  }

  async top(id: string, signal: AbortSignal): Promise<{ titles: string[]; rows: string[][] }> {
    const answer = await this.#docker.json<{ Titles: string[]; Processes: string[][] | null }>(
      'GET',
      `/containers/${id}/top`,
      { signal },
    );
    return { titles: answer.Titles, rows: answer.Processes ?? [] };
  }

  async changes(id: string, signal: AbortSignal): Promise<{ path: string; kind: ChangeKind }[]> {
    const answer = await this.#docker.json<{ Path: string; Kind: number }[] | null>(
      'GET',
      `/containers/${id}/changes`,
      {
        signal,
      },
    );
    return (answer ?? []).map(({ Path, Kind }) => ({ path: Path, kind: CHANGES[Kind] ?? 'modified' }));
  }

  async commit(
    input: { id: string; repository: string; tag: string; comment: string; labels: Record<string, string> },
    signal: AbortSignal,
  ): Promise<{ imageId: string }> {
    const changes = Object.entries(input.labels).map(
      ([name, value]) => `LABEL ${JSON.stringify(name)}=${JSON.stringify(value)}`,
    );
    const { Id } = await this.#docker.json<{ Id: string }>('POST', '/commit', {
      query: { container: input.id, repo: input.repository, tag: input.tag, comment: input.comment, changes },
      body: {},
      signal,
    });
    return { imageId: Id };
  }

  async act(id: string, action: ContainerAction, signal: AbortSignal): Promise<Record<string, never>> {
    await this.#docker.json('POST', `/containers/${id}/${action}`, { signal });
    return NOTHING;
  }

  async kill(id: string, killSignal: string | undefined, signal: AbortSignal): Promise<Record<string, never>> {
    await this.#docker.json('POST', `/containers/${id}/kill`, { query: { signal: killSignal }, signal });
    return NOTHING;
  }

  async rename(id: string, name: string, signal: AbortSignal): Promise<Record<string, never>> {
    await this.#docker.json('POST', `/containers/${id}/rename`, { query: { name }, signal });
    return NOTHING;
  }

  async remove(
    id: string,
    options: { force: boolean; volumes: boolean },
    signal: AbortSignal,
  ): Promise<Record<string, never>> {
    await this.#docker.json('DELETE', `/containers/${id}`, {
      query: { force: options.force, v: options.volumes },
      signal,
    });
    return NOTHING;
  }

  /** Learns start times from the event stream. */
  observe(event: EngineEvent): void {
    if (event.kind !== 'event' || event.type !== 'container') return;
    if (event.action === 'start') this.#startTimes.set(event.id, Number(event.timeNano) / 1e6);
    else if (event.action === 'die' || event.action === 'destroy') this.#startTimes.delete(event.id);
  }
}
