import { expect, it } from 'vitest';
import { sampleOf, type DockerStats } from './stats.ts';

const at = (total: number, system?: number, read = '2026-01-01T00:00:00Z'): DockerStats => ({
  read,
  cpu_stats: {
    cpu_usage: { total_usage: total },
    ...(system === undefined ? {} : { system_cpu_usage: system }),
    online_cpus: 4,
  },
  memory_stats: { usage: 100, limit: 2 ** 63, stats: { inactive_file: 30 } },
  pids_stats: { current: 2 },
  networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'Read', value: 5 },
      { op: 'write', value: 7 },
      { op: 'read', value: 1 },
    ],
  },
});

it('counts processors against the machine, or the clock', () => {
  expect(sampleOf('a', at(0, 0), undefined, 0).cpus).toBeNull();
  // One of the machine's four processors was busy all the time.
  expect(sampleOf('a', at(1e9, 4e9), at(0, 0), 0).cpus).toBe(1);
  expect(sampleOf('a', at(5e8, undefined, '2026-01-01T00:00:01Z'), at(0), 0).cpus).toBe(0.5);
});

it('sums networks and disks, and leaves the cache out', () => {
  expect(sampleOf('a', at(0), undefined, 7)).toEqual({
    id: 'a',
    at: 7,
    cpus: null,
    memoryBytes: 70,
    memoryLimit: 0,
    pids: 2,
    netRx: 11,
    netTx: 22,
    blockRead: 6,
    blockWrite: 7,
  });
});
