import { WebSocket } from 'ws';
import { MAX_FRAME_BYTES } from '../rpc/frame.ts';
import type { Transport } from '../rpc/transport.ts';

/** 15 s: notices a dead page soon, and is far longer than any pause of a living one. */
const HEARTBEAT_MS = 15_000;
/** A page that leaves this much unread has stopped reading altogether: the windows of its streams add up to less. */
const MAX_BUFFERED_BYTES = 16 * MAX_FRAME_BYTES;

/** Carries frames over an accepted WebSocket. */
export function socketTransport(socket: WebSocket): Transport {
  let alive = true;
  const transport: Transport = {
    send: (message) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate();
      else socket.send(message);
    },
    onMessage: () => {},
    onClose: () => {},
    close: () => {
      socket.close();
    },
  };
  const heartbeat = setInterval(() => {
    if (!alive) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
  }, HEARTBEAT_MS);
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) transport.onMessage(data);
    else socket.close(1003);
  });
  // The close event that follows is what ends the connection.
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(heartbeat);
    transport.onClose();
  });
  return transport;
}
