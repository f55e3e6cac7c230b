import { EngineError } from '../errors.ts';
import type { ContainerConfig, HealthcheckConfig } from './config.ts';

/** One probe of a health check, in the shape of the Docker Engine API (HealthcheckResult). */
export interface HealthResult {
  /** RFC 3339 with nanoseconds. */
  readonly Start: string;
  readonly End: string;
  /** 0 healthy; -1 when the probe could not be run or took too long. */
  readonly ExitCode: number;
  readonly Output: string;
}

/** Health of a container that has a check. */
export interface HealthState {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  /** Failures in a row. */
  readonly failingStreak: number;
  /** The last five probes, oldest first. */
  readonly log: readonly HealthResult[];
}

/** A check with Docker's defaults filled in; times in milliseconds. */
export interface HealthSettings {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
  /** Between probes while the container starts. */
  readonly startInterval: number;
}

export const INITIAL_HEALTH: HealthState = { status: 'starting', failingStreak: 0, log: [] };

const NANOSECONDS_PER_MILLISECOND = 1e6;
const DEFAULT_INTERVAL = 30_000;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_START_INTERVAL = 5000;
const DEFAULT_RETRIES = 3;
/** Docker's: probes kept, and bytes kept of what one says. */
const LOG_LENGTH = 5;
export const OUTPUT_LIMIT = 4096;

/** The health check of a container; null when it has none. */
export function healthSettings(config: ContainerConfig & { readonly Shell?: unknown }): HealthSettings | null {
  const check = config.Healthcheck ?? {};
  const [kind, ...words] = check.Test ?? [];
  const milliseconds = (value: number | null | undefined, fallback: number): number =>
    (value ?? 0) === 0 ? fallback : (value ?? 0) / NANOSECONDS_PER_MILLISECOND;
  const command = kind === 'CMD' ? words : kind === 'CMD-SHELL' ? [...shellOf(config.Shell), words.join(' ')] : [];
  if (command.length === 0) return null;
  return {
    command,
    interval: milliseconds(check.Interval, DEFAULT_INTERVAL),
    timeout: milliseconds(check.Timeout, DEFAULT_TIMEOUT),
    retries: (check.Retries ?? 0) === 0 ? DEFAULT_RETRIES : (check.Retries ?? 0),
    startPeriod: milliseconds(check.StartPeriod, 0),
    startInterval: milliseconds(check.StartInterval, DEFAULT_START_INTERVAL),
  };
}

function shellOf(shell: unknown): string[] {
  const isGiven = Array.isArray(shell) && shell.length > 0 && shell.every((word) => typeof word === 'string');
  return isGiven ? shell : ['/bin/sh', '-c'];
}

/** What a container's own check leaves open comes from its image. */
export function mergeHealthcheck(
  own: HealthcheckConfig | null | undefined,
  image: HealthcheckConfig | null | undefined,
): HealthcheckConfig | null {
  if (own === null || own === undefined) return image ?? null;
  // Clients say null for what they leave open; Docker shows nothing then.
  const given = Object.entries(own).filter(
    ([, value]) => value !== null && value !== 0 && !(Array.isArray(value) && value.length === 0),
  );
  return { ...image, ...Object.fromEntries(given) };
}

/** Throws `invalid` for times below a millisecond and the like. */
export function checkHealthcheck(check: HealthcheckConfig): void {
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const value = check[name] ?? 0;
    if (value !== 0 && value < NANOSECONDS_PER_MILLISECOND)
      throw new EngineError('invalid', `${name} in Healthcheck cannot be less than 1ms`);
  }
  if ((check.Retries ?? 0) < 0) throw new EngineError('invalid', 'Retries in Healthcheck cannot be negative');
}

/** Whether the container is still given time to come up: `sinceStart` in milliseconds. */
function isStarting(state: HealthState, settings: HealthSettings, sinceStart: number): boolean {
  return state.status === 'starting' && sinceStart < settings.startPeriod;
}

/** Milliseconds until the next probe. */
export function probeDelay(state: HealthState, settings: HealthSettings, sinceStart: number): number {
  return isStarting(state, settings, sinceStart) ? settings.startInterval : settings.interval;
}

/** The state after a probe that began `sinceStart` milliseconds after the container. Failures while it starts do not count. */
export function afterProbe(
  state: HealthState,
  result: HealthResult,
  settings: HealthSettings,
  sinceStart: number,
): HealthState {
  const log = [...state.log, result].slice(-LOG_LENGTH);
  if (result.ExitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  if (isStarting(state, settings, sinceStart)) return { ...state, log };
  const failingStreak = state.failingStreak + 1;
  return { status: failingStreak >= settings.retries ? 'unhealthy' : state.status, failingStreak, log };
}

/** State.Health as inspect shows it; `none` without a check. */
export function inspectHealth(state: HealthState | undefined): Record<string, unknown> {
  if (state === undefined) return {};
  return { Health: { Status: state.status, FailingStreak: state.failingStreak, Log: state.log } };
}
