import type { ComparisonMessage, HistoryStep, LayersMessage } from '../contract/images.ts';
import type { ByteProgress } from '../contract/volumes.ts';
import type { ServerChannel } from '../rpc/server.ts';
import type { DockerClient } from './docker-client.ts';
import { toBridgeError } from './docker-client.ts';
import type { DockerImage, DockerProgress } from './docker-types.ts';
import { compareSaved, type ComparedImage } from './image-compare.ts';
import { readLayers } from './image-layers.ts';
import { pathOf, transferError } from './images.ts';
import { jsonLines } from './json-lines.ts';
import { counted, receive, send } from './transfer.ts';

/** 10 Hz, in milliseconds. */
const REPORT_MS = 100;
/** Files sent in one message: the longest paths there are (4 KiB) still leave it below a frame's limit. */
const FILES_AT_ONCE = 500;

/** What is in images, and images as files. */
export class ImageContentService {
  readonly #docker: DockerClient;

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  async history(reference: string, signal: AbortSignal): Promise<HistoryStep[]> {
    const steps = await this.#docker.json<{ Created: number; CreatedBy: string; Size: number; Comment: string }[]>(
      'GET',
      `/images/${pathOf(reference)}/history`,
      { signal },
    );
    const raw = await this.#docker.json<{ RootFS?: { Layers?: string[] | null } }>(
      'GET',
      `/images/${pathOf(reference)}/json`,
      { signal },
    );
    // The answer does not mark steps without a layer; those that made one are the right number of the likeliest.
    const empty = emptySteps(steps, raw.RootFS?.Layers?.length ?? 0);
    return steps.map((step, index) => ({
      createdAt: step.Created * 1000,
      createdBy: step.CreatedBy,
      size: step.Size,
      comment: step.Comment,
      empty: empty[index] ?? false,
    }));
  }

  async layers(reference: string, channel: ServerChannel<LayersMessage>): Promise<void> {
    const { signal } = channel;
    const history = await this.history(reference, signal);
    const archive = await this.#docker.open('GET', `/images/${pathOf(reference)}/get`, { signal });
    try {
      const layers = await readLayers(archive, history, reporter(channel));
      for (const { files, ...layer } of layers) {
        await channel.item({ kind: 'layer', layer });
        for (let from = 0; from < files.length; from += FILES_AT_ONCE)
          await channel.item({ kind: 'files', files: files.slice(from, from + FILES_AT_ONCE) });
      }
    } catch (error) {
      throw toBridgeError(error, signal);
    } finally {
      archive.destroy();
    }
  }

  async compare(earlier: string, later: string, channel: ServerChannel<ComparisonMessage>): Promise<void> {
    const { signal } = channel;
    const known = async (reference: string): Promise<ComparedImage> => {
      const image = await this.#docker.json<DockerImage>('GET', `/images/${pathOf(reference)}/json`, { signal });
      return { id: image.Id, tags: image.RepoTags ?? [] };
    };
    const pair = await Promise.all([known(earlier), known(later)] as const);
    const archive = await this.#docker.open('GET', '/images/get', { query: { names: [earlier, later] }, signal });
    try {
      const { files, totals } = await compareSaved(archive, pair, reporter(channel));
      await channel.item({ kind: 'totals', totals });
      for (let from = 0; from < files.length; from += FILES_AT_ONCE)
        await channel.item({ kind: 'files', files: files.slice(from, from + FILES_AT_ONCE) });
    } catch (error) {
      throw toBridgeError(error, signal);
    } finally {
      archive.destroy();
    }
  }

  async save(references: readonly string[], channel: ServerChannel<ByteProgress>): Promise<void> {
    const archive = await this.#docker.open('GET', '/images/get', {
      query: { names: references },
      signal: channel.signal,
    });
    await send(archive, channel);
  }

  async load(channel: ServerChannel<{ bytes: number; loaded: readonly string[] }>): Promise<void> {
    let latest = 0;
    const progress = counted({
      ...channel,
      item: ({ bytes }: ByteProgress) => {
        latest = bytes;
        return channel.item({ bytes, loaded: [] });
      },
    });
    const upload = receive(channel);
    upload.on('error', (error) => progress.destroy(error));
    const response = await this.#docker.open('POST', '/images/load', {
      query: { quiet: true },
      stream: upload.pipe(progress),
      signal: channel.signal,
    });
    const loaded: string[] = [];
    try {
      for await (const line of jsonLines(response)) {
        const message = line as DockerProgress & { stream?: string };
        const failure = message.errorDetail?.message ?? message.error;
        if (failure !== undefined) throw transferError(failure);
        for (const [, name] of (message.stream ?? '').matchAll(/Loaded image(?: ID)?: (\S+)/g)) loaded.push(name ?? '');
      }
    } catch (error) {
      throw toBridgeError(error, channel.signal);
    }
    await channel.item({ bytes: latest, loaded });
  }
}

/** Tells how much has been read, now and then. */
function reporter(
  channel: Pick<ServerChannel<{ readonly kind: 'progress'; readonly bytes: number }>, 'item'>,
): (bytes: number) => void {
  let toldAt = 0;
  return (bytes) => {
    const now = performance.now();
    if (now - toldAt < REPORT_MS) return;
    toldAt = now;
    channel.item({ kind: 'progress', bytes }).catch(() => {});
  };
}

/** Which steps made no layer: those of size 0 that only set metadata, until as many are left as there are layers. */
export function emptySteps(steps: readonly { CreatedBy: string; Size: number }[], layers: number): boolean[] {
  const empty = steps.map(({ Size, CreatedBy }) => Size === 0 && !/\b(RUN|COPY|ADD|WORKDIR)\b/.test(CreatedBy));
  let extra = empty.filter((one) => !one).length - layers;
  for (const [index, step] of steps.entries()) {
    if (extra <= 0) break;
    if (empty[index] === true || step.Size > 0) continue;
    empty[index] = true;
    extra -= 1;
  }
  for (let index = empty.length - 1; index >= 0 && extra < 0; index -= 1) {
    if (empty[index] !== true) continue;
    empty[index] = false;
    extra += 1;
  }
  return empty;
}
