import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's docker-registry on a free port of 127.0.0.1, with its storage in a directory of its own. */
export class TestRegistry {
  readonly host: string;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(host: string, child: ChildProcess, directory: string) {
    this.host = host;
    this.#child = child;
    this.#directory = directory;
  }

  /** `htpasswd`: a line of an htpasswd file with a bcrypt hash, or null for open access. */
  static async start(htpasswd: string | null): Promise<TestRegistry> {
    const directory = mkdtempSync(join(tmpdir(), 'reg-'));
    const port = await freePort();
    const lines = [
      'version: 0.1',
      'log: {level: error, accesslog: {disabled: true}}',
      `storage: {filesystem: {rootdirectory: ${directory}/data}}`,
      `http: {addr: "127.0.0.1:${port}"}`,
    ];
    if (htpasswd !== null) {
      writeFileSync(join(directory, 'htpasswd'), htpasswd + '\n');
      lines.push(`auth: {htpasswd: {realm: test, path: ${directory}/htpasswd}}`);
    }
    writeFileSync(join(directory, 'config.yml'), lines.join('\n') + '\n');
    const child = spawn('docker-registry', ['serve', join(directory, 'config.yml')], { stdio: 'ignore' });
    const host = `127.0.0.1:${port}`;
    const deadline = Date.now() + 10_000;
    for (;;) {
      try {
        await fetch(`http://${host}/v2/`);
        return new TestRegistry(host, child, directory);
      } catch (error) {
        if (Date.now() > deadline || child.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}
