import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '../../runtime/common/errors.ts';
import { EngineProcess } from '../fixtures/engine-process.ts';
import { ordinaryUser } from '../fixtures/ordinary-user.ts';
import { guestImage, GUEST_IMAGE, makeGuest, readFrom } from './guest.ts';
import type { Context } from './scenarios.ts';
import type { Row, Series } from './statistics.ts';

/** Where the program listens inside, and where the forwarders listen outside. */
const INSIDE = 9000;
const OUTSIDE = { pasta: 19_002, slirp4netns: 19_003 };
/** ms until a forwarder is given up that nobody can read from. */
const PATIENCE = 10_000;

/** One way for an ordinary user to make a port of a network namespace the host's. */
interface Forwarder {
  /** Resolves with the port of 127.0.0.1. */
  start(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * A published port of an ordinary user's container beside what other engines without root forward with: pasta and
 * slirp4netns, each with the same program behind it. All serve a client on 127.0.0.1.
 */
export async function forwardScenario({ rounds, progress }: Context): Promise<Row[]> {
  giveUplink();
  const directory = mkdtempSync('/tmp/bb-forward-');
  chmodSync(directory, 0o755);
  const guest = join(directory, 'guest');
  makeGuest(guest);
  const series = new Map<string, Series>();
  const ways: readonly (readonly [string, Forwarder])[] = [
    ['berth', new PublishedPort()],
    ['pasta', new Pasta(guest)],
    ['slirp4netns', new Slirp(guest)],
  ];
  for (const [name, forwarder] of ways) {
    try {
      const port = await forwarder.start();
      const values: number[] = [];
      for (let round = 0; round < (rounds ?? 3); round += 1) values.push(await readFrom(port));
      series.set(name, { unit: 'MB/s', values });
    } catch (error) {
      if (name === 'berth') throw error;
      progress(`${name} is left out: ${messageOf(error)}`);
    } finally {
      await forwarder.stop();
    }
  }
  rmSync(directory, { recursive: true, force: true });
  const note = 'from a container of an ordinary user to a client on 127.0.0.1; the others without an engine';
  return [{ name: 'published port, rootless', note, series }];
}

/** The bench's own network namespace leads nowhere; pasta wants an interface with a route to take after. */
function giveUplink(): void {
  if (process.getuid?.() !== 0 || existsSync('/sys/class/net/uplink')) return;
  const ip = (...args: string[]): void => void spawnSync('ip', args, { stdio: 'ignore' });
  // Both ends stay here: all that counts is that there is one, and not every kernel has `dummy`.
  ip('link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', 'far');
  ip('link', 'set', 'far', 'up');
  // An address for documentation (RFC 5737).
  ip('address', 'add', '192.0.2.2/24', 'dev', 'uplink');
  ip('link', 'set', 'uplink', 'up');
  ip('route', 'add', 'default', 'via', '192.0.2.1');
}

class PublishedPort implements Forwarder {
  readonly #engine = new EngineProcess('rootless');

  async start(): Promise<number> {
    const engine = this.#engine;
    await engine.start();
    engine.dockerOk(['import', '-', GUEST_IMAGE], { input: await guestImage() });
    const publish = ['-p', `127.0.0.1::${INSIDE}`];
    engine.dockerOk(['run', '-d', '--name', 'server', ...publish, GUEST_IMAGE, 'guest', 'serve', String(INSIDE)]);
    return Number(
      engine
        .dockerOk(['port', 'server', String(INSIDE)])
        .split(':')
        .at(-1),
    );
  }

  async stop(): Promise<void> {
    await this.#engine.dispose();
  }
}

/** Processes of the ordinary user, ended together. */
class UserProcesses {
  readonly #children: ChildProcess[] = [];
  #output = '';

  start(argv: readonly string[]): ChildProcess {
    const { uid, gid, home } = process.getuid?.() === 0 ? ordinaryUser() : { home: process.env['HOME'] };
    const [file = '', ...args] = argv;
    const identity = uid === undefined || gid === undefined ? {} : { uid, gid };
    const child = spawn(file, args, {
      ...identity,
      cwd: '/',
      env: { PATH: process.env['PATH'], HOME: home },
      // A group of its own: what these start ends with them.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.on('error', (error) => (this.#output += error.message));
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#children.push(child);
    return child;
  }

  /** Resolves when bytes come from the port. Throws with what the processes said. */
  async serving(port: number): Promise<number> {
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline;) {
      if (await answers(port)) return port;
      await new Promise((wake) => setTimeout(wake, 50));
    }
    throw new Error(`nothing came from port ${port}: ${this.#output}`);
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      process.kill(-child.pid, 'SIGKILL');
      await ended;
    }
  }
}

class Pasta implements Forwarder {
  readonly #processes = new UserProcesses();
  readonly #guest: string;

  constructor(guest: string) {
    this.#guest = guest;
  }

  start(): Promise<number> {
    const port = OUTSIDE.pasta;
    this.#processes.start([
      'pasta',
      '--config-net',
      '-f',
      '-t',
      String(port),
      '--',
      this.#guest,
      'serve',
      String(port),
    ]);
    return this.#processes.serving(port);
  }

  stop(): Promise<void> {
    return this.#processes.stop();
  }
}

class Slirp implements Forwarder {
  readonly #processes = new UserProcesses();
  readonly #guest: string;
  readonly #socket = `/tmp/bb-slirp-${process.pid}.sock`;

  constructor(guest: string) {
    this.#guest = guest;
  }

  async start(): Promise<number> {
    const port = OUTSIDE.slirp4netns;
    const server = this.#processes.start(['unshare', '-Urn', this.#guest, 'serve', String(port)]);
    // As large as podman's: what it forwards comes in fewer pieces.
    const options = ['--configure', '--mtu=65520', '-a', this.#socket];
    // The namespace is there when unshare has become the program.
    await new Promise((wake) => setTimeout(wake, 500));
    this.#processes.start(['slirp4netns', ...options, String(server.pid), 'tap0']);
    await this.#forward(port);
    return this.#processes.serving(port);
  }

  /** `add_hostfwd` of slirp4netns(1), once its socket is there. */
  async #forward(port: number): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; !existsSync(this.#socket);) {
      if (Date.now() > deadline) throw new Error('its socket is not there');
      await new Promise((wake) => setTimeout(wake, 50));
    }
    const socket = connect(this.#socket);
    const words = { proto: 'tcp', host_addr: '127.0.0.1', host_port: port, guest_port: port };
    socket.end(JSON.stringify({ execute: 'add_hostfwd', arguments: words }));
    socket.resume();
    await once(socket, 'close');
  }

  async stop(): Promise<void> {
    await this.#processes.stop();
    rmSync(this.#socket, { force: true });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('data', () => {
      answer(true);
    });
    socket.once('error', () => {
      answer(false);
    });
    socket.once('end', () => {
      answer(false);
    });
  });
}
