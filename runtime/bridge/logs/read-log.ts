import type { DockerClient } from '../docker-client.ts';
import { Demultiplexer } from '../demux.ts';
import { toBridgeError } from '../docker-client.ts';
import { LogEncoder } from '../log-encoder.ts';

/** Which part of a log is read. */
export interface LogPart {
  readonly follow: boolean;
  readonly tail: number | null;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * Reads a log as batches of the contract's line format, each in memory of its own. Nothing is read from the engine while
 * the last batch is dealt with. `path` is that of its container; `raw` tells that it has a terminal.
 */
export async function* readLog(
  docker: DockerClient,
  path: string,
  raw: boolean | null,
  part: LogPart,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const response = await docker.open('GET', `${path}/logs`, {
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      follow: part.follow,
      tail: part.tail ?? 'all',
      since: part.since,
      until: part.until,
    },
    signal,
  });
  const encoder = new LogEncoder();
  const isRaw = raw ?? response.headers['content-type'] === 'application/vnd.docker.raw-stream';
  const demultiplexer = new Demultiplexer((stream, bytes, first) => {
    encoder.push(stream, bytes, first);
  });
  try {
    for await (const chunk of response) {
      if (isRaw) encoder.push(1, chunk as Buffer, false);
      else demultiplexer.push(chunk as Buffer);
      yield* encoder.take();
    }
  } catch (error) {
    throw toBridgeError(error, signal);
  } finally {
    response.destroy();
  }
}
