import { Duplex, Transform } from 'node:stream';

/** Bytes on the stdout channel of a multiplexed stream. */
export function stdoutFrame(body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** Two halves as one stream. One whose client is lost, at any time, is just over. */
export function joined(readable: Duplex, writable: Duplex): Duplex {
  const stream = Duplex.from({ readable, writable });
  stream.on('error', () => stream.destroy());
  return stream;
}

/** A client that gets the raw output of a terminal in the frames that it asked for. */
export function withFrames(client: Duplex): Duplex {
  const framed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, stdoutFrame(chunk));
    },
  });
  framed.pipe(client);
  return joined(client, framed);
}
