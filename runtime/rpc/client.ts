import {
  contract,
  CONTRACT_VERSION,
  type CallName,
  type ErrorCode,
  type InputOf,
  type OutputOf,
  type StreamName,
} from '../contract/contract.ts';
import type { ClientFault, ClientTexts } from './client-texts.ts';
import { BridgeError } from './error.ts';
import {
  decodeCredit,
  decodeFrame,
  decodeJson,
  encodeCredit,
  encodeFrame,
  encodeJson,
  FrameError,
  type Frame,
} from './frame.ts';
import type { Transport } from './transport.ts';
import { ReceiveCredit, SendWindow } from './window.ts';

/** What the far side says of itself in its first frame. */
export interface Hello {
  readonly version: number;
}

export interface StreamCallbacks<Item> {
  readonly onItem?: (item: Item) => void;
  /** Must call `done` once it has finished with the bytes: that is what lets more come. */
  readonly onData?: (bytes: Uint8Array, done: () => void) => void;
}

/** An open stream or duplex channel, as the page holds it. */
export interface ClientStream {
  /** Resolves at the regular end; rejects with BridgeError when it failed, was cancelled or the connection was lost. */
  readonly closed: Promise<void>;
  cancel(): void;
  sendItem(item: unknown): void;
  /** Resolves when the far side can take more. */
  sendData(bytes: Uint8Array): Promise<void>;
  endInput(): void;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: BridgeError) => void;
}

interface OpenStream extends PendingCall {
  readonly window: SendWindow;
  readonly receive: (frame: Frame) => void;
}

/** 1 MiB each way for what the page sends: a large paste. */
export const CLIENT_WINDOW_BYTES = 1024 * 1024;

const CODES: Readonly<Record<ClientFault, ErrorCode>> = {
  disconnected: 'disconnected',
  cancelled: 'cancelled',
  timeout: 'timeout',
  unsupported: 'unsupported',
  tooLarge: 'invalid',
  answerTooLarge: 'too-large',
  senseless: 'internal',
};

/** The page's end of the wire. One per connection; a lost connection is replaced by a new client. */
export class RpcClient {
  readonly #transport: Transport;
  readonly #texts: ClientTexts;
  readonly #say: (sentence: string) => string;
  readonly #calls = new Map<number, PendingCall>();
  readonly #streams = new Map<number, OpenStream>();
  #nextId = 1;
  #open = true;
  readonly ready: Promise<Hello>;
  #greeted: (hello: Hello) => void = () => {};
  #refused: (error: BridgeError) => void = () => {};
  /** Called once when the connection is gone. */
  onClose: () => void = () => {};
  /** Called when a stream's own callback throws: that stream ends, the connection and all others go on. */
  onFault: (error: unknown) => void = () => {};
  /** Called for each `pong`. */
  onPong: () => void = () => {};

  /** `texts` are what a person is told of errors that arise on this side. */
  constructor(transport: Transport, texts: ClientTexts, say: (sentence: string) => string = (sentence) => sentence) {
    this.#transport = transport;
    this.#texts = texts;
    this.#say = say;
    this.ready = new Promise((resolve, reject) => {
      this.#greeted = resolve;
      this.#refused = reject;
    });
    // Whoever awaits `ready` sees the rejection; nobody has to.
    this.ready.catch(() => {});
    transport.onMessage = (message) => {
      this.#receive(message);
    };
    transport.onClose = () => {
      this.#closed();
    };
    transport.send(encodeFrame('hello', 0, encodeJson({ version: CONTRACT_VERSION })));
  }

