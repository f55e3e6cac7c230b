/** A container of a service as it stands. */
export interface Existing {
  readonly id: string;
  readonly number: number;
  readonly hash: string;
  readonly imageId: string;
  readonly isRunning: boolean;
  /** Names of the networks that it is on. */
  readonly networks: readonly string[];
  /** `HostConfig.NetworkMode`. */
  readonly networkMode: string;
}

/** What a service's containers should be. */
export interface Wanted {
  readonly replicas: number;
  readonly hash: string;
  readonly imageId: string;
  readonly networks: readonly string[];
  /** Id of the container whose network is shared; null without. */
  readonly joinedNetwork: string | null;
}

export type Recreate = 'changed' | 'always' | 'never';

/** What is to be done with a service's containers. */
export interface Convergence {
  /** As they are; to be started where they do not run. */
  readonly keep: readonly Existing[];
  /** To be replaced by new ones of the same numbers. */
  readonly recreate: readonly Existing[];
  /** Numbers of containers to be made. */
  readonly create: readonly number[];
  /** Too many. */
  readonly remove: readonly Existing[];
}

/**
 * Compares what there is with what is wanted: only what changed is made anew. Where there are too many, those that have
 * changed go first, and of the others the youngest numbers.
 */
export function converge(existing: readonly Existing[], wanted: Wanted, recreate: Recreate): Convergence {
  const byNumber = (a: Existing, b: Existing): number => a.number - b.number;
  const isOld = (one: Existing): number => Number(differs(one, wanted));
  const ordered = [...existing].sort((a, b) => isOld(a) - isOld(b) || byNumber(a, b));
  const kept = ordered.slice(0, wanted.replicas).sort(byNumber);
  const isStale = (one: Existing): boolean => recreate === 'always' || (recreate === 'changed' && differs(one, wanted));
  const numbers = new Set(kept.map(({ number }) => number));
  const create: number[] = [];
  for (let number = 1; kept.length + create.length < wanted.replicas; number += 1)
    if (!numbers.has(number)) create.push(number);
  return {
    keep: kept.filter((one) => !isStale(one)),
    recreate: kept.filter(isStale),
    create,
    remove: ordered.slice(wanted.replicas),
  };
}

function differs(one: Existing, wanted: Wanted): boolean {
  return (
    one.hash !== wanted.hash ||
    (wanted.imageId !== '' && one.imageId !== '' && one.imageId !== wanted.imageId) ||
    wanted.networks.some((name) => !one.networks.includes(name)) ||
    // The container that it shared the network of has been replaced.
    (wanted.joinedNetwork !== null && one.networkMode !== `container:${wanted.joinedNetwork}`)
  );
}
