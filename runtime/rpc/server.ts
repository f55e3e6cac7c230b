import * as z from 'zod/mini';
import {
  contract,
  CONTRACT_VERSION,
  type CallName,
  type Contract,
  type InputOf,
  type OutputOf,
  type StreamName,
} from '../contract/contract.ts';
import { CLIENT_WINDOW_BYTES } from './client.ts';
import { BridgeError } from './error.ts';
import {
  decodeCredit,
  decodeFrame,
  decodeJson,
  encodeCredit,
  encodeFrame,
  encodeJson,
  FrameSizeError,
  type Frame,
} from './frame.ts';
import type { Transport } from './transport.ts';
import { ReceiveCredit, SendWindow } from './window.ts';

/** The bridge's end of an open stream. */
export interface ServerChannel<Item> {
  /** Aborted when the page cancels or goes away. */
  readonly signal: AbortSignal;
  /** Sends an item; resolves when the page can take more. */
  item(value: Item): Promise<void>;
  /** Sends bytes; resolves when the page can take more. */
  data(bytes: Uint8Array): Promise<void>;
  /** Bytes from the page; the returned promise is when they are dealt with. */
  onData: (bytes: Uint8Array) => Promise<void> | void;
  /** A message from the page, already validated by the stream's control schema. */
  onItem: (item: unknown) => void;
  /** The page will send no more. */
  onEnd: () => void;
}

/** One function per channel of the contract: leaving one out is a type error. */
export type Handlers = {
  readonly [K in CallName]: (input: InputOf<K>, signal: AbortSignal) => Promise<OutputOf<K>>;
} & {
  /** Resolving ends the stream, rejecting aborts it. */
  readonly [K in StreamName]: (input: InputOf<K>, channel: ServerChannel<OutputOf<K>>) => Promise<void>;
};

interface Channel {
  readonly controller: AbortController;
  readonly window: SendWindow;
  readonly credit: ReceiveCredit;
  readonly control: z.ZodMiniType | undefined;
  readonly face: ServerChannel<unknown>;
}

type AnyCall = (input: unknown, signal: AbortSignal) => Promise<unknown>;
type AnyStream = (input: unknown, channel: ServerChannel<unknown>) => Promise<void>;

const requestSchema = z.object({ name: z.string(), input: z.unknown() });

/** More calls or streams than any page has use for; the bound keeps a broken page from exhausting the bridge. */
const MAX_OPEN = 512;

/** Serves the contract on one connection. */
export class RpcServer {
  readonly #transport: Transport;
  readonly #handlers: Handlers;
  readonly #calls = new Map<number, AbortController>();
  readonly #channels = new Map<number, Channel>();
  #open = true;
  /** Called once when the connection is gone. */
  onClose: () => void = () => {};

  constructor(transport: Transport, handlers: Handlers) {
    this.#transport = transport;
    this.#handlers = handlers;
    transport.onMessage = (message) => {
      try {
        this.#dispatch(decodeFrame(message));
      } catch {
        // A peer that breaks the framing cannot be answered sensibly.
        transport.close();
      }
    };
    transport.onClose = () => {
      this.#closed();
    };
    transport.send(encodeFrame('hello', 0, encodeJson({ version: CONTRACT_VERSION })));
  }

  /** Calls and streams that are open, for tests and the debug page. */
  get openCount(): number {
    return this.#calls.size + this.#channels.size;
  }

