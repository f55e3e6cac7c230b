import { FlagError, UsageError, type FlagValues } from '../flags/flags.ts';
import type { RESOURCE_FLAGS } from '../flags/container-flags.ts';
import { bytes, integer, nanoCpus, swapBytes } from '../flags/values.ts';

/** The limits that `create` and `update` have in common, by the API's names; 0 for what is not given. */
export function resourcesOf(flags: FlagValues<typeof RESOURCE_FLAGS>): Record<string, unknown> {
  return {
    BlkioWeight: integer('blkio-weight', flags['blkio-weight'], 0),
    CpuPeriod: integer('cpu-period', flags['cpu-period'], 0),
    CpuQuota: integer('cpu-quota', flags['cpu-quota'], 0),
    CpuRealtimePeriod: integer('cpu-rt-period', flags['cpu-rt-period'], 0),
    CpuRealtimeRuntime: integer('cpu-rt-runtime', flags['cpu-rt-runtime'], 0),
    CpuShares: integer('cpu-shares', flags['cpu-shares'], 0),
    CpusetCpus: flags['cpuset-cpus'] ?? '',
    CpusetMems: flags['cpuset-mems'] ?? '',
    Memory: bytes('memory', flags.memory),
    MemoryReservation: bytes('memory-reservation', flags['memory-reservation']),
    MemorySwap: swapBytes('memory-swap', flags['memory-swap']),
    NanoCpus: nanoCpus('cpus', flags.cpus),
    PidsLimit: integer('pids-limit', flags['pids-limit'], null),
    ...(flags['kernel-memory'] === undefined ? {} : { KernelMemory: bytes('kernel-memory', flags['kernel-memory']) }),
  };
}

/** `no`, `always`, `unless-stopped` or `on-failure[:COUNT]`. Throws UsageError. */
export function restartPolicy(text: string): { Name: string; MaximumRetryCount: number } {
  const [name = '', count, ...more] = text.split(':');
  if (name === '') throw new UsageError('invalid restart policy format: no policy provided before colon');
  if (count !== undefined && (more.length > 0 || !/^[+-]?\d+$/.test(count)))
    throw new UsageError('invalid restart policy format: maximum retry count must be an integer');
  return { Name: name, MaximumRetryCount: Number(count ?? 0) };
}

/** `NAME=SOFT[:HARD]`; -1 is without limit. Throws UsageError. */
export function ulimit(text: string): { Name: string; Soft: number; Hard: number } {
  const found = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(text);
  const soft = Number(found?.[2]);
  const hard = Number(found?.[3] ?? soft);
  if (found === null || (hard !== -1 && (soft === -1 || soft > hard)))
    throw new FlagError(`invalid argument "${text}" for "--ulimit" flag`);
  return { Name: found[1] ?? '', Soft: soft, Hard: hard };
}
