import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Transform, type Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';

/** 1 MiB: a terminal's input comes in far smaller messages. */
const MESSAGE_MAX = 1024 * 1024;

/** Whether a client asks for a web socket (RFC 6455, 4.1). */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && headers['sec-websocket-key'] !== undefined;
}

/**
 * Completes the handshake and returns the socket as a stream of bytes, sent as binary messages. Rejects with `invalid`
 * when the handshake fails; then the connection has been answered and ended.
 */
export async function acceptWebSocket(request: IncomingMessage, socket: Socket, head: Buffer): Promise<Duplex> {
  // Few engines ever see one: the code is loaded at the first.
  const { createWebSocketStream, WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_MAX, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    server.on('wsClientError', (error) => {
      socket.destroy();
      reject(new EngineError('invalid', error.message, { cause: error }));
    });
    server.handleUpgrade(request, socket, head, (accepted) => {
      const stream = createWebSocketStream(accepted);
      // A client that goes away without a closing handshake is a client that went away.
      stream.on('error', () => stream.destroy());
      // No half of it can go on alone: once it is closed and read to its end, nobody is there.
      accepted.once('close', () => {
        if (stream.readableEnded) stream.destroy();
        else stream.once('end', () => stream.destroy());
      });
      resolve(stream);
    });
  });
}

/** Takes the headers off a multiplexed stream: what is left is stdout and stderr as they came. */
export class Unframed extends Transform {
  #header = Buffer.alloc(0);
  #remaining = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#remaining === 0) {
        const wanted = 8 - this.#header.length;
        this.#header = Buffer.concat([this.#header, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (this.#header.length < 8) break;
        this.#remaining = this.#header.readUInt32BE(4);
        this.#header = Buffer.alloc(0);
      } else {
        const body = rest.subarray(0, this.#remaining);
        this.#remaining -= body.length;
        rest = rest.subarray(body.length);
        this.push(body);
      }
    }
    done();
  }
}