  #send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#open) this.#transport.send(message);
  }

  #dispatch(frame: Frame): void {
    const { id, payload } = frame;
    switch (frame.kind) {
      case 'call':
        this.#call(id, payload);
        break;
      case 'open':
        this.#openChannel(id, payload);
        break;
      case 'cancel':
        this.#calls.get(id)?.abort();
        this.#drop(id);
        break;
      case 'ping':
        this.#send(encodeFrame('pong', id));
        break;
      case 'credit':
        this.#channels.get(id)?.window.grant(decodeCredit(payload));
        break;
      case 'data':
        this.#data(id, payload);
        break;
      case 'item': {
        const channel = this.#channels.get(id);
        if (channel?.control === undefined) break;
        const parsed = z.safeParse(channel.control, decodeJson(payload));
        if (parsed.success) {
          this.#guard(id, () => {
            channel.face.onItem(parsed.data);
          });
        }
        break;
      }
      case 'end':
        this.#guard(id, () => {
          this.#channels.get(id)?.face.onEnd();
        });
        break;
      default:
        break;
    }
  }

  #data(id: number, payload: Uint8Array): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    const { length } = payload;
    const take = async () => {
      await channel.face.onData(payload);
    };
    take().then(
      () => {
        channel.credit.done(length);
      },
      (error: unknown) => {
        this.#abort(id, BridgeError.from(error));
      },
    );
  }

  /** Runs what a handler does with a message; what that throws ends its channel, never the connection. */
  #guard(id: number, use: () => void): void {
    try {
      use();
    } catch (error) {
      this.#abort(id, BridgeError.from(error));
    }
  }

  /** Looks a request up and validates its input. Throws BridgeError. */
  #parse(payload: Uint8Array, kind: Contract[keyof Contract]['kind']): { name: keyof Contract; input: unknown } {
    if (this.openCount >= MAX_OPEN) throw new BridgeError('invalid', 'Too many requests are open at once.');
    const request = z.safeParse(requestSchema, decodeJson(payload));
    const name =
      request.success && Object.hasOwn(contract, request.data.name) ? (request.data.name as keyof Contract) : null;
    if (!request.success || name === null || contract[name].kind !== kind) {
      throw new BridgeError('unsupported', 'The page asked for something the app does not know.', {
        hint: 'Reload the page.',
      });
    }
    const parsed = z.safeParse(contract[name].input, request.data.input);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new BridgeError('invalid', `The value of “${issue?.path.join('.') ?? 'input'}” is not valid.`, {
        detail: z.prettifyError(parsed.error),
      });
    }
    return { name, input: parsed.data };
  }

  #call(id: number, payload: Uint8Array): void {
    const controller = new AbortController();
    let name = '';
    const run = async () => {
      const request = this.#parse(payload, 'call');
      name = request.name;
      if (this.#calls.has(id)) throw new BridgeError('invalid', 'The request id is in use.');
      this.#calls.set(id, controller);
      const handler = this.#handlers[request.name] as AnyCall;
      return encodeFrame('ok', id, encodeJson(await handler(request.input, controller.signal)));
    };
    run()
      .then(
        (answer) => {
          this.#send(answer);
        },
        (error: unknown) => {
          this.#send(encodeFrame('error', id, encodeJson(errorOf(error, name).toData())));
        },
      )
      .finally(() => {
        if (this.#calls.get(id) === controller) this.#calls.delete(id);
      });
  }

  #openChannel(id: number, payload: Uint8Array): void {
    let channel: Channel | undefined;
    let name = '';
    const run = async () => {
      const request = this.#parse(payload, 'stream');
      name = request.name;
      if (this.#channels.has(id)) throw new BridgeError('invalid', 'The request id is in use.');
      channel = this.#makeChannel(id, name as StreamName);
      this.#channels.set(id, channel);
      const handler = this.#handlers[request.name] as AnyStream;
      await handler(request.input, channel.face);
    };
    run().then(
      () => {
        if (channel === undefined || this.#channels.get(id) !== channel) return;
        this.#send(encodeFrame('end', id));
        this.#drop(id);
      },
      (error: unknown) => {
        if (channel === undefined || this.#channels.get(id) === channel) this.#abort(id, errorOf(error, name));
      },
    );
  }

  #makeChannel(id: number, name: StreamName): Channel {
    const controller = new AbortController();
    const definition = contract[name];
    const window = new SendWindow(definition.windowBytes);
    const credit = new ReceiveCredit(CLIENT_WINDOW_BYTES, (bytes) => {
      if (this.#channels.has(id)) this.#send(encodeFrame('credit', id, encodeCredit(bytes)));
    });
    const push = async (kind: 'item' | 'data', payload: Uint8Array) => {
      if (controller.signal.aborted) return;
      window.spend(payload.length);
      this.#send(encodeFrame(kind, id, payload));
      await window.ready();
    };
    const face: ServerChannel<unknown> = {
      signal: controller.signal,
      item: (value) => push('item', encodeJson(value)),
      data: (bytes) => push('data', bytes),
      onData: () => {},
      onItem: () => {},
      onEnd: () => {},
    };
    return { controller, window, credit, control: 'control' in definition ? definition.control : undefined, face };
  }

  #abort(id: number, error: BridgeError): void {
    this.#send(encodeFrame('abort', id, encodeJson(error.toData())));
    this.#drop(id);
  }

  #drop(id: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    this.#channels.delete(id);
    channel.controller.abort();
    channel.window.close();
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const controller of this.#calls.values()) controller.abort();
    this.#calls.clear();
    for (const id of [...this.#channels.keys()]) this.#drop(id);
    this.onClose();
  }
}

/** What a handler threw, as the page is to hear it. The words for an answer that does not fit are the page's own. */
function errorOf(error: unknown, name: string): BridgeError {
  if (!(error instanceof FrameSizeError)) return BridgeError.from(error);
  return new BridgeError('too-large', 'The answer is too large for one message.', { detail: name });
}
