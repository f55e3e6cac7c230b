import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DEFAULTS } from '../../configuration/configuration.ts';
import { CacheCollector } from './collector.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('collects after a build, then once a minute at most, but at once by another configuration', () => {
  const collect = vi.fn(() => Promise.resolve());
  let { gc } = DEFAULTS.builder;
  const collector = new CacheCollector({ collect }, () => gc, { warn: vi.fn() });
  for (let build = 0; build < 5; build += 1) collector.buildsEnded();
  expect(collect).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(collect).toHaveBeenCalledTimes(2);
  collector.buildsEnded();
  gc = { ...gc, defaultMaxUsedSpace: '1GB' };
  collector.buildsEnded();
  expect(collect).toHaveBeenCalledTimes(3);
  collector.buildsEnded();
  collector.close();
  vi.advanceTimersByTime(120_000);
  expect(collect).toHaveBeenCalledTimes(3);
});
