import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import type { Duplex } from 'node:stream';
import { DEBUG_IMAGE, debugContainer, type DebuggedContainer } from '../common/debug-container.ts';
import type { InputOf, SessionInfo, TerminalControl, TerminalMessage } from '../contract/contract.ts';

import { BridgeError } from '../rpc/error.ts';
import type { ServerChannel } from '../rpc/server.ts';
import { Demultiplexer } from './demux.ts';
import type { DockerClient } from './docker-client.ts';
import type { DockerContainer } from './docker-types.ts';
import { forTerminal, LineDiscipline } from './line-discipline.ts';
import { Session, type SessionBackend } from './session.ts';

type TerminalInput = InputOf<'terminal'>;
type Size = TerminalInput['size'];

/** Data of a pty can trail its exit event; this much silence says that all of it has come. */
const TRAILING_OUTPUT_MS = 250;
/** An ended session is kept this long, so that a page that reloads still sees how it ended. */
const KEEP_ENDED_MS = 5 * 60_000;
/** Lines of the log that an attached terminal begins with: a screen full. */
const ATTACH_TAIL_LINES = 50;
/** More sessions than anybody looks at; a bound, because each holds a replay buffer. */
const MAX_SESSIONS = 64;

/** All terminal sessions of one bridge. */
export class SessionService {
  readonly #docker: DockerClient;
  readonly #makeStarter: () => Promise<unknown>;
  readonly #sessions = new Map<string, Session>();
  readonly #timers = new Set<NodeJS.Timeout>();

  /** `makeStarter` makes the image of this computer's tools. */
  constructor(docker: DockerClient, makeStarter: () => Promise<unknown>) {
    this.#docker = docker;
    this.#makeStarter = makeStarter;
  }

