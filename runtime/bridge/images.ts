import { DockerConfig, registryOf } from '../common/docker-config.ts';
import { buildHostImage, HOST_IMAGE_NAME } from '../common/host-image/host-image.ts';
import type { ImageSummary, LayerProgress, TransferProgress } from '../contract/contract.ts';
import type { ImageDetails } from '../contract/images.ts';
import { BridgeError } from '../rpc/error.ts';
import type { DockerClient } from './docker-client.ts';
import { toBridgeError } from './docker-client.ts';
import type { DockerContainerRow, DockerImage, DockerImageRow, DockerProgress } from './docker-types.ts';
import { isHelper } from './helper.ts';
import { jsonLines } from './json-lines.ts';
import { imageDetails, imageRows } from './translate.ts';
import type { WorkChannel } from './works.ts';

/** 10 Hz: as often as a person can see a bar move. */
const PROGRESS_INTERVAL_MS = 100;

/** Splits `name[:tag][@digest]` the way the API's `fromImage` and `tag` want it; the default tag is `latest`. */
export function splitReference(reference: string): { name: string; tag: string } {
  const at = reference.indexOf('@');
  if (at >= 0) return { name: reference.slice(0, at), tag: reference.slice(at + 1) };
  const colon = reference.lastIndexOf(':');
  if (colon > reference.lastIndexOf('/')) return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  return { name: reference, tag: 'latest' };
}

/** A reference as a part of a path: slashes stay, everything that could end the path does not. */
export function pathOf(reference: string): string {
  return reference.split('/').map(encodeURIComponent).join('/');
}

/** Folds the engine's progress messages into one picture. */
export class ProgressFold {
  readonly #layers = new Map<string, LayerProgress>();
  #status = '';

  /** Takes one message. Throws BridgeError when it reports a failure. */
  add(message: DockerProgress): void {
    const failure = message.errorDetail?.message ?? message.error;
    if (failure !== undefined) throw transferError(failure);
    const { id, status = '' } = message;
    const isLayer = id !== undefined && !status.startsWith('Pulling from') && !status.startsWith('The push refers');
    if (!isLayer) {
      if (status !== '') this.#status = status;
      return;
    }
    const known = this.#layers.get(id);
    const total = message.progressDetail?.total ?? known?.total ?? 0;
    const finished = /complete|exists|Pushed|Mounted/i.test(status);
    const current = finished
      ? total
      : (message.progressDetail?.current ?? (status === known?.status ? known.current : 0));
    this.#layers.set(id, { id, status, current, total });
  }

