import { describe, expect, it } from 'vitest';
import type { HostConfig } from './config.ts';
import { checkLogConfig, checkLogPatterns, logDetails, logRotation } from './log-config.ts';
import { checkResources } from './resources.ts';
import { mergeLimits } from './update.ts';

const all = {
  memory: true,
  swap: true,
  swappiness: true,
  oomKillDisable: true,
  cpu: true,
  cpuRealtime: true,
  cpuset: true,
  pids: true,
  blkioWeight: true,
  blkioThrottle: true,
  cpus: '0-3',
  mems: '0',
};
const MIB = 1 << 20;
const check = (asked: HostConfig, features = all): ReturnType<typeof checkResources> =>
  checkResources(asked, { features, cpuCount: 4 });

describe('limits', () => {
  it.each([0, -1, -2])('takes %d processes for no limit', (PidsLimit) => {
    expect(check({ PidsLimit }).accepted.PidsLimit).toBeNull();
  });

  it.each<[HostConfig, string]>([
    [{ Memory: MIB }, 'Minimum memory limit allowed is 6MB'],
    [{ Memory: 64 * MIB, MemorySwap: 32 * MIB }, 'Minimum memoryswap limit should be larger'],
    [{ MemorySwap: 32 * MIB }, 'You should always set the Memory limit'],
    [{ Memory: 64 * MIB, MemoryReservation: 65 * MIB }, 'can not be less than memory reservation'],
    [{ MemorySwappiness: 101 }, 'valid memory swappiness range is 0-100'],
    [{ NanoCpus: 1e9, CpuPeriod: 1000 }, 'Nano CPUs and CPU Period cannot both be set'],
    [{ NanoCpus: 5e9 }, 'as there are only 4 CPUs available'],
    [{ CpuPeriod: 10 }, 'CPU cfs period can not be less than 1ms'],
    [{ CpuQuota: 10 }, 'CPU cfs quota can not be less than 1ms'],
    [{ CpuShares: -1 }, 'invalid CPU shares (-1): value must be a positive integer'],
    [{ CpusetCpus: 'x' }, 'Invalid value x for cpuset cpus'],
    [{ CpusetCpus: '0-4' }, 'Requested CPUs are not available - requested 0-4, available: 0-3'],
    [{ BlkioWeight: 5 }, 'Range of blkio weight is from 10 to 1000'],
    [{ OomScoreAdj: -1001 }, 'range for oom score adj is [-1000, 1000]'],
    [{ CpuRealtimePeriod: 10, CpuRealtimeRuntime: 20 }, 'cannot be higher than cpu real-time period'],
  ])('%j is refused', (asked, message) => {
    expect(() => check(asked)).toThrow(message);
  });

  it('are kept where the host can, and dropped with a warning where it cannot', () => {
    const asked = { Memory: 64 * MIB, PidsLimit: 5, CpuShares: 2, CpusetCpus: '0', NanoCpus: 1e9 };
    expect(check(asked)).toEqual({ accepted: asked, warnings: [] });
    const none = { ...all, memory: false, swap: false, pids: false, cpu: false, cpuset: false };
    const { accepted, warnings } = check(asked, none);
    expect(warnings).toHaveLength(5);
    expect(Object.values(accepted).every((value) => value === undefined)).toBe(true);
    expect(check({ Memory: 64 * MIB }, { ...all, swap: false }).warnings).toEqual([
      expect.stringContaining('Memory limited without swap'),
    ]);
  });

  it('that depend on each other are updated together', () => {
    expect(() => mergeLimits({}, { Memory: 64 * MIB })).toThrow('update the memoryswap at the same time');
    expect(mergeLimits({ Memory: 64 * MIB }, { Memory: 100 * MIB })).toEqual({
      Memory: 100 * MIB,
      MemorySwap: 128 * MIB,
    });
    expect(mergeLimits({ Memory: 64 * MIB, MemorySwap: -1 }, { Memory: 999 * MIB }).Memory).toBe(999 * MIB);
    expect(() => mergeLimits({ CpuQuota: 1000 }, { NanoCpus: 1e9 })).toThrow('Nano CPUs cannot be updated');
  });
});

describe('log options', () => {
  const config = (Type: string, Config: Record<string, string> = {}): HostConfig['LogConfig'] => ({ Type, Config });
  const refused = (Type: string, Config: Record<string, string> = {}): (() => void) => {
    return () => {
      checkLogConfig({ Type, Config });
    };
  };

  it('say when a file is full', () => {
    expect(logRotation({})).toEqual({ maximumSize: 0, maximumFiles: 1, compress: false });
    expect(logRotation({ LogConfig: config('local') })).toEqual({
      maximumSize: 20 * MIB,
      maximumFiles: 5,
      compress: true,
    });
    expect(logRotation({ LogConfig: config('json-file', { 'max-size': '1.5k', 'max-file': '3' }) })).toEqual({
      maximumSize: 1536,
      maximumFiles: 3,
      compress: false,
    });
  });

  it('are refused when unknown or malformed', () => {
    expect(refused('syslog')).toThrow("no log driver named 'syslog' is registered");
    expect(refused('local', { tag: 'x' })).toThrow("unknown log opt 'tag' for local log driver");
    expect(refused('json-file', { 'max-size': 'big' })).toThrow("invalid size: 'big'");
    expect(refused('json-file', { 'max-file': '0' })).toThrow('cannot be less than 1');
    expect(refused('json-file', { mode: 'fast' })).toThrow('logging mode not supported: fast');
    expect(refused('json-file', { 'max-buffer-size': '1m' })).toThrow('only supported with');
    expect(refused('json-file', { mode: 'non-blocking', 'max-buffer-size': '1m' })).not.toThrow();
  });

  it('choose what --details shows', async () => {
    const container = { id: 'f'.repeat(64), name: 'n', labels: { a: '1', b: '2' }, environment: ['X=y=z', 'Y=1'] };
    expect(await logDetails({}, container)).toBe('');
    expect(await logDetails({ labels: 'b', env: 'X', tag: '{{.Name}}/{{.ID}}' }, container)).toBe(
      'X=y%3Dz,b=2,tag=n%2Fffffffffffff',
    );
    expect(await logDetails({ 'labels-regex': '^a' }, container)).toBe('a=1');
    expect(await logDetails({ 'env-regex': '(?i)^x$' }, container)).toBe('X=y%3Dz');
  });

  it('are refused for patterns that are none', async () => {
    await expect(checkLogPatterns({ Config: { 'labels-regex': '(' } })).rejects.toThrow(
      'invalid value for labels-regex',
    );
    await expect(checkLogPatterns({ Config: { 'env-regex': 'a(?=b)' } })).rejects.toThrow('error parsing regexp');
    await expect(checkLogPatterns({ Config: { 'env-regex': '^(a|b)$' } })).resolves.toBeUndefined();
  });
});
