import { expect, it } from 'vitest';
import { withGaps } from './gaps.ts';

it('draws no line over a time of which nothing is known', () => {
  const point = { cpus: 1, memoryBytes: 1, netRx: 1, netTx: 1, blockRead: 1, blockWrite: 1 };
  const rows = withGaps(
    [10, 20, 40, 90].map((at) => ({ ...point, at })),
    10,
  );
  expect(rows.map(({ at, cpus }) => [at, cpus])).toEqual([
    [10, 1],
    [20, 1],
    [40, 1],
    [50, null],
    [90, 1],
  ]);
});
