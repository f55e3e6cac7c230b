import type { Duplex } from 'node:stream';
import { ANSWER_PATIENCE, Connection, LAUNCH_PATIENCE } from './connection.ts';
import type { Supervised } from './interface.ts';
import { LaunchError, type ExitRecord, type ProcessIdentity } from './types.ts';
import { answer, decodeExit, FrameReader, FrameWriter, request, type CreatedAnswer, type Frame } from './wire.ts';

/** A process and its monitor behind a control connection. */
export class SupervisedProcess implements Supervised {
  readonly id: string;
  readonly process: ProcessIdentity;
  readonly hostPorts: readonly number[];
  readonly warnings: readonly string[];
  readonly firewall: bigint;
  readonly exited: Promise<ExitRecord>;
  readonly #connection: Connection;
  readonly #socketPath: string;
  readonly #going: Promise<Frame> | null;
  #startedAt: bigint;

  /**
   * `lost` finds the exit record when the monitor goes away without a notice; `going` is the answer to a GO that was
   * sent with the launch.
   */
  constructor(
    id: string,
    socketPath: string,
    connection: Connection,
    created: CreatedAnswer,
    lost: () => Promise<ExitRecord | null>,
    going: Promise<Frame> | null = null,
  ) {
    this.id = id;
    this.#socketPath = socketPath;
    this.#connection = connection;
    this.#going = going;
    this.process = { pid: created.pid, startTime: created.startTime };
    this.#startedAt = created.startedAt;
    this.hostPorts = created.hostPorts;
    this.warnings = created.warnings;
    this.firewall = created.firewall;
    this.exited = new Promise((resolve) => {
      connection.onNotice = (frame) => {
        if (frame.type === answer.exit) resolve(decodeExit(frame.payload));
      };
      connection.onEnd = () => {
        void lost().then(
          (record) => {
            resolve(record ?? this.#unknownEnd());
          },
          () => {
            resolve(this.#unknownEnd());
          },
        );
      };
    });
  }

  /** A monitor that was killed took the exit code with it; 255 is what Docker reports then. */
  #unknownEnd(): ExitRecord {
    const now = BigInt(Date.now()) * 1_000_000n;
    return { exitCode: 255, oomKilled: false, startedAt: this.#startedAt, finishedAt: now, lost: true };
  }

  get startedAt(): bigint {
    return this.#startedAt;
  }

  async attach(streams: { stdin: boolean; stdout: boolean; stderr: boolean }): Promise<Duplex> {
    const connection = await Connection.open(this.#socketPath, ANSWER_PATIENCE);
    if (connection === null) throw new LaunchError('process-gone', 'the process has ended', 0);
    const wanted = (streams.stdin ? 1 : 0) | (streams.stdout ? 2 : 0) | (streams.stderr ? 4 : 0);
    try {
      await connection.request(new FrameWriter(request.attach).u8(wanted).finish());
      return connection.intoStream();
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async start(): Promise<void> {
    const frame = await (this.#going ??
      this.#connection.request(new FrameWriter(request.go).finish(), LAUNCH_PATIENCE));
    this.#startedAt = new FrameReader(frame.payload).u64();
  }

  async kill(signal: number): Promise<void> {
    await this.#connection.request(new FrameWriter(request.kill).u32(signal).finish(), ANSWER_PATIENCE);
  }

  async resize(rows: number, columns: number): Promise<void> {
    await this.#connection.request(new FrameWriter(request.resize).u16(rows).u16(columns).finish(), ANSWER_PATIENCE);
  }

  async pause(): Promise<void> {
    await this.#connection.request(new FrameWriter(request.pause).finish(), ANSWER_PATIENCE);
  }

  async resume(): Promise<void> {
    await this.#connection.request(new FrameWriter(request.resume).finish(), ANSWER_PATIENCE);
  }

  async retarget(address: string): Promise<void> {
    await this.#connection.request(new FrameWriter(request.retarget).string(address).finish(), ANSWER_PATIENCE);
  }

  release(): void {
    this.#connection.onEnd = () => undefined;
    this.#connection.close();
  }
}
