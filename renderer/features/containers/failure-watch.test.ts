import { expect, it } from 'vitest';
import type { EngineEvent } from '../../../runtime/contract/contract.ts';
import { FailureWatch } from './failure-watch.ts';

const event = (action: string, attributes: Readonly<Record<string, string>> = {}, type = 'container'): EngineEvent => ({
  kind: 'event',
  type,
  action,
  id: 'a1b2c3d4e5f6a7b8',
  attributes: { name: 'web', ...attributes },
  timeNano: '0',
});
const die = (exitCode: string) => event('die', { exitCode });
const after = (...events: readonly EngineEvent[]) => {
  const watch = new FailureWatch();
  return events.map((one) => watch.see(one)).filter((failure) => failure !== null);
};
const ended = (code: number, oomKilled = false) => ({
  kind: 'ended',
  id: 'a1b2c3d4e5f6a7b8',
  name: 'web',
  code,
  oomKilled,
});

it('tells of a container that ended with an error by itself, each time', () => {
  expect(after(event('start'), die('3'), event('start'), die('1'))).toEqual([ended(3), ended(1)]);
  expect(after(event('oom'), die('137'), event('start'), die('137'))).toEqual([ended(137, true), ended(137)]);
});

it('says nothing of one that did its work, or that somebody stopped', () => {
  expect(after(die('0'), event('die'), event('kill', { signal: '15' }), die('143'))).toEqual([]);
  expect(after({ kind: 'resync' }, event('die', { exitCode: '1' }, 'plugin'))).toEqual([]);
});

it('forgets a signal that a container lived through once it is started again', () => {
  expect(after(event('kill', { signal: '1' }), event('start'), die('2'))).toEqual([ended(2)]);
});

it('tells of one whose health check fails, by its id where it has no name', () => {
  const nameless = { ...event('health_status: unhealthy'), attributes: {} };
  expect(after(nameless)).toEqual([{ kind: 'unhealthy', id: 'a1b2c3d4e5f6a7b8', name: 'a1b2c3d4e5f6' }]);
});
