import { Agent, request } from 'node:http';

/** The Docker Engine API over one kept connection, as a program uses it. */
export class ApiClient {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Throws when the status is not 2xx. A buffer is sent as the archive that it is, anything else as JSON. */
  send(method: string, path: string, body?: unknown): Promise<string> {
    const isArchive = Buffer.isBuffer(body);
    const bytes = isArchive ? body : body === undefined ? '' : JSON.stringify(body);
    const headers = {
      'Content-Type': isArchive ? 'application/x-tar' : 'application/json',
      'Content-Length': Buffer.byteLength(bytes),
    };
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: this.#socketPath, agent: this.#agent, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          if ((response.statusCode ?? 500) < 300) resolve(answer);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
        });
      });
      sent.on('error', reject);
      sent.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
