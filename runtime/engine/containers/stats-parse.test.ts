import { describe, expect, it } from 'vitest';
import { legacyUsage, parseInterfaces, statsResponse, systemCpuTime, unifiedUsage } from './stats-parse.ts';

const GIB = 2 ** 30;

const UNIFIED = {
  cpuStat: 'usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\nnr_periods 5\nnr_throttled 2\nthrottled_usec 7\n',
  memoryCurrent: '4096\n',
  memoryPeak: '8192\n',
  memoryMax: 'max\n',
  memoryStat: 'anon 1024\ninactive_file 2048\n',
  memoryEvents: 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n',
  pidsCurrent: '3\n',
  pidsMax: '100\n',
  ioStat: '8:0 rbytes=512 wbytes=1024 rios=1 wios=2 dbytes=0 dios=0\n',
};

const LEGACY = {
  cpuacctUsage: '5000000\n',
  cpuacctPerCpu: '3000000 2000000 \n',
  cpuacctStat: 'user 3\nsystem 2\n',
  cpuStat: 'nr_periods 1\nnr_throttled 1\nthrottled_time 99\n',
  memoryUsage: '4096\n',
  memoryMaxUsage: '5000\n',
  memoryFailcnt: '4\n',
  memoryLimit: '9223372036854771712\n',
  memoryStat: 'cache 1\ntotal_inactive_file 2\n',
  pidsCurrent: '2\n',
  pidsMax: 'max\n',
  ioServiceBytes: '8:0 Read 10\n8:0 Write 20\nTotal 30\n',
  ioServiced: '8:0 Read 1\n',
};

describe('usage figures', () => {
  it('reads cgroup v2', () => {
    const usage = unifiedUsage(UNIFIED, GIB);
    expect(usage.cpu).toEqual({
      cpu_usage: { total_usage: 3_000_000, usage_in_kernelmode: 1_000_000, usage_in_usermode: 2_000_000 },
      throttling_data: { periods: 5, throttled_periods: 2, throttled_time: 7000 },
    });
    expect(usage.memory).toEqual({
      usage: 4096,
      max_usage: 8192,
      stats: { anon: 1024, inactive_file: 2048 },
      failcnt: 1,
      limit: GIB,
    });
    expect(usage.pids).toEqual({ current: 3, limit: 100 });
    expect(usage.blkio.io_service_bytes_recursive).toEqual([
      { major: 8, minor: 0, op: 'read', value: 512 },
      { major: 8, minor: 0, op: 'write', value: 1024 },
    ]);
  });

  it('reads cgroup v1, whose "no limit" is a huge number', () => {
    const usage = legacyUsage(LEGACY, GIB);
    expect(usage.cpu.cpu_usage).toEqual({
      total_usage: 5_000_000,
      percpu_usage: [3_000_000, 2_000_000],
      usage_in_kernelmode: 20_000_000,
      usage_in_usermode: 30_000_000,
    });
    expect(usage.memory).toMatchObject({ usage: 4096, max_usage: 5000, failcnt: 4, limit: GIB });
    expect(usage.pids).toEqual({ current: 2 });
    expect(usage.blkio.io_service_bytes_recursive).toHaveLength(2);
  });

  it('makes nothing of files that are gone', () => {
    const gone = Object.fromEntries(Object.keys(UNIFIED).map((name) => [name, ''])) as typeof UNIFIED;
    expect(unifiedUsage(gone, GIB)).toMatchObject({ memory: {}, pids: { current: 0 } });
  });

  it('reads interfaces but the loopback', () => {
    const text =
      'Inter-|   Receive\n face |bytes packets\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n' +
      '  eth0: 100 2 3 4 0 0 0 0 200 5 6 7 0 0 0 0\n';
    expect(parseInterfaces(text)).toEqual({
      eth0: {
        rx_bytes: 100,
        rx_packets: 2,
        rx_errors: 3,
        rx_dropped: 4,
        tx_bytes: 200,
        tx_packets: 5,
        tx_errors: 6,
        tx_dropped: 7,
      },
    });
  });

  it('counts no guest time twice in the time of the machine', () => {
    expect(systemCpuTime('cpu  1 1 1 1 1 1 1 50 60 70\ncpu0 9\n')).toBe(70_000_000);
  });

  it('gives zeroes for a container that does not run', () => {
    const response = statsResponse({ id: 'x', name: 'one' }, null, null, 'never');
    expect(response).toMatchObject({ name: '/one', read: 'never', preread: 'never', memory_stats: {}, pids_stats: {} });
    expect(response).not.toHaveProperty('networks');
  });
});
