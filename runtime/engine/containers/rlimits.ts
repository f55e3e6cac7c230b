import { EngineError } from '../errors.ts';

/** RLIMIT_* numbers of the kernel (asm-generic/resource.h), by the names `--ulimit` takes. */
const RESOURCES: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

/** RLIM_INFINITY */
const INFINITY = 2n ** 64n - 1n;

/** Number of an `RLIMIT_NAME` of the runtime specification. */
export function rlimitNumber(type: string): number {
  return RESOURCES[type.replace('RLIMIT_', '').toLowerCase()] ?? -1;
}

/** Docker's Ulimits to the runtime specification's rlimits. Throws `invalid` for an unknown name or soft over hard. */
export function rlimitsOf(
  ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[],
): { type: string; soft: bigint; hard: bigint }[] {
  return ulimits.map(({ Name, Soft, Hard }) => {
    if (RESOURCES[Name] === undefined) throw new EngineError('invalid', `invalid ulimit type: ${Name}`);
    const soft = limit(Soft);
    const hard = limit(Hard);
    if (soft > hard) {
      throw new EngineError('invalid', `ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`);
    }
    return { type: `RLIMIT_${Name.toUpperCase()}`, soft, hard };
  });
}

function limit(value: number): bigint {
  return value < 0 ? INFINITY : BigInt(Math.trunc(value));
}
