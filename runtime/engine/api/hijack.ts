import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { speaksBefore, type ApiContext } from './router.ts';

/** Response head for a client that asked to speak another protocol from here on. */
export function upgradeHead(protocol: string): string {
  return `HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
}

/**
 * docker-py reads the head through a buffer of Python's (`io.DEFAULT_BUFFER_SIZE`, in bytes; before 3.14) and takes the
 * socket from below it: output that is there before it has read the head is lost in that buffer. dockerd is slow enough
 * that there mostly is none; a head that just fills the buffer leaves no room for any.
 */
const PYTHON_BUFFER_SIZE = 8192;

/** What a stream of output is called: up to API 1.41 frames have no name of their own. */
export function streamType(client: Pick<ApiContext, 'version'>, multiplexed: boolean): string {
  return `application/vnd.docker.${multiplexed && !speaksBefore(client, 42) ? 'multiplexed' : 'raw'}-stream`;
}

/** Response head of a hijacked connection: 101 for clients that asked to upgrade, else a bare 200 (old clients). */
export function hijackHead({ headers }: Pick<IncomingMessage, 'headers'>, type: string): string {
  const lines =
    headers.upgrade === undefined
      ? `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n`
      : `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n`;
  if (headers['user-agent']?.startsWith('docker-sdk-python/') !== true) return `${lines}\r\n`;
  const start = `${lines}X-Filler: `;
  const end = '\r\n\r\n';
  return start.padEnd(PYTHON_BUFFER_SIZE - end.length, '-') + end;
}

/** Whether a request is for a connection to be taken over that its client does not say so of, as old ones do not. */
export function asksForRawStream({ method, url = '', headers }: IncomingMessage): boolean {
  return (
    method === 'POST' &&
    headers.upgrade === undefined &&
    /^(?:\/v[\d.]+)?\/(?:containers\/[^/?]+\/attach|exec\/[^/?]+\/start)(?:\?|$)/.test(url)
  );
}

/**
 * Takes a connection away from Node's HTTP parser, for which all that comes is a further request: it does so by itself
 * for clients that ask to upgrade only. The connection is paused after that, and its half of it may end alone.
 */
export function leaveParser(socket: Socket): void {
  // The parser reads below the stream until somebody listens; paused before that, the stream would never read again.
  socket.on('data', ignore);
  socket.pause();
  for (const event of ['data', 'end', 'drain', 'timeout', 'error']) socket.removeAllListeners(event);
  socket.on('error', () => socket.destroy());
  socket.allowHalfOpen = true;
}

function ignore(): void {
  // Nothing to do with it.
}

/** ms between looks whether a client that sends no more is there at all. */
const LOOK_EVERY = 10_000;

/**
 * A client may have no more input and still wait for output; one that is gone looks the same, until something is written
 * to it, which a quiet process never does. Writing nothing to a unix socket fails where the other side is closed.
 */
function noticeLoss(socket: Socket): void {
  const watch = (): void => {
    const look = (): void => void socket.write('');
    look();
    const timer = setInterval(look, LOOK_EVERY);
    socket.once('close', () => {
      clearInterval(timer);
    });
  };
  // The end may have come while the request was answered.
  if (socket.readableEnded) watch();
  else socket.once('end', watch);
}

/**
 * The raw connection after the head was sent. `head` holds bytes that arrived with an upgrade request; when the
 * request had a body they were consumed, and the rest put back, by whoever read it.
 */
export function hijackedStream(socket: Socket, request: IncomingMessage, head: Buffer | null): Socket {
  if (head === null) leaveParser(socket);
  const hadBody = Number(request.headers['content-length'] ?? 0) > 0;
  if (head !== null && head.length > 0 && !hadBody) socket.unshift(head);
  // A client that resets the connection is a client that went away.
  socket.on('error', () => socket.destroy());
  noticeLoss(socket);
  socket.setNoDelay(true);
  socket.setTimeout(0);
  return socket;
}
