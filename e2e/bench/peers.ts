import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiClient } from './api.ts';
import { run, type Command } from './command.ts';
import { withUnified } from './isolation.ts';

/** A container engine as the benchmark drives it, private to it. */
export interface Peer {
  readonly name: string;
  /** Everything it keeps since the last start; the command line of each of its processes names this directory. */
  readonly directory: string;
  /** What it is, for the report. */
  describe(): Promise<string>;
  /** Starts it on an empty data root. Throws when it is missing or does not start. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A command line with docker's verbs. */
  command(...args: string[]): Command;
  /** A pull from a plain HTTP registry on loopback. */
  pull(reference: string): Command;
  /** Kills it without warning and starts it again on the same data; milliseconds until it answers. */
  crash?(): Promise<number>;
}

/** Which binaries the peers are. */
export interface PeerOptions {
  readonly docker: string;
  readonly dockerd: string;
  readonly podman: string;
  /** Podman's OCI runtime; null for its own choice. */
  readonly podmanRuntime: string | null;
}

/**
 * New directories, one per start. The old ones are removed only when all is measured: a filesystem that discards what
 * is deleted (ext4 with `discard`) makes others wait for it.
 */
class Directories {
  readonly #base: string;
  #number = 0;

  constructor(base: string) {
    this.#base = base;
  }

  get current(): string {
    return `${this.#base}-${this.#number}`;
  }

  renew(): void {
    this.#number += 1;
    mkdirSync(this.current, { mode: 0o711 });
  }
}

/** A daemon behind the docker CLI. */
abstract class DaemonPeer implements Peer {
  abstract readonly name: string;
  readonly #directories: Directories;
  readonly #docker: string;
  #child: ChildProcess | null = null;
  #output = '';

  constructor(directory: string, docker: string) {
    this.#directories = new Directories(directory);
    this.#docker = docker;
  }

  get directory(): string {
    return this.#directories.current;
  }

  protected abstract daemon(): readonly string[];

  protected get socket(): string {
    return join(this.directory, 'api.sock');
  }

  async describe(): Promise<string> {
    return (await run(this.command('version', '--format', '{{.Server.Version}}'))).trim();
  }

  async start(): Promise<void> {
    this.#directories.renew();
    await this.launch();
  }

  /** Starts the daemon on what the current directory holds. */
  protected async launch(): Promise<void> {
    const [file = '', ...args] = withUnified(this.daemon());
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-4000)));
    const failed = once(child, 'error').then(([error]) => {
      throw error;
    });
    failed.catch(() => undefined);
    // 20 s: a cold dockerd with its containerd takes two.
    for (const deadline = Date.now() + 20_000; Date.now() < deadline && child.exitCode === null;) {
      const pause = new Promise((wake) => setTimeout(wake, 20));
      await Promise.race([failed, pause]);
      if (existsSync(this.socket) && (await this.#answers())) return;
    }
    await this.stop();
    throw new Error(`${this.name} did not start:\n${this.#output}`);
  }

  async #answers(): Promise<boolean> {
    const client = new ApiClient(this.socket);
    return client
      .send('GET', '/_ping')
      .then(
        () => true,
        () => false,
      )
      .finally(() => client.close());
  }

  protected async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const containers = (await run(this.command('ps', '-aq')).catch(() => '')).split('\n').filter((id) => id !== '');
    if (containers.length > 0) await run(this.command('rm', '-f', ...containers));
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  command(...args: string[]): Command {
    return { argv: [this.#docker, ...args], env: { DOCKER_HOST: `unix://${this.socket}`, HOME: this.directory } };
  }

  pull(reference: string): Command {
    return this.command('pull', '-q', reference);
  }
}

export class BerthPeer extends DaemonPeer {
  readonly name = 'berth';

  protected daemon(): readonly string[] {
    const { directory } = this;
    const berth = fileURLToPath(new URL('../../runtime/bin/berth.mjs', import.meta.url));
    const roots = ['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'run')];
    return [process.execPath, berth, 'engine', ...roots, '--host', `unix://${this.socket}`];
  }

  async crash(): Promise<number> {
    await this.kill();
    const begin = performance.now();
    await this.launch();
    return performance.now() - begin;
  }
}

export class DockerPeer extends DaemonPeer {
  readonly name = 'dockerd';
  readonly #dockerd: string;

  constructor(directory: string, options: PeerOptions) {
    super(directory, options.docker);
    this.#dockerd = options.dockerd;
  }

  protected daemon(): readonly string[] {
    if (process.getuid?.() !== 0) throw new Error('dockerd needs root');
    const { directory } = this;
    const roots = ['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'run')];
    return [this.#dockerd, ...roots, '--pidfile', join(directory, 'pid'), '--host', `unix://${this.socket}`];
  }
}

export class PodmanPeer implements Peer {
  readonly name = 'podman';
  readonly #directories: Directories;
  readonly #options: PeerOptions;

  constructor(directory: string, options: PeerOptions) {
    this.#directories = new Directories(directory);
    this.#options = options;
  }

  get directory(): string {
    return this.#directories.current;
  }

  async describe(): Promise<string> {
    const version = (await run(this.command('version', '--format', '{{.Version}}'))).trim();
    const runtime = (await run(this.command('info', '--format', '{{.Host.OCIRuntime.Name}}'))).trim();
    return `${version} with ${runtime}`;
  }

  /** No daemon: only an empty storage. */
  async start(): Promise<void> {
    this.#directories.renew();
    // Its default limits are higher than some hosts allow even root.
    writeFileSync(
      join(this.directory, 'containers.conf'),
      '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
    );
    await run(this.command('version'));
  }

  async stop(): Promise<void> {
    if (!existsSync(this.directory)) return;
    await run(this.command('rm', '-fa', '-t', '0'));
    // Its storage stays mounted on itself when nothing runs any more.
    const graph = join(this.directory, 'root/overlay');
    if (existsSync(graph)) await run({ argv: ['umount', '-q', graph], env: {} }).catch(() => undefined);
  }

  command(...args: string[]): Command {
    const { podman, podmanRuntime } = this.#options;
    const roots = ['root', 'runroot', 'tmpdir'].flatMap((name) => [`--${name}`, join(this.directory, name)]);
    const runtime = podmanRuntime === null ? [] : ['--runtime', podmanRuntime];
    const env = { CONTAINERS_CONF: join(this.directory, 'containers.conf'), HOME: this.directory };
    return { argv: [podman, ...roots, ...runtime, ...args], env };
  }

  pull(reference: string): Command {
    return this.command('pull', '-q', '--tls-verify=false', reference);
  }
}
