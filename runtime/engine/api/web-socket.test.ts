import fc from 'fast-check';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acceptWebSocket, Unframed } from './web-socket.ts';

const frame = (stream: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
};

describe('Unframed', () => {
  it('leaves the bytes of every frame, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 }))),
        fc.integer({ min: 1, max: 30 }),
        async (frames, step) => {
          const sent = Buffer.concat(frames.map(([stream, body]) => frame(stream, Buffer.from(body))));
          const unframed = new Unframed();
          for (let at = 0; at < sent.length; at += step) unframed.write(sent.subarray(at, at + step));
          unframed.end();
          const chunks: Buffer[] = [];
          for await (const chunk of unframed as AsyncIterable<Buffer>) chunks.push(chunk);
          expect(Buffer.concat(chunks)).toEqual(Buffer.concat(frames.map(([, body]) => Buffer.from(body))));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('acceptWebSocket', () => {
  it('ends the whole stream when the client has gone, after what it sent', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    const accepted = new Promise<Duplex>((resolve, reject) => {
      server.on('upgrade', (request, socket, head) => {
        acceptWebSocket(request, socket as Socket, head).then(resolve, reject);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const key = Buffer.alloc(16).toString('base64');
    client.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await once(client, 'data');
    const stream = await accepted;
    let heard = '';
    stream.setEncoding('latin1').on('data', (text: string) => (heard += text));
    const closed = once(stream, 'close');
    // A binary message of two bytes, masked with nothing, and the end without a closing handshake.
    client.end(Buffer.from([0x82, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    await closed;
    expect(heard).toBe('hi');
  });
});
