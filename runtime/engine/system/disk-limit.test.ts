import { describe, expect, it } from 'vitest';
import { DiskLimit } from './disk-limit.ts';

function fixture() {
  const state = { limit: 100, used: 10 as number | Error, now: 0, walks: 0, warnings: [] as string[] };
  const disk = new DiskLimit({
    limit: () => state.limit,
    measure: () => {
      state.walks += 1;
      return state.used instanceof Error ? Promise.reject(state.used) : Promise.resolve(state.used);
    },
    now: () => state.now,
    onWarning: (message) => state.warnings.push(message),
  });
  return { state, disk };
}

describe('DiskLimit', () => {
  it('does not look at the disk without a limit', async () => {
    const { state, disk } = fixture();
    state.limit = 0;
    await disk.assertRoom();
    expect([state.walks, disk.warnings]).toEqual([0, []]);
  });

  it('refuses what is over it, and says so among the warnings', async () => {
    const { state, disk } = fixture();
    state.limit = 50e9;
    state.used = 51.5e9;
    await expect(disk.assertRoom()).rejects.toMatchObject({ kind: 'internal' });
    expect(disk.warnings).toEqual([
      expect.stringMatching(/takes 51\.50 GB, with the trash, and resources\.disk of engine\.json allows 50\.00 GB/),
    ]);
  });

  it('walks once for all who ask at a time', async () => {
    const { state, disk } = fixture();
    await Promise.all([disk.assertRoom(), disk.assertRoom(), disk.assertRoom()]);
    expect(state.walks).toBe(1);
  });

  it('takes a figure for a minute where there is room enough, and looks again without making anybody wait', async () => {
    const { state, disk } = fixture();
    await disk.assertRoom();
    state.now = 59_000;
    state.used = 200;
    await disk.assertRoom();
    expect(state.walks).toBe(1);
    state.now = 61_000;
    await disk.assertRoom();
    expect(state.walks).toBe(2);
    await expect(disk.assertRoom()).rejects.toThrow('no room');
  });

  it('looks again soon where room is scarce, so that what was removed counts', async () => {
    const { state, disk } = fixture();
    state.used = 100;
    await expect(disk.assertRoom()).rejects.toThrow('no room');
    state.used = 90;
    state.now = 1000;
    await expect(disk.assertRoom()).rejects.toThrow('no room');
    state.now = 2001;
    await disk.assertRoom();
    expect(disk.warnings).toEqual([]);
  });

  it('refuses nothing where it cannot look, and tells', async () => {
    const { state, disk } = fixture();
    state.used = new Error('EIO');
    await disk.assertRoom();
    expect(state.warnings).toEqual(['what is kept on disk could not be measured']);
  });
});
