import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../common/logger.ts';
import { goDuration, nowNanoseconds, rfc3339 } from '../../common/time.ts';
import { messageOf } from '../errors.ts';
import type { EventBus } from '../system/events.ts';
import type { Execs } from './exec.ts';
import type { ContainerHandle } from './handle.ts';
import {
  afterProbe,
  healthSettings,
  INITIAL_HEALTH,
  OUTPUT_LIMIT,
  probeDelay,
  type HealthResult,
  type HealthSettings,
  type HealthState,
} from './health.ts';
import type { ContainerState } from './types.ts';

export interface HealthMonitorParts {
  readonly execs: Pick<Execs, 'create' | 'start'>;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly setState: (handle: ContainerHandle, state: ContainerState) => void;
}

const SIGKILL = 9;
/** For the end of a probe's output after its exit, in milliseconds. */
const OUTPUT_PATIENCE = 1000;
/** What is kept of a probe's framed output, in bytes: enough for 4096 bytes of text in frames of any size. */
const RAW_LIMIT = 64 * 1024;

/** Runs the health checks of running containers: one timer per container, one exec per probe. */
export class HealthMonitor {
  readonly #parts: HealthMonitorParts;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** When each was started, in milliseconds of a clock that never jumps: the start period is no matter of the date. */
  readonly #begun = new Map<string, number>();

  constructor(parts: HealthMonitorParts) {
    this.#parts = parts;
  }

  /** Health of a container that starts now; undefined without a check. */
  initialHealth(handle: ContainerHandle): HealthState | undefined {
    return healthSettings(handle.record.config) === null ? undefined : INITIAL_HEALTH;
  }

  /** A container runs: just started, or found again by a new engine, which goes on where the last one was. */
  started(handle: ContainerHandle): void {
    const settings = healthSettings(handle.record.config);
    if (settings === null) return;
    const age = Math.max(0, Date.now() - Date.parse(handle.state.startedAt));
    this.#begun.set(handle.id, performance.now() - age);
    this.#schedule(handle, settings);
  }

  /** It has ended. As Docker, which calls what is no longer watched unhealthy. */
  ended(handle: ContainerHandle): void {
    clearTimeout(this.#timers.get(handle.id));
    this.#timers.delete(handle.id);
    this.#begun.delete(handle.id);
    const { health } = handle.state;
    if (health !== undefined)
      this.#parts.setState(handle, { ...handle.state, health: { ...health, status: 'unhealthy' } });
  }

  /** Milliseconds since the container was started. */
  #sinceStart(handle: ContainerHandle): number {
    return performance.now() - (this.#begun.get(handle.id) ?? performance.now());
  }

  #schedule(handle: ContainerHandle, settings: HealthSettings): void {
    const delay = probeDelay(handle.state.health ?? INITIAL_HEALTH, settings, this.#sinceStart(handle));
    const timer = setTimeout(() => {
      this.#probe(handle, settings).catch((error: unknown) => {
        this.#parts.logger.warn('a health check could not be run', { container: handle.id, error });
      });
    }, delay);
    timer.unref();
    this.#timers.set(handle.id, timer);
  }

  async #probe(handle: ContainerHandle, settings: HealthSettings): Promise<void> {
    const timer = this.#timers.get(handle.id);
    const { supervised } = handle;
    const age = this.#sinceStart(handle);
    // A paused container is not asked: it cannot answer.
    const result = handle.state.status === 'paused' ? null : await this.#run(handle, settings);
    // Ended, or started anew, while the probe ran: what it says is not about this run.
    if (this.#timers.get(handle.id) !== timer || handle.supervised !== supervised || supervised === null) return;
    if (result !== null) this.#record(handle, afterProbe(handle.state.health ?? INITIAL_HEALTH, result, settings, age));
    this.#schedule(handle, settings);
  }

  #record(handle: ContainerHandle, health: HealthState): void {
    const before = handle.state.health?.status;
    this.#parts.setState(handle, { ...handle.state, health });
    if (before === health.status) return;
    const { record } = handle;
    this.#parts.events.publish('container', `health_status: ${health.status}`, record.id, {
      ...record.config.Labels,
      image: record.imageName,
      name: record.name,
    });
  }

  async #run(handle: ContainerHandle, settings: HealthSettings): Promise<HealthResult> {
    const { execs } = this.#parts;
    const Start = rfc3339(nowNanoseconds());
    const done = (ExitCode: number, Output: string): HealthResult => ({
      Start,
      End: rfc3339(nowNanoseconds()),
      ExitCode,
      Output,
    });
    try {
      const body = { Cmd: settings.command, AttachStdout: true, AttachStderr: true };
      const session = await execs.create(handle, body);
      const stream = await execs.start(session, true, null);
      if (stream === null || session.exited === null) return done(-1, 'the health check was not started');
      const output = collect(stream);
      let isLate = false as boolean; // Set by the timer.
      const timeout = setTimeout(() => {
        isLate = true;
        session.supervised?.kill(SIGKILL).catch(() => undefined); // It has just ended by itself.
      }, settings.timeout);
      const exit = await session.exited;
      clearTimeout(timeout);
      // The last of the output comes on a connection of its own; what a child holds open does not hold the probe up.
      await Promise.race([output.ended, pause(OUTPUT_PATIENCE, undefined, { ref: false })]);
      stream.destroy();
      const text = output.text();
      if (!isLate) return done(exit.exitCode, text);
      return done(
        -1,
        `Health check exceeded timeout (${goDuration(settings.timeout * 1e6)})${text === '' ? '' : `: ${text}`}`,
      );
    } catch (error) {
      return done(-1, messageOf(error));
    }
  }
}

/** Takes what a probe says; `text` gives it, cut as Docker cuts it. */
function collect(stream: Duplex): { readonly ended: Promise<void>; readonly text: () => string } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('error', () => undefined); // The probe ended: its exit code says the rest.
  stream.on('data', (chunk: Buffer) => {
    if (size < RAW_LIMIT) chunks.push(chunk);
    size += chunk.length;
  });
  const ended = new Promise<void>((resolve) => {
    stream.once('end', resolve).once('close', resolve);
  });
  const text = (): string => {
    const raw = Buffer.concat(chunks);
    const parts: Buffer[] = [];
    // Frames of 8 bytes of header, the last four of which are the length.
    for (let at = 0; at + 8 <= raw.length;) {
      const length = raw.readUInt32BE(at + 4);
      parts.push(raw.subarray(at + 8, at + 8 + length));
      at += 8 + length;
    }
    const all = Buffer.concat(parts);
    return all.length > OUTPUT_LIMIT ? `${all.toString('utf8', 0, OUTPUT_LIMIT)}...` : all.toString('utf8');
  };
  return { ended, text };
}
