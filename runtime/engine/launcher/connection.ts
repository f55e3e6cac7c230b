import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeError, encodeHello, FrameReader, FrameSplitter, answer, type Frame } from './wire.ts';
import { LaunchError } from './types.ts';

/**
 * A launcher process answers within a millisecond, a hundred of them at once on a busy machine within a second. One that
 * takes longer (ms) is stopped or hangs, and nobody is kept waiting for it.
 */
export const ANSWER_PATIENCE = 5_000;

/** The same for a launch or an exec, which has a disk and perhaps another OCI runtime to wait for (ms). */
export const LAUNCH_PATIENCE = 60_000;

/** How often it is tried to connect to a process whose queue of connections is full (ms): it accepts thousands a second. */
const ROOM_INTERVAL = 20;

interface Waiter {
  resolve(frame: Frame): void;
  reject(error: LaunchError): void;
}

/** What the first answer of a zygote tells. A monitor tells its pid only. */
export interface Hello {
  readonly pid: number;
  readonly rootless: boolean;
  readonly mappedIds: number;
  /** What the zygote was started with as `--build`; empty for a monitor, and a zygote that does not tell. */
  readonly build: string;
}

/**
 * One connection to a launcher process. Requests are answered in order; frames that answer nothing (the exit notice) go
 * to `onNotice`.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter();
  readonly #waiting: Waiter[] = [];
  #ended = false;
  #streamFollows = false;
  /** The zygote's or monitor's introduction; resolves with the first answer. */
  readonly hello: Promise<Hello>;
  onNotice: (frame: Frame) => void = () => undefined;
  onEnd: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // 'readable' and not 'data': a stream that was flowing could not be handed on as if it were new.
    socket.on('readable', this.#receive);
    socket.on('error', () => undefined); // always followed by 'close'
    socket.on('close', this.#close);
    socket.on('end', this.#close);
    this.hello = this.#next().then((frame) => {
      const reader = new FrameReader(frame.payload);
      reader.u16();
      const pid = reader.u32();
      return frame.payload.length > 6
        ? { pid, rootless: reader.u8() === 1, mappedIds: reader.u32(), build: reader.isDone ? '' : reader.string() }
        : { pid, rootless: false, mappedIds: 0, build: '' };
    });
    this.hello.catch(() => undefined); // whoever asks for an answer learns of it there
    socket.write(encodeHello());
  }

  /**
   * Connects; null when nobody listens at the path. Who does not introduce himself within `patience` (ms) is given up. As
   * long as others wait to be accepted and there is no room behind them (EAGAIN, connect(2)), it is tried again.
   */
  static async open(path: string, patience: number | null = null): Promise<Connection | null> {
    const givenUp = performance.now() + (patience ?? ANSWER_PATIENCE);
    for (;;) {
      const opened = await Connection.#tryOpen(path);
      if (opened !== 'full') {
        if (opened !== null && patience !== null) opened.#expectHello(path, patience);
        return opened;
      }
      if (performance.now() > givenUp) throw noAnswer(path);
      await pause(ROOM_INTERVAL);
    }
  }

  static #tryOpen(path: string): Promise<Connection | 'full' | null> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path, allowHalfOpen: true });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') resolve(null);
        else if (error.code === 'EAGAIN') resolve('full');
        else reject(new LaunchError('internal', `connecting to ${path}: ${error.message}`, 0));
      });
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        resolve(new Connection(socket));
      });
    });
  }

  readonly #receive = (): void => {
    const chunk = this.#socket.read() as Buffer | null;
    if (chunk === null) return;
    this.#splitter.push(chunk);
    for (let frame = this.#splitter.next(); frame !== null; frame = this.#splitter.next()) {
      if (frame.type === answer.exit) {
        this.onNotice(frame);
        continue;
      }
      const waiter = this.#waiting.shift();
      if (waiter === undefined) {
        this.#socket.destroy();
        return;
      }
      if (frame.type === answer.error) waiter.reject(decodeError(frame.payload));
      else waiter.resolve(frame);
      if (frame.type === answer.attached) return; // what follows is the stream's
      if (this.#streamFollows && frame.type !== answer.hello) return;
    }
  };

  readonly #close = (): void => {
    this.#end(() => new LaunchError('process-gone', 'the launcher process ended before it answered', 0));
  };

  /** `reason` is made only for somebody who waits: most connections end with nobody there. */
  #end(reason: () => LaunchError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    for (const waiter of this.#waiting.splice(0)) waiter.reject(reason());
    this.onEnd();
  }

  #expectHello(path: string, patience: number): void {
    const timer = setTimeout(() => {
      this.#end(() => noAnswer(path));
    }, patience);
    const stop = (): void => {
      clearTimeout(timer);
    };
    this.hello.then(stop, stop);
  }

  #next(): Promise<Frame> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /**
   * Sends a request and waits for its answer, at most `patience` ms. Rejects with the LaunchError the launcher gave, or
   * `no-answer`; an answer that comes later is dropped.
   */
  async request(frame: Buffer, patience: number | null = null): Promise<Frame> {
    if (this.#ended) throw new LaunchError('process-gone', 'the launcher process is gone', 0);
    const answered = this.#next();
    this.#socket.write(frame);
    if (patience === null) return answered;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(noAnswer('the monitor'));
    }, patience);
    try {
      return await Promise.race([answered, late]);
    } finally {
      clearTimeout(timer);
      answered.catch(() => undefined); // Told already.
    }
  }

  /** The same for a request whose answer is followed by a stream: see `intoStream`. */
  requestStream(frame: Buffer): Promise<Frame> {
    this.#streamFollows = true;
    return this.request(frame);
  }

  /** Sends what is not a frame, after a request that announced it. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Stops speaking frames: returns the socket with what was received beyond the last frame put back. */
  intoStream(): Socket {
    this.#socket.off('readable', this.#receive);
    this.#socket.off('end', this.#close);
    this.#socket.off('close', this.#close);
    const rest = this.#splitter.rest();
    if (rest.length > 0) this.#socket.unshift(rest);
    return this.#socket;
  }

  close(): void {
    this.#socket.destroy();
    this.#close();
  }
}

function noAnswer(who: string): LaunchError {
  return new LaunchError('no-answer', `${who} does not answer: the process is stopped, or hangs`, 0);
}
