import { describe, expect, it, vi } from 'vitest';
import { EngineSupervisor, type RunningEngine } from './engine-supervisor.ts';

/** Engines that end when they are told to, or when the test says so. */
function engines() {
  const ends: ((reason: string) => void)[] = [];
  const spawn = vi.fn((): Promise<RunningEngine> => {
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    ends.push(resolve);
    return Promise.resolve({
      ended,
      stop: () => {
        resolve('SIGTERM');
        return Promise.resolve();
      },
    });
  });
  return { spawn, ends };
}

describe('EngineSupervisor', () => {
  it('brings an engine back that ended by itself, but not twice within a minute', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { spawn, ends } = engines();
      const lines: string[] = [];
      const supervisor = new EngineSupervisor(spawn, (line) => lines.push(line));
      await supervisor.control('start');
      ends[0]?.('SIGSEGV');
      await vi.waitFor(() => {
        expect(lines).toEqual(['The engine ended by itself (SIGSEGV).', 'The engine is back.']);
      });
      ends[1]?.('code 1');
      await vi.waitFor(() => {
        expect(lines).toHaveLength(4);
      });
      expect(lines[3]).toContain('stays down');
      expect(spawn).toHaveBeenCalledTimes(2);

      await supervisor.control('start');
      vi.advanceTimersByTime(61_000);
      ends[2]?.('code 1');
      await vi.waitFor(() => {
        expect(lines.at(-1)).toBe('The engine is back.');
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('leaves one alone that was stopped on purpose', async () => {
    const { spawn } = engines();
    const lines: string[] = [];
    const supervisor = new EngineSupervisor(spawn, (line) => lines.push(line));
    await supervisor.control('start');
    await supervisor.control('start');
    expect(spawn).toHaveBeenCalledTimes(1);
    await supervisor.control('restart');
    expect(spawn).toHaveBeenCalledTimes(2);
    await supervisor.close();
    await supervisor.control('start');
    expect(spawn).toHaveBeenCalledTimes(2);
    expect(lines).toEqual([]);
  });

  it('says that one could not be brought back', async () => {
    const { spawn, ends } = engines();
    const lines: string[] = [];
    const supervisor = new EngineSupervisor(spawn, (line) => lines.push(line));
    await supervisor.control('start');
    spawn.mockRejectedValueOnce(new Error('no room'));
    ends[0]?.('code 1');
    await vi.waitFor(() => {
      expect(lines.at(-1)).toBe('The engine could not be brought back: no room');
    });
  });
});
