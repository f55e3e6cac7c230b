import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackupPlan } from '../../contract/backups.ts';
import { BridgeError } from '../../rpc/error.ts';
import { dueAfter } from './rhythm.ts';
import { BackupService } from './service.ts';

describe('when a rhythm is due', () => {
  const at = (text: string) => new Date(text).getTime();
  it.each([
    [{ kind: 'hours', hours: 6 } as const, '2026-11-30T10:00:00', '2026-11-30T16:00:00'],
    [{ kind: 'daily', at: '03:30' } as const, '2026-11-30T02:00:00', '2026-11-30T03:30:00'],
    [{ kind: 'daily', at: '03:30' } as const, '2026-11-30T03:30:00', '2026-12-01T03:30:00'],
    // The 30th of November 2026 is a Monday.
    [{ kind: 'weekly', day: 1, at: '09:00' } as const, '2026-11-30T08:00:00', '2026-11-30T09:00:00'],
    [{ kind: 'weekly', day: 0, at: '09:00' } as const, '2026-11-30T08:00:00', '2026-12-06T09:00:00'],
  ])('%j after %s: %s', (rhythm, after, due) => {
    expect(dueAfter(rhythm, at(after))).toBe(at(due));
  });
});

describe('backups by the clock', () => {
  let home = '';
  let clock = 0;
  const archive = vi.fn<ConstructorParameters<typeof BackupService>[0]['volumes']['archive']>();
  const services: BackupService[] = [];
  const open = (engine = 'local') => {
    const service = new BackupService({
      volumes: { archive },
      engine: () => engine,
      path: join(home, 'backups.json'),
      now: () => clock,
    });
    services.push(service);
    return service;
  };
  const plan = (change: Partial<BackupPlan> = {}): BackupPlan => ({
    volume: 'data',
    enabled: true,
    directory: join(home, 'kept'),
    rhythm: { kind: 'hours', hours: 1 },
    keep: 2,
    ...change,
  });
  const made = async () => (await readdir(join(home, 'kept'))).sort();

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'berth-backups-'));
    clock = Date.parse('2026-11-30T00:00:00Z');
    archive.mockReset().mockImplementation((_, __, use) => use(Readable.from([gzipSync('files')])));
  });
  afterEach(async () => {
    for (const service of services.splice(0)) service.dispose();
    await rm(home, { recursive: true });
  });

  it('are made when they are due, whole under their names, and only so many are kept', async () => {
    const service = open();
    await service.plan(plan());
    await writeFile(join(home, 'kept/other-20261130T000000Z.tar.gz'), 'not ours');
    await writeFile(join(home, 'kept/.data-20261129T000000Z.tar.gz.part'), 'half done');
    for (let hour = 0; hour <= 3; hour += 1) {
      await service.look();
      await service.settled();
      clock += 3_600_000;
    }
    expect(await made()).toEqual([
      'data-20261130T020000Z.tar.gz',
      'data-20261130T030000Z.tar.gz',
      'other-20261130T000000Z.tar.gz',
    ]);
    expect(gunzipSync(await readFile(join(home, 'kept/data-20261130T030000Z.tar.gz'))).toString()).toBe('files');
    expect((await service.files('data')).map(({ at }) => new Date(at).getUTCHours())).toEqual([3, 2]);
    expect(await service.plans()).toMatchObject([{ lastAt: clock - 3_600_000, nextAt: clock, problem: '' }]);
  });

  it('that were missed are made up for once, by the next app, and only on their own engine', async () => {
    await open().plan(plan({ rhythm: { kind: 'daily', at: '03:30' } }));
    clock += 10 * 24 * 3_600_000;
    const other = open('staging');
    await other.look();
    await other.settled();
    expect(archive).not.toHaveBeenCalled();
    const next = open();
    await next.look();
    await next.settled();
    await next.look();
    await next.settled();
    expect(archive).toHaveBeenCalledOnce();
  });

  it('that fail leave nothing, are told, and wait for their next time; an engine that is away is waited for', async () => {
    const service = open();
    await service.plan(plan());
    const controller = new AbortController();
    const told: unknown[] = [];
    const channel = { signal: controller.signal, item: (item: unknown) => Promise.resolve(void told.push(item)) };
    const following = service.follow(channel as unknown as Parameters<BackupService['follow']>[0]);
    clock += 3_600_000;
    archive.mockRejectedValueOnce(new BridgeError('engine-unreachable', 'away'));
    await service.look();
    await service.settled();
    archive.mockImplementationOnce((_, __, use) =>
      use(
        new Readable({
          read() {
            this.destroy(new BridgeError('internal', 'The disk is full.'));
          },
        }),
      ),
    );
    await service.look();
    await service.settled();
    expect(await made()).toEqual([]);
    expect(await service.plans()).toMatchObject([
      { problem: 'The disk is full.', lastAt: null, nextAt: clock + 3_600_000, running: false },
    ]);
    await service.look();
    await service.settled();
    expect(archive).toHaveBeenCalledTimes(2);
    controller.abort();
    await following;
    expect(told).toContainEqual({ kind: 'failed', volume: 'data', message: 'The disk is full.' });
  });

  it('are restored by their names only', async () => {
    const service = open();
    await service.plan(plan());
    const fill = vi.fn<Parameters<BackupService['restore']>[1]['fill']>();
    const channel = { signal: new AbortController().signal, item: () => Promise.resolve() };
    for (const file of ['../backups.json', 'data-20261130T000000Z.tar.gz/../x', 'other-20261130T000000Z.tar.gz'])
      await expect(service.restore({ volume: 'data', file, into: 'x' }, { fill }, channel)).rejects.toMatchObject({
        code: 'not-found',
      });
    await expect(service.files('unknown')).rejects.toMatchObject({ code: 'not-found' });
    await service.forget('data');
    expect(await service.plans()).toEqual([]);
  });

  it('need a folder that can be', async () => {
    await writeFile(join(home, 'file'), '');
    for (const directory of [join(home, 'file'), join(home, 'file/sub'), '/proc/none/at/all'])
      await expect(open().plan(plan({ directory }))).rejects.toMatchObject({ code: 'invalid' });
    await open().plan(plan({ directory: join(home, 'new/one') }));
    expect(await readdir(join(home, 'new'))).toEqual(['one']);
  });
});
