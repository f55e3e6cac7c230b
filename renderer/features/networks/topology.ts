import type { NetworkMember, NetworkSummary } from '../../../runtime/contract/networks.ts';

/** Measures of the picture, in pixels. */
export const MEASURES = {
  /** Left column with the networks' names. */
  labels: 190,
  boxWidth: 132,
  boxHeight: 46,
  gap: 22,
  top: 16,
  firstLane: 116,
  lane: 58,
} as const;

export type MemberState = 'running' | 'paused' | 'stopped';

/** What a container of a network does. */
export function memberState({ running, paused }: Pick<NetworkMember, 'running' | 'paused'>): MemberState {
  if (paused) return 'paused';
  return running ? 'running' : 'stopped';
}

/** A container in the picture. */
export interface TopologyContainer {
  readonly id: string;
  readonly name: string;
  readonly state: MemberState;
  readonly x: number;
  /** Lanes it is tied to, from the top. */
  readonly ties: readonly { readonly network: string; readonly y: number; readonly address: string }[];
}

/** A network in the picture: a quay along which its containers lie. */
export interface TopologyLane {
  readonly id: string;
  readonly name: string;
  readonly subnet: string;
  readonly internal: boolean;
  readonly members: number;
  readonly y: number;
  /** From the first to the last of its containers; the same when there is none. */
  readonly from: number;
  readonly to: number;
}

export interface Topology {
  readonly width: number;
  readonly height: number;
  readonly lanes: readonly TopologyLane[];
  readonly containers: readonly TopologyContainer[];
}

/**
 * Lays networks out as horizontal lanes and containers as boxes above them, each with a line down to its lanes. Nothing
 * can overlap, and the same networks always give the same picture.
 */
export function layOut(networks: readonly NetworkSummary[]): Topology {
  const { labels, boxWidth, gap, firstLane, lane } = MEASURES;
  const sorted = [...networks].sort(
    (a, b) => Number(b.members.length > 0) - Number(a.members.length > 0) || (a.name < b.name ? -1 : 1),
  );
  const laneY = new Map(sorted.map(({ id }, index) => [id, firstLane + index * lane]));
  const members = new Map<string, { name: string; state: MemberState; ties: TopologyContainer['ties'][number][] }>();
  for (const network of sorted) {
    for (const member of network.members) {
      const known = members.get(member.id) ?? { name: member.name, state: memberState(member), ties: [] };
      known.ties.push({ network: network.id, y: laneY.get(network.id) ?? 0, address: member.ipv4 });
      members.set(member.id, known);
    }
  }
  // Those of the first lane first, so that lines cross as little as can be.
  const order = [...members].sort(([, a], [, b]) => {
    const first = (a.ties[0]?.y ?? 0) - (b.ties[0]?.y ?? 0);
    return first !== 0 ? first : (a.ties.at(-1)?.y ?? 0) - (b.ties.at(-1)?.y ?? 0) || (a.name < b.name ? -1 : 1);
  });
  const containers = order.map(([id, { name, state, ties }], index): TopologyContainer => {
    const x = labels + gap + index * (boxWidth + gap);
    return { id, name, state, x, ties };
  });
  const width = labels + gap + Math.max(1, containers.length) * (boxWidth + gap);
  const lanes = sorted.map((network): TopologyLane => {
    const tied = containers.filter(({ ties }) => ties.some((tie) => tie.network === network.id));
    const centre = (container: TopologyContainer | undefined) =>
      (container?.x ?? labels) + (container === undefined ? 0 : boxWidth / 2);
    return {
      id: network.id,
      name: network.name,
      subnet: network.subnets[0]?.subnet ?? '',
      internal: network.internal,
      members: network.members.length,
      y: laneY.get(network.id) ?? 0,
      from: labels,
      to: tied.length === 0 ? labels + 60 : centre(tied.at(-1)) + 14,
    };
  });
  return { width, height: firstLane + sorted.length * lane, lanes, containers };
}
