import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AlertDesk, type Hit } from './alert-desk.ts';
import { isMeant } from './targets.ts';
import { justAfter } from './watcher.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const hit = (count: number, containerId = 'a', text = 'x'): Hit => ({
  ruleId: 'r',
  rule: 'Rule',
  containerId,
  container: 'web',
  time: 'T',
  nth: 0,
  text,
  at: [0, 1],
  count,
});

it('tells at once, then a minute later how many more came, then at once again', () => {
  const tell = vi.fn();
  const desk = new AlertDesk(tell);
  const counts = () => tell.mock.calls.map(([alert]: unknown[]) => (alert as Hit).count);
  desk.hit(hit(1));
  desk.hit(hit(2));
  desk.hit(hit(3, 'a', 'latest'));
  desk.hit(hit(7, 'b'));
  expect(counts()).toEqual([1, 7]);
  vi.advanceTimersByTime(60_000);
  expect(counts()).toEqual([1, 7, 5]);
  expect(desk.told.at(-1)).toMatchObject({ id: 3, text: 'latest' });
  // Nothing came for a minute.
  vi.advanceTimersByTime(60_000);
  desk.hit(hit(1));
  expect(counts()).toEqual([1, 7, 5, 1]);
  desk.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('chooses containers by name, project and image', () => {
  const web = {
    name: 'shop-web-1',
    image: 'registry:5000/shop/web:2.4',
    labels: { 'com.docker.compose.project': 'shop' },
  };
  const meant = (target: 'all' | 'name' | 'project' | 'image', glob: string) => isMeant({ target, glob }, web);
  expect(meant('all', '')).toBe(true);
  expect([meant('name', 'shop-*'), meant('name', 'db, shop-web-?'), meant('name', 'shop'), meant('name', '')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([meant('project', 'shop'), meant('project', 'sho')]).toEqual([true, false]);
  expect([meant('image', '*/web:2.*'), meant('image', '*/web'), meant('image', '*.4')]).toEqual([true, false, true]);
  expect(isMeant({ target: 'image', glob: 'nginx' }, { ...web, image: 'nginx:1' })).toBe(true);
});

it('goes on in a log right after a line', () => {
  expect(justAfter('1970-01-01T00:00:01.999999999Z')).toBe('2.000000000');
  expect(justAfter('1970-01-01T01:00:00.5+01:00')).toBe('0.500000001');
  expect(justAfter('')).toBeNull();
});
