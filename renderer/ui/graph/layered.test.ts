import { describe, expect, it } from 'vitest';
import { layOut } from './layered.ts';

const service = (name: string, ...needs: string[]) => ({
  name,
  needs: needs.map((one) => ({ name: one, dashed: false })),
});

describe('the picture of services', () => {
  it('puts each to the right of all that it depends on', () => {
    const { nodes, edges } = layOut([
      service('web', 'api', 'cache'),
      service('api', 'db'),
      service('db'),
      service('cache'),
    ]);
    const x = (name: string): number => nodes.find((node) => node.name === name)!.x;
    for (const { from, to } of edges) expect(x(from)).toBeGreaterThan(x(to));
    expect(edges).toHaveLength(3);
    expect(x('db')).toBe(x('cache'));
  });

  it('lets no two stand on each other, and leaves out what is not there', () => {
    const { nodes, edges } = layOut([service('a', 'gone'), service('b'), service('c', 'a', 'b')]);
    expect(new Set(nodes.map(({ x, y }) => `${x},${y}`)).size).toBe(3);
    expect(edges.map(({ to }) => to)).toEqual(['a', 'b']);
  });

  it('ends for a circle', () => {
    expect(layOut([service('a', 'b'), service('b', 'a')]).nodes).toHaveLength(2);
  });
});
