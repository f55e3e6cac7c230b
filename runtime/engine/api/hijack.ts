import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Response head for a client that asked to speak another protocol from here on. */
export function upgradeHead(protocol: string): string {
  return `HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
}

/** Response head of a hijacked connection: 101 for clients that asked to upgrade, else a bare 200 (old clients). */
export function hijackHead(request: IncomingMessage, multiplexed: boolean): string {
  const type = multiplexed ? 'application/vnd.docker.multiplexed-stream' : 'application/vnd.docker.raw-stream';
  if (request.headers.upgrade === undefined) return `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n\r\n`;
  return `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`;
}

/**
 * The raw connection after the head was sent. `head` holds bytes that arrived with an upgrade request; when the
 * request had a body they were consumed, and the rest put back, by whoever read it.
 */
export function hijackedStream(socket: Socket, request: IncomingMessage, head: Buffer | null): Socket {
  const hadBody = Number(request.headers['content-length'] ?? 0) > 0;
  if (head !== null && head.length > 0 && !hadBody) socket.unshift(head);
  // A client that resets the connection is a client that went away.
  socket.on('error', () => socket.destroy());
  socket.setNoDelay(true);
  socket.setTimeout(0);
  return socket;
}