  list(): SessionInfo[] {
    return [...this.#sessions.values()].map((session) => session.info);
  }

  close(id: string): void {
    this.#sessions.get(id)?.close();
    this.#sessions.delete(id);
  }

  /** Ends every session. */
  dispose(): void {
    for (const id of [...this.#sessions.keys()]) this.close(id);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Serves the contract's `terminal` stream: resolves when the process has ended or the page has left. */
  async serve(input: TerminalInput, channel: ServerChannel<TerminalMessage>): Promise<void> {
    const session = await this.#open(input);
    await channel.item({ kind: 'ready', session: session.info });
    await session.resize(input.size.columns, input.size.rows);
    channel.onData = (bytes) => session.write(bytes.slice());
    channel.onItem = (item) => {
      const { size } = item as TerminalControl;
      // A process that ended meanwhile has no size to set.
      session.resize(size.columns, size.rows).catch(() => {});
    };
    const { promise, resolve } = Promise.withResolvers<number | null>();
    channel.signal.addEventListener('abort', () => {
      resolve(null);
    });
    const leave = session.join({ output: (bytes) => channel.data(bytes), exited: resolve });
    const exitCode = await promise;
    leave();
    if (exitCode !== null) await channel.item({ kind: 'exit', exitCode });
  }

  async #open({ target, size }: TerminalInput): Promise<Session> {
    if (target.kind === 'session') {
      const session = this.#sessions.get(target.sessionId);
      if (session === undefined) throw new BridgeError('not-found', 'This terminal session has ended.');
      return session;
    }
    if (this.#sessions.size >= MAX_SESSIONS) {
      throw new BridgeError('invalid', 'Too many terminals are open.', { hint: 'Close some of them.' });
    }
    if (target.kind === 'host') return await this.#openHost(size);
    if (target.kind === 'debug') return await this.#openDebug(target, size);
    if (target.kind === 'exec') return await this.#openExec(target, size);
    return await this.#openAttach(target.containerId);
  }

  #add(info: Omit<SessionInfo, 'id' | 'startedAt' | 'exitCode'>, backend: SessionBackend): Session {
    const id = randomUUID();
    const session = new Session({ ...info, id, startedAt: Date.now(), exitCode: null }, backend);
    this.#sessions.set(id, session);
    return session;
  }

  #ended(session: Session, exitCode: number): void {
    session.exit(exitCode);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#sessions.delete(session.info.id);
    }, KEEP_ENDED_MS);
    timer.unref();
    this.#timers.add(timer);
  }

  async #openExec(target: Extract<TerminalInput['target'], { kind: 'exec' }>, size: Size): Promise<Session> {
    const { Id: execId } = await this.#docker.json<{ Id: string }>('POST', `/containers/${target.containerId}/exec`, {
      body: {
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: true,
        Cmd: target.command,
        Env: ['TERM=xterm-256color'],
        ...(target.user === '' ? {} : { User: target.user }),
      },
    });
    const { stream } = await this.#docker.hijack('POST', `/exec/${execId}/start`, {
      body: { Detach: false, Tty: true, ConsoleSize: [size.rows, size.columns] },
    });
    const backend = streamBackend(stream, async (columns, rows) => {
      await this.#docker.json('POST', `/exec/${execId}/resize`, { query: { h: rows, w: columns } });
    });
    const session = this.#add(
      { kind: 'exec', containerId: target.containerId, title: target.command[0]?.split('/').at(-1) ?? 'exec' },
      backend,
    );
    stream.on('data', (chunk: Buffer) => {
      session.output(chunk);
    });
    const finish = async () => {
      const state = await this.#docker.json<{ ExitCode: number | null }>('GET', `/exec/${execId}/json`);
      return state.ExitCode ?? 0;
    };
    stream.on('close', () => {
      // 129: hung up, when the engine cannot say how it ended.
      finish().then(
        (exitCode) => {
          this.#ended(session, exitCode);
        },
        () => {
          this.#ended(session, 129);
        },
      );
    });
    return session;
  }

  async #openAttach(containerId: string): Promise<Session> {
    const { Config: config } = await this.#docker.json<DockerContainer>('GET', `/containers/${containerId}/json`);
    const hasTerminal = config.Tty === true;
    // What it said last, so that one sees where one comes in; all of it may be more than anybody waits for.
    const before = await this.#docker.open('GET', `/containers/${containerId}/logs`, {
      query: { stdout: true, stderr: true, tail: ATTACH_TAIL_LINES },
    });
    const { stream } = await this.#docker.hijack('POST', `/containers/${containerId}/attach`, {
      query: { stream: true, stdin: config.OpenStdin === true, stdout: true, stderr: true },
    });
    const connection = streamBackend(
      stream,
      async (columns, rows) => {
        if (!hasTerminal) return;
        await this.#docker.json('POST', `/containers/${containerId}/resize`, { query: { h: rows, w: columns } });
      },
      // Leaving an attached container must not end it.
      true,
    );
    const discipline = new LineDiscipline({
      echo: (text) => {
        session.output(new TextEncoder().encode(text));
      },
      send: (bytes) => (config.OpenStdin === true ? connection.write(bytes) : Promise.resolve()),
      interrupt: () => {
        // One that has ended meanwhile needs no interruption.
        this.#docker
          .json('POST', `/containers/${containerId}/kill`, { query: { signal: 'SIGINT' } })
          .catch(() => undefined);
      },
      end: () => {
        if (config.OpenStdin === true) stream.end();
      },
    });
    const backend = hasTerminal ? connection : { ...connection, write: (bytes: Uint8Array) => discipline.input(bytes) };
    const session = this.#add({ kind: 'attach', containerId, title: 'attach' }, backend);
    const demultiplexer = new Demultiplexer((_, bytes) => {
      session.output(forTerminal(bytes));
    });
    const show = (chunk: Buffer) => {
      if (hasTerminal) session.output(chunk);
      else demultiplexer.push(chunk);
    };
    for await (const chunk of before) show(chunk as Buffer);
    stream.on('data', show);
    stream.on('close', () => {
      this.#docker.json<DockerContainer>('GET', `/containers/${containerId}/json`).then(
        (now) => {
          this.#ended(session, now.State.ExitCode);
        },
        () => {
          this.#ended(session, 129);
        },
      );
    });
    return session;
  }

  async #openDebug(target: Extract<TerminalInput['target'], { kind: 'debug' }>, size: Size): Promise<Session> {
    const { containerId, image, shell } = target;
    const container = await this.#docker.json<DebuggedContainer>('GET', `/containers/${containerId}/json`);
    if (container.State.Running !== true || container.State.Paused === true)
      throw new BridgeError('conflict', 'A debug shell joins a running container.', {
        hint: 'Start it first. Its files can be seen without.',
      });
    const { name, body, showsFiles } = debugContainer(container, { image, shell, command: [], tty: true, stdin: true });
    const create = () => this.#docker.json<{ Id: string }>('POST', '/containers/create', { query: { name }, body });
    const { Id: helper } = await create().catch(async (error: unknown) => {
      if (!(error instanceof BridgeError) || !/no such image/i.test(error.message)) throw error;
      if (image !== DEBUG_IMAGE)
        throw new BridgeError('not-found', `The image “${image}” is not here.`, { hint: 'Pull it first.' });
      await this.#makeStarter();
      return await create();
    });
    const remove = async () => {
      // Most often it is gone: it removes itself when its shell ends.
      await this.#docker.json('DELETE', `/containers/${helper}`, { query: { force: true } }).catch(() => undefined);
    };
    const { stream } = await this.#docker
      .hijack('POST', `/containers/${helper}/attach`, {
        query: { stream: true, stdin: true, stdout: true, stderr: true },
      })
      .catch(async (error: unknown) => {
        await remove();
        throw error;
      });
    const ended = this.#docker
      .json<{ StatusCode: number }>('POST', `/containers/${helper}/wait`, { query: { condition: 'removed' } })
      .then(({ StatusCode }) => StatusCode);
    // It is looked at only after the stream ended; until then a failure must not count as unhandled.
    ended.catch(() => {});
    const resize = async (columns: number, rows: number) => {
      await this.#docker.json('POST', `/containers/${helper}/resize`, { query: { h: rows, w: columns } });
    };
    const backend = streamBackend(stream, resize);
    const session = this.#add(
      {
        kind: 'debug',
        containerId,
        title: image.split('/').at(-1) ?? image,
        ...(showsFiles ? {} : { hidesFiles: true as const }),
      },
      {
        ...backend,
        close: () => {
          backend.close();
          remove().catch(() => {});
        },
      },
    );
    stream.on('data', (chunk: Buffer) => {
      session.output(chunk);
    });
    stream.on('close', () => {
      ended.then(
        (exitCode) => {
          this.#ended(session, exitCode);
        },
        // 129: hung up, when the engine cannot say how it ended.
        () => {
          this.#ended(session, 129);
        },
      );
    });
    try {
      await this.#docker.json('POST', `/containers/${helper}/start`);
      await resize(size.columns, size.rows).catch(() => undefined);
    } catch (error) {
      this.#sessions.delete(session.info.id);
      stream.destroy();
      await remove();
      throw error;
    }
    return session;
  }

  async #openHost(size: Size): Promise<Session> {
    // Loaded on first use: a native module that a host without a compiler may lack.
    const pty = await import('node-pty').catch((error: unknown) => {
      throw new BridgeError('unsupported', 'A host shell needs the node-pty module, which is not built here.', {
        detail: String(error),
        hint: 'Install a C++ compiler and run “npm rebuild node-pty”.',
      });
    });
    const shell = process.env['SHELL'] ?? '/bin/sh';
    const child = pty.spawn(shell, [], {
      name: 'xterm-256color',
      cols: size.columns,
      rows: size.rows,
      cwd: homedir(),
      env: { ...process.env, DOCKER_HOST: this.#docker.dockerHost, TERM: 'xterm-256color' },
      // Bytes, not strings: a string may cut a character in two.
      encoding: null,
    });
    const backend: SessionBackend = {
      write: (bytes) => {
        child.write(Buffer.from(bytes));
        return Promise.resolve();
      },
      resize: (columns, rows) => {
        child.resize(columns, rows);
        return Promise.resolve();
      },
      pause: () => {
        child.pause();
      },
      resume: () => {
        child.resume();
      },
      close: () => {
        child.kill('SIGHUP');
      },
    };
    const session = this.#add(
      { kind: 'host', containerId: '', title: shell.slice(shell.lastIndexOf('/') + 1) },
      backend,
    );
    let lastOutput = 0;
    child.onData((chunk) => {
      lastOutput = Date.now();
      // Typed as string, but `encoding: null` gives a Buffer.
      session.output(chunk as unknown as Buffer);
    });
    child.onExit(({ exitCode, signal }) => {
      const finish = () => {
        if (Date.now() - lastOutput < TRAILING_OUTPUT_MS) {
          setTimeout(finish, TRAILING_OUTPUT_MS).unref();
          return;
        }
        this.#ended(session, signal === undefined || signal === 0 ? exitCode : 128 + signal);
      };
      finish();
    });
    return session;
  }
}

/** A backend over a hijacked connection. */
function streamBackend(
  stream: Duplex,
  resize: (columns: number, rows: number) => Promise<void>,
  detachOnly = false,
): SessionBackend {
  // The close event that follows is what ends the session.
  stream.on('error', () => {});
  return {
    write: async (bytes) => {
      if (stream.destroyed || stream.write(bytes)) return;
      await new Promise<void>((resolve) => {
        stream.once('drain', resolve);
        stream.once('close', resolve);
      });
    },
    resize,
    pause: () => {
      stream.pause();
    },
    resume: () => {
      stream.resume();
    },
    close: () => {
      if (detachOnly) {
        stream.destroy();
        return;
      }
      // The API cannot end an exec: interrupt what runs and send end of file, which is what a closed window means.
      stream.write(Buffer.from([0x03, 0x04]), () => {
        stream.destroy();
      });
    },
  };
}
