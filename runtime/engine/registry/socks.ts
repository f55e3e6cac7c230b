import type { Agent, ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';

/** Whether a proxy speaks SOCKS version 5, and looks names up itself: Go's programs ask it to by both names. */
export function isSocks({ protocol }: URL): boolean {
  return protocol === 'socks5:' || protocol === 'socks5h:';
}

/** ms until the proxy has to have made the connection, as long as pulls wait for a byte. */
const DIAL_TIMEOUT = 30_000;

/** Makes an agent's connections lead through a SOCKS proxy; those of an agent of TLS speak it with the server behind. */
export function leadThroughSocks<Kind extends Agent>(agent: Kind, isTls: boolean, proxy: URL): Kind {
  const direct = agent.createConnection.bind(agent);
  agent.createConnection = (options, told) => {
    const connected = async (): Promise<Duplex> => {
      const socket = await dial(proxy, options.host ?? '', Number(options.port));
      if (!isTls) return socket;
      const over: ClientRequestArgs & { socket: Duplex } = { ...options, socket };
      const secured = direct(over);
      if (secured === null || secured === undefined) throw new Error('there is no connection');
      return secured;
    };
    connected().then(
      (stream) => told?.(null, stream),
      // Node takes no stream then.
      (error: unknown) => (told as ((error: unknown) => void) | undefined)?.(error),
    );
    return undefined;
  };
  return agent;
}

/** A failure on the way through a SOCKS proxy: in words alone, for the library's own error holds name and password. */
class SocksError extends Error {
  readonly code: string;

  constructor(message: string) {
    super(message);
    this.name = 'SocksError';
    this.code = /Authentication failed|no accepted authentication|NotAllowed/.test(message)
      ? 'PROXY_REFUSED'
      : (/\b(?:E[A-Z]{4,}|PROXY_REFUSED)\b/.exec(message)?.[0] ?? 'PROXY_FAILED');
  }
}

async function dial(proxy: URL, host: string, port: number): Promise<Duplex> {
  // A CommonJS module: bundled, it has nothing but its default.
  const { SocksClient } = (await import('socks')).default;
  const name = decodeURIComponent(proxy.username);
  try {
    const { socket } = await SocksClient.createConnection({
      command: 'connect',
      destination: { host, port },
      timeout: DIAL_TIMEOUT,
      proxy: {
        type: 5,
        host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: Number(proxy.port === '' ? '1080' : proxy.port),
        ...(name === '' ? {} : { userId: name, password: decodeURIComponent(proxy.password) }),
      },
    });
    return socket;
  } catch (error) {
    throw new SocksError(error instanceof Error ? error.message : String(error));
  }
}