  snapshot(): TransferProgress {
    return { layers: [...this.#layers.values()], status: this.#status };
  }
}

/** What Node's and other engines' resolvers and sockets say. */
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|no such host|connection refused|unreachable|cannot reach|could not reach|i\/o timeout/i;

/** What engines say of an image that is not there, or not for everybody: registries do not tell which. */
const DENIED = /pull access denied for ([^\s,]+)/i;

/** What a failed transfer means for a person. */
export function transferError(message: string): BridgeError {
  const denied = DENIED.exec(message)?.[1];
  if (denied !== undefined) {
    return new BridgeError('unauthorized', `The registry has no “${denied}” for everybody.`, {
      detail: message,
      hint: 'Check the name, or log in to the registry under “Registries”.',
    });
  }
  if (/unauthorized|denied|authentication required|no basic auth credentials/i.test(message)) {
    return new BridgeError('unauthorized', `The registry refused: ${message}`, {
      hint: 'Check the name, or log in to the registry under “Registries”.',
    });
  }
  if (/not found|manifest unknown|does not exist/i.test(message)) {
    return new BridgeError('not-found', `There is no such image: ${message}`, { hint: 'Check the name and the tag.' });
  }
  if (UNREACHABLE.test(message)) {
    const host = /https?:\/\/([^\s/:]+(?::\d+)?)/.exec(message)?.[1];
    return new BridgeError('internal', `The registry${host === undefined ? '' : ` at ${host}`} cannot be reached.`, {
      detail: message,
      hint: 'Check the name and the network, then try again.',
    });
  }
  return new BridgeError('internal', message, { hint: 'Check the network and try again.' });
}

/** The contract's `images.*` over the Docker Engine API. */
export class ImageService {
  readonly #docker: DockerClient;
  readonly #config = new DockerConfig();

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  async list(signal: AbortSignal): Promise<ImageSummary[]> {
    const [images, containers] = await Promise.all([
      this.#docker.json<DockerImageRow[]>('GET', '/images/json', { signal }),
      this.#docker.json<DockerContainerRow[]>('GET', '/containers/json', { query: { all: true }, signal }),
    ]);
    const users = Map.groupBy(containers, (container) => container.ImageID);
    return images
      .filter(({ Labels }) => !isHelper(Labels))
      .flatMap((image) =>
        imageRows(
          image,
          (users.get(image.Id) ?? []).map((container) => container.Id),
        ),
      );
  }

  async inspect(reference: string, signal: AbortSignal): Promise<ImageDetails> {
    return imageDetails(await this.#docker.json<DockerImage>('GET', `/images/${pathOf(reference)}/json`, { signal }));
  }

  async remove(reference: string, force: boolean, signal: AbortSignal): Promise<{ deleted: number }> {
    const answer = await this.#docker.json<{ Deleted?: string }[] | undefined>(
      'DELETE',
      `/images/${pathOf(reference)}`,
      {
        query: { force },
        signal,
      },
    );
    return { deleted: (answer ?? []).filter((one) => one.Deleted !== undefined).length };
  }

  async prune(all: boolean, signal: AbortSignal): Promise<{ deleted: number; reclaimedBytes: number }> {
    const answer = await this.#docker.json<{ ImagesDeleted: unknown[] | null; SpaceReclaimed?: number }>(
      'POST',
      '/images/prune',
      { query: { filters: JSON.stringify({ dangling: [all ? 'false' : 'true'] }) }, signal },
    );
    return { deleted: answer.ImagesDeleted?.length ?? 0, reclaimedBytes: answer.SpaceReclaimed ?? 0 };
  }

  async tag(reference: string, repository: string, tag: string, signal: AbortSignal): Promise<Record<string, never>> {
    await this.#docker.json('POST', `/images/${pathOf(reference)}/tag`, { query: { repo: repository, tag }, signal });
    return {};
  }

  async fromHost(signal: AbortSignal): Promise<{ reference: string }> {
    const { archive } = await buildHostImage();
    const response = await this.#docker.open('POST', '/images/load', {
      query: { quiet: true },
      stream: archive,
      signal,
    });
    const fold = new ProgressFold();
    for await (const line of jsonLines(response)) fold.add(line as DockerProgress);
    return { reference: HOST_IMAGE_NAME };
  }

  async pull(reference: string, channel: WorkChannel<TransferProgress>): Promise<void> {
    const { name, tag } = splitReference(reference);
    await this.#transfer(name, '/images/create', { fromImage: name, tag }, channel);
  }

  async push(reference: string, channel: WorkChannel<TransferProgress>): Promise<void> {
    const { name, tag } = splitReference(reference);
    await this.#transfer(name, `/images/${pathOf(name)}/push`, { tag }, channel);
  }

  /** Follows a pull or push; sends at most one picture per interval, and the last one always. */
  async #transfer(
    name: string,
    path: string,
    query: Record<string, string>,
    channel: WorkChannel<TransferProgress>,
  ): Promise<void> {
    const opened = this.#docker.open('POST', path, {
      query,
      // Anonymous when `docker login` or `berth login` has stored nothing for the registry.
      headers: { 'X-Registry-Auth': await this.#config.registryAuthHeader(registryOf(name)) },
      signal: channel.signal,
    });
    const response = await opened.catch((error: unknown) => {
      // An engine that has nothing to report on the way answers with a bare status instead of a failing stream.
      if (!(error instanceof BridgeError)) throw error;
      const said = error.detail ?? error.message;
      throw error.status === 500 || DENIED.test(said) ? transferError(said) : error;
    });
    const fold = new ProgressFold();
    let sentAt = 0;
    try {
      for await (const line of jsonLines(response)) {
        fold.add(line as DockerProgress);
        const now = performance.now();
        if (now - sentAt < PROGRESS_INTERVAL_MS) continue;
        sentAt = now;
        await channel.item(fold.snapshot());
      }
    } catch (error) {
      throw toBridgeError(error, channel.signal);
    } finally {
      response.destroy();
    }
    await channel.item(fold.snapshot());
  }
}
