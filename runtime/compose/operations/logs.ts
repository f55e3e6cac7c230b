import type { Readable } from 'node:stream';
import { DockerApiError } from '../../common/docker-api.ts';
import { inspectContainer } from '../objects/containers.ts';
import type { ComposeContext } from './context.ts';

/** What is read of a container's log. */
export interface LogChoices {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Lines from the end, `all` or a number. */
  readonly tail: string;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Longest line that is held together; a longer one is passed on in pieces. */
const MAX_LINE_BYTES = 1024 * 1024;

/** Reads a container's log line by line, until it ends or is aborted. A container that goes meanwhile ends it. */
export async function followLog(
  context: ComposeContext,
  id: string,
  choices: LogChoices,
  line: (text: string, stream: 'stdout' | 'stderr') => void,
): Promise<void> {
  try {
    const { Config } = await inspectContainer(context.api, id);
    const stream = await context.api.open('GET', `/containers/${id}/logs`, {
      query: {
        stdout: 1,
        stderr: 1,
        follow: choices.follow ? 1 : 0,
        timestamps: choices.timestamps ? 1 : 0,
        tail: choices.tail,
        since: choices.since,
        until: choices.until,
      },
      signal: context.signal,
    });
    await readLines(stream, !Config.Tty, line);
  } catch (error) {
    if (context.signal.aborted || (error instanceof DockerApiError && [404, 409].includes(error.status))) return;
    throw error;
  }
}

/** Lines of a stream in Docker's frames (type, three zero bytes, big-endian length), or of a plain one. */
export async function readLines(
  stream: Readable,
  isMultiplexed: boolean,
  line: (text: string, stream: 'stdout' | 'stderr') => void,
): Promise<void> {
  const stdout = new LineSplitter((text) => line(text, 'stdout'));
  const stderr = new LineSplitter((text) => line(text, 'stderr'));
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (!isMultiplexed) {
      stdout.add(chunk);
      continue;
    }
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 8) {
      const end = 8 + pending.readUInt32BE(4);
      if (pending.length < end) break;
      (pending.readUInt8(0) === 2 ? stderr : stdout).add(pending.subarray(8, end));
      pending = pending.subarray(end);
    }
  }
  stdout.end();
  stderr.end();
}

class LineSplitter {
  readonly #line: (text: string) => void;
  #pending: Buffer = Buffer.alloc(0);

  constructor(line: (text: string) => void) {
    this.#line = line;
  }

  add(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (let at = this.#pending.indexOf(10); at >= 0; at = this.#pending.indexOf(10)) {
      this.#line(this.#pending.toString('utf8', 0, at).replace(/\r$/, ''));
      this.#pending = this.#pending.subarray(at + 1);
    }
    if (this.#pending.length > MAX_LINE_BYTES) this.end();
  }

  end(): void {
    if (this.#pending.length > 0) this.#line(this.#pending.toString());
    this.#pending = Buffer.alloc(0);
  }
}
