import { expect, it } from 'vitest';
import type { NetworkSummary } from '../../../runtime/contract/networks.ts';
import { layOut, MEASURES } from './topology.ts';

const network = (name: string, members: readonly string[]): NetworkSummary => ({
  id: name,
  name,
  driver: 'bridge',
  scope: 'local',
  createdAt: 0,
  internal: false,
  ipv6: false,
  subnets: [{ subnet: '10.0.0.0/24', gateway: '' }],
  labels: {},
  options: {},
  builtIn: false,
  members: members.map((id) => ({
    id,
    name: id,
    running: true,
    paused: id === 'db',
    ipv4: `ip-${id}`,
    ipv6: '',
    mac: '',
    aliases: [],
  })),
});

it('gives each container one box and a tie to each of its networks, with nothing on top of anything', () => {
  const picture = layOut([network('none', []), network('back', ['db', 'api']), network('front', ['web', 'api'])]);
  expect(picture.lanes.map(({ name }) => name)).toEqual(['back', 'front', 'none']);
  expect(picture.containers.map(({ name, ties }) => [name, ties.map(({ network: id }) => id)])).toEqual([
    ['db', ['back']],
    ['api', ['back', 'front']],
    ['web', ['front']],
  ]);
  expect(picture.containers.map(({ state }) => state)).toEqual(['paused', 'running', 'running']);
  const xs = picture.containers.map(({ x }) => x);
  for (const [index, x] of xs.entries()) {
    if (index > 0) expect(x - (xs[index - 1] ?? 0)).toBeGreaterThanOrEqual(MEASURES.boxWidth + MEASURES.gap);
  }
  expect(picture.width).toBeGreaterThan(xs.at(-1) ?? 0);
});
