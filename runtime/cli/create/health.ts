import { UsageError } from '../flags/flags.ts';
import { integer, nanoseconds } from '../flags/values.ts';

interface HealthFlags {
  readonly 'health-cmd': string | undefined;
  readonly 'health-interval': string | undefined;
  readonly 'health-retries': string | undefined;
  readonly 'health-start-interval': string | undefined;
  readonly 'health-start-period': string | undefined;
  readonly 'health-timeout': string | undefined;
  readonly 'no-healthcheck': boolean;
}

/** The API's Healthcheck, or null when no flag speaks of it. Throws UsageError. */
export function healthcheckOf(flags: HealthFlags): Record<string, unknown> | null {
  const isGiven = Object.entries(flags).some(([name, value]) => name.startsWith('health-') && value !== undefined);
  if (flags['no-healthcheck']) {
    if (isGiven) throw new UsageError('--no-healthcheck conflicts with --health-* options');
    return { Test: ['NONE'] };
  }
  if (!isGiven) return null;
  const command = flags['health-cmd'];
  return {
    ...(command === undefined || command === '' ? {} : { Test: ['CMD-SHELL', command] }),
    ...given({
      Interval: nanoseconds('health-interval', flags['health-interval']),
      Timeout: nanoseconds('health-timeout', flags['health-timeout']),
      StartPeriod: nanoseconds('health-start-period', flags['health-start-period']),
      StartInterval: nanoseconds('health-start-interval', flags['health-start-interval']),
      Retries: integer('health-retries', flags['health-retries'], 0),
    }),
  };
}

/** 0 means "as the image says" and is not sent. */
function given(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0));
}