  /** Calls the bridge. Rejects with BridgeError. */
  async call<K extends CallName>(
    name: K,
    input: InputOf<K>,
    options: { signal?: AbortSignal } = {},
  ): Promise<OutputOf<K>> {
    if (!this.#open) throw this.#fault('disconnected');
    if (options.signal?.aborted === true) throw this.#fault('cancelled');
    const id = this.#take();
    const result = await new Promise<unknown>((resolve, reject) => {
      const stop = (error: BridgeError) => {
        if (this.#calls.delete(id)) this.#send(encodeFrame('cancel', id));
        finish();
        reject(error);
      };
      const timer = setTimeout(() => {
        stop(this.#fault('timeout', name));
      }, contract[name].timeoutMs);
      const onAbort = () => {
        stop(this.#fault('cancelled'));
      };
      const finish = () => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
      };
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.#calls.set(id, {
        resolve: (value) => {
          finish();
          resolve(value);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      });
      try {
        this.#send(encodeFrame('call', id, encodeJson({ name, input })));
      } catch (error) {
        // What cannot be serialised must not stay registered.
        this.#calls.delete(id);
        finish();
        reject(error instanceof FrameError ? this.#fault('tooLarge', name) : BridgeError.from(error));
      }
    });
    return result as OutputOf<K>;
  }

  /** Opens a stream. */
  open<K extends StreamName>(name: K, input: InputOf<K>, callbacks: StreamCallbacks<OutputOf<K>>): ClientStream {
    const id = this.#take();
    const credit = new ReceiveCredit(contract[name].windowBytes, (bytes) => {
      if (this.#streams.has(id)) this.#send(encodeFrame('credit', id, encodeCredit(bytes)));
    });
    const window = new SendWindow(CLIENT_WINDOW_BYTES);
    const closed = new Promise<void>((resolve, reject) => {
      if (!this.#open) {
        reject(this.#fault('disconnected'));
        return;
      }
      const receive = (frame: Frame) => {
        if (frame.kind === 'item') {
          const item = decodeJson(frame.payload) as OutputOf<K>;
          this.#guard(id, () => callbacks.onItem?.(item));
          credit.done(frame.payload.length);
        } else if (frame.kind === 'data') {
          const { payload } = frame;
          const done = () => {
            credit.done(payload.length);
          };
          if (callbacks.onData === undefined) done();
          else this.#guard(id, () => callbacks.onData?.(payload, done));
        } else if (frame.kind === 'credit') {
          window.grant(decodeCredit(frame.payload));
        }
      };
      this.#streams.set(id, {
        resolve: () => {
          resolve();
        },
        reject,
        window,
        receive,
      });
      this.#send(encodeFrame('open', id, encodeJson({ name, input })));
    });
    // The stream's user may only care about its items.
    closed.catch(() => {});
    const has = () => this.#streams.has(id);
    return {
      closed,
      cancel: () => {
        this.#cancel(id, this.#fault('cancelled'));
      },
      sendItem: (item) => {
        if (has()) this.#send(encodeFrame('item', id, encodeJson(item)));
      },
      sendData: async (bytes) => {
        if (!has()) return;
        window.spend(bytes.length);
        this.#send(encodeFrame('data', id, bytes));
        await window.ready();
      },
      endInput: () => {
        if (has()) this.#send(encodeFrame('end', id));
      },
    };
  }

  /** Asks for a `pong`, to find a connection that died without a word. */
  ping(): void {
    if (this.#open) this.#send(encodeFrame('ping', 0));
  }

  close(): void {
    this.#transport.close();
  }

  #cancel(id: number, reason: BridgeError): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    this.#send(encodeFrame('cancel', id));
    stream.window.close();
    stream.reject(reason);
  }

  /** Runs what a stream's user does with a message; what that throws is the stream's end, never the connection's. */
  #guard(id: number, use: () => void): void {
    try {
      use();
    } catch (error) {
      this.#cancel(id, BridgeError.from(error));
      this.onFault(error);
    }
  }

  #take(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  #send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#open) this.#transport.send(message);
  }

  #receive(message: Uint8Array): void {
    let frame: Frame;
    try {
      frame = decodeFrame(message);
      this.#dispatch(frame);
    } catch (error) {
      this.#refused(this.#fault('senseless', String(error)));
      this.#transport.close();
    }
  }

  #dispatch(frame: Frame): void {
    switch (frame.kind) {
      case 'hello': {
        const hello = decodeJson(frame.payload) as Hello;
        if (hello.version === CONTRACT_VERSION) this.#greeted(hello);
        else {
          this.#refused(this.#fault('unsupported'));
        }
        break;
      }
      case 'pong':
        this.onPong();
        break;
      case 'ok':
      case 'error': {
        const call = this.#calls.get(frame.id);
        // An answer that crossed our cancel on the way.
        if (call === undefined) break;
        this.#calls.delete(frame.id);
        if (frame.kind === 'ok') call.resolve(decodeJson(frame.payload));
        else call.reject(this.#told(frame));
        break;
      }
      case 'end':
      case 'abort': {
        const stream = this.#streams.get(frame.id);
        if (stream === undefined) break;
        this.#streams.delete(frame.id);
        stream.window.close();
        if (frame.kind === 'end') stream.resolve(undefined);
        else stream.reject(this.#told(frame));
        break;
      }
      default:
        this.#streams.get(frame.id)?.receive(frame);
    }
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    const error = this.#fault('disconnected');
    this.#refused(error);
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    for (const stream of this.#streams.values()) {
      stream.window.close();
      stream.reject(error);
    }
    this.#streams.clear();
    this.onClose();
  }

  /** The error that the far side tells of. */
  #told(frame: Frame): BridgeError {
    const error = BridgeError.fromData(decodeJson(frame.payload));
    if (error === null) return this.#fault('senseless');
    return error.code === 'too-large' ? this.#fault('answerTooLarge', error.detail) : error.inWords(this.#say);
  }

  /** An error of this side. */
  #fault(fault: ClientFault, detail?: string): BridgeError {
    const { message, hint } = this.#texts[fault];
    return new BridgeError(CODES[fault], message, {
      ...(hint === undefined ? {} : { hint }),
      ...(detail === undefined ? {} : { detail }),
    });
  }
}
