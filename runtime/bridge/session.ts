import type { SessionInfo } from '../contract/contract.ts';

/** What a terminal session is connected to. */
export interface SessionBackend {
  /** Resolves when the far side can take more. */
  write(bytes: Uint8Array): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends the process as far as the backend can. */
  close(): void;
}

/** How much output is replayed to a page that joins: some screens full. In bytes. */
const REPLAY_BYTES = 256 * 1024;

/** A page that looks at a session. */
export interface SessionViewer {
  /** Resolves when it can take more. */
  output(bytes: Uint8Array): Promise<void>;
  exited(exitCode: number): void;
}

/**
 * A terminal session. It lives in the bridge, not in the page, so a reload joins it again and sees what it missed.
 * A viewer that is slow pauses the source (that is what makes a terminal stop scrolling on Ctrl+S); with no viewer
 * the output goes on into the replay buffer.
 */
export class Session {
  #info: SessionInfo;
  readonly #backend: SessionBackend;
  readonly #viewers = new Set<SessionViewer>();
  #replay: Uint8Array[] = [];
  #replayBytes = 0;
  #blocked = 0;
  #columns = 0;
  #rows = 0;

  constructor(info: SessionInfo, backend: SessionBackend) {
    this.#info = info;
    this.#backend = backend;
  }

  get info(): SessionInfo {
    return this.#info;
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  /** Output of the process. The bytes are kept, so they must not be reused by the caller. */
  output(bytes: Uint8Array): void {
    this.#replay.push(bytes);
    this.#replayBytes += bytes.length;
    while (this.#replayBytes > REPLAY_BYTES && this.#replay.length > 1) {
      this.#replayBytes -= this.#replay.shift()?.length ?? 0;
    }
    for (const viewer of this.#viewers) this.#deliver(viewer, bytes);
  }

  exit(exitCode: number): void {
    if (this.#info.exitCode !== null) return;
    this.#info = { ...this.#info, exitCode };
    for (const viewer of this.#viewers) viewer.exited(exitCode);
  }

  /** Adds a viewer and replays recent output to it. Returns the function that removes it. */
  join(viewer: SessionViewer): () => void {
    for (const bytes of this.#replay) this.#deliver(viewer, bytes);
    this.#viewers.add(viewer);
    if (this.#info.exitCode !== null) viewer.exited(this.#info.exitCode);
    return () => this.#viewers.delete(viewer);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#info.exitCode === null) await this.#backend.write(bytes);
  }

  async resize(columns: number, rows: number): Promise<void> {
    if (this.#info.exitCode !== null || (columns === this.#columns && rows === this.#rows)) return;
    this.#columns = columns;
    this.#rows = rows;
    await this.#backend.resize(columns, rows);
  }

  close(): void {
    if (this.#info.exitCode === null) this.#backend.close();
  }

  #deliver(viewer: SessionViewer, bytes: Uint8Array): void {
    this.#blocked += 1;
    if (this.#blocked === 1) this.#backend.pause();
    const done = () => {
      this.#blocked -= 1;
      if (this.#blocked === 0) this.#backend.resume();
    };
    viewer.output(bytes).then(done, done);
  }
}
