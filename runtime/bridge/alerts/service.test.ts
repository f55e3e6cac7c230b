import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ALERTS_KEPT } from '../../contract/alerts.ts';
import type { OutputOf } from '../../contract/contract.ts';
import type { ServerChannel } from '../../rpc/server.ts';
import { DockerClient } from '../docker-client.ts';
import { AlertDesk, type Hit } from './alert-desk.ts';
import { AlertMemory } from './alert-memory.ts';
import { AlertService } from './service.ts';

type Item = OutputOf<'alerts.follow'>;

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-alerts-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const file = (name: string) => join(home, name);
const hit = (containerId: string): Hit => ({
  ruleId: 'r',
  rule: 'Rule',
  containerId,
  container: 'web',
  time: 'T',
  nth: 0,
  text: 'disk full',
  at: [0, 4],
  count: 1,
});
const stored = async () => JSON.parse(await readFile(file('alerts-told.json'), 'utf8')) as { id: number }[];

/** What a page that follows hears at first. */
async function heard(service: AlertService): Promise<Item> {
  const page = new AbortController();
  const first = Promise.withResolvers<Item>();
  const following = service.follow({
    signal: page.signal,
    item: (item: Item) => {
      first.resolve(item);
      return Promise.resolve();
    },
  } as ServerChannel<Item>);
  const item = await first.promise;
  page.abort();
  await following;
  return item;
}

it('keeps what was told in a file for this person alone, and no more than is remembered', async () => {
  const memory = new AlertMemory(file('alerts-told.json'));
  const desk = new AlertDesk(() => {
    memory.keep(desk.told);
  });
  for (let number = 0; number < ALERTS_KEPT + 5; number += 1) desk.hit(hit(`c${String(number)}`));
  desk.close();
  await expect.poll(async () => (await memory.load()).at(-1)?.id).toBe(ALERTS_KEPT + 5);
  expect(await stored()).toHaveLength(ALERTS_KEPT);
  expect((await stat(file('alerts-told.json'))).mode & 0o777).toBe(0o600);
  // The next start of the app goes on where this one ended.
  const next = new AlertDesk(() => {});
  next.remember(await memory.load());
  next.hit(hit('c'));
  next.close();
  expect(next.told).toHaveLength(ALERTS_KEPT);
  expect(next.told.at(-1)?.id).toBe(ALERTS_KEPT + 6);
});

it('tells a page what was told before the app started, until it is cleared', async () => {
  const alert = { ...hit('c'), id: 7 };
  await writeFile(file('alerts-told.json'), JSON.stringify([{ id: 'no alert' }, alert]));
  const service = new AlertService(new DockerClient(file('none.sock')), () => {}, file);
  expect(await heard(service)).toEqual({ kind: 'known', alerts: [alert] });
  await service.clear();
  expect(await heard(service)).toEqual({ kind: 'known', alerts: [] });
  await expect.poll(stored).toEqual([]);
  service.dispose();
});
