import { ComposeError } from '../errors.ts';
import type { Service } from '../model/project.ts';

/** A service's health check as the API has it (times in ns); null leaves the image's. */
export function healthcheck({ healthcheck: check }: Service): Record<string, unknown> | null {
  if (check === undefined) return null;
  if (check.disable === true) return { Test: ['NONE'] };
  if ((check.start_interval ?? 0) > 0 && check.start_period === undefined)
    throw new ComposeError('healthcheck.start_interval requires healthcheck.start_period to be set');
  const test = typeof check.test === 'string' ? ['CMD-SHELL', check.test] : check.test;
  return {
    ...(test === undefined ? {} : { Test: test }),
    ...(check.interval === undefined ? {} : { Interval: check.interval }),
    ...(check.timeout === undefined ? {} : { Timeout: check.timeout }),
    ...(check.retries === undefined ? {} : { Retries: check.retries }),
    ...(check.start_period === undefined ? {} : { StartPeriod: check.start_period }),
    ...(check.start_interval === undefined ? {} : { StartInterval: check.start_interval }),
  };
}
