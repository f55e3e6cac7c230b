import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createSocketServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A proxy on a free port of 127.0.0.1 that asks for `me:secret` and leads every name to one server: plain requests as they
 * are, tunnels to port 443 with a certificate that nobody has signed. Other tunnels it refuses. By SOCKS it takes any port.
 */
export class TestProxy {
  readonly address: string;
  readonly socksAddress: string;
  /** What it was asked for: `GET http://…`, `CONNECT host:port`, `SOCKS host:port`. */
  readonly asked: string[];
  readonly #close: () => void;

  private constructor(place: string, socksPlace: string, asked: string[], close: () => void) {
    this.address = `http://me:secret@${place}`;
    this.socksAddress = `socks5://me:secret@${socksPlace}`;
    this.asked = asked;
    this.#close = close;
  }

  static async start(behind: string): Promise<TestProxy> {
    const asked: string[] = [];
    const [host = '', port = ''] = behind.split(':');
    const forward =
      (scheme: string) =>
      (incoming: IncomingMessage, response: ServerResponse): void => {
        const { method = '', url = '' } = incoming;
        const path = URL.canParse(url) ? new URL(url).pathname + new URL(url).search : url;
        const headers = Object.entries(incoming.headers).filter(([name]) => name !== 'proxy-authorization');
        // For the addresses that the server itself gives.
        const told = { ...Object.fromEntries(headers), 'x-forwarded-proto': scheme };
        const outgoing = request({ host, port, method, path, headers: told }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        outgoing.on('error', () => response.destroy());
        incoming.pipe(outgoing);
      };
    const secure = createTlsServer(certificate(), forward('https'));
    const isKnown = ({ headers }: IncomingMessage): boolean =>
      headers['proxy-authorization'] === `Basic ${btoa('me:secret')}`;
    const server = createServer((incoming, response) => {
      asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
      if (isKnown(incoming)) forward('http')(incoming, response);
      else response.writeHead(407).end();
    });
    server.on('connect', (incoming, socket) => {
      asked.push(`CONNECT ${incoming.url ?? ''}`);
      socket.on('error', () => undefined);
      if (!isKnown(incoming)) socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      else if (incoming.url?.endsWith(':443') !== true)
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      else {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        secure.emit('connection', socket);
      }
    });
    const plain = createServer(forward('http'));
    const socks = createSocketServer((socket) => {
      socket.on('error', () => undefined);
      void acceptSocks(socket).then((target) => {
        asked.push(`SOCKS ${target}`);
        (target.endsWith(':443') ? secure : plain).emit('connection', socket);
      }, ignore);
    });
    const listening = async (one: Server): Promise<string> => {
      await new Promise<void>((resolve) => void one.listen(0, '127.0.0.1', resolve));
      return `127.0.0.1:${String((one.address() as AddressInfo).port)}`;
    };
    return new TestProxy(await listening(server), await listening(socks), asked, () => {
      for (const one of [server, secure, plain]) one.closeAllConnections();
      server.close();
      socks.close();
    });
  }

  stop(): void {
    this.#close();
  }
}

function ignore(): void {
  // The connection is closed, which the client notices.
}

/** The server's side of SOCKS 5 with name and password (RFC 1928, 1929) until the connection is made; returns to where. */
async function acceptSocks(socket: Socket): Promise<string> {
  const read = async (length: number): Promise<Buffer> => {
    for (;;) {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes !== null) return bytes;
      await once(socket, 'readable');
    }
  };
  const field = async (): Promise<string> => (await read((await read(1))[0] ?? 0)).toString();
  await read(1);
  await field(); // What it could say who it is by.
  socket.write(Buffer.from([5, 2]));
  await read(1);
  const isKnown = `${await field()}:${await field()}` === 'me:secret';
  socket.write(Buffer.from([1, isKnown ? 0 : 1]));
  if (!isKnown) {
    socket.end();
    throw new Error('an unknown client');
  }
  const kind = (await read(4))[3];
  const host = kind === 3 ? await field() : [...(await read(4))].join('.');
  const port = (await read(2)).readUInt16BE();
  socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  return `${host}:${port}`;
}

function certificate(): { readonly key: Buffer; readonly cert: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), 'proxy-'));
  try {
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=proxy'];
    execFileSync('openssl', [...kind, ...files], { cwd: directory, stdio: 'ignore' });
    return { key: readFileSync(join(directory, 'key.pem')), cert: readFileSync(join(directory, 'cert.pem')) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
