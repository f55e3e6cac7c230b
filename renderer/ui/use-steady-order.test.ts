import { describe, expect, it } from 'vitest';
import { inOrderOf } from './use-steady-order.ts';

const rowId = ({ id }: { readonly id: string }) => id;
const rows = (...ids: string[]) => ids.map((id) => ({ id, state: 'running' }));

describe('the order of a list that is on the move', () => {
  it('stays, with what is new in each row', () => {
    const now = [
      { id: 'b', state: 'exited' },
      { id: 'c', state: 'running' },
      { id: 'a', state: 'exited' },
    ];
    expect(inOrderOf(rows('a', 'b', 'c'), now, rowId)).toEqual([
      { id: 'a', state: 'exited' },
      { id: 'b', state: 'exited' },
      { id: 'c', state: 'running' },
    ]);
  });

  it('is given up when rows came, went or were exchanged', () => {
    expect(inOrderOf(rows('a', 'b'), rows('a', 'b', 'c'), rowId)).toBeNull();
    expect(inOrderOf(rows('a', 'b'), rows('a'), rowId)).toBeNull();
    expect(inOrderOf(rows('a', 'b'), rows('b', 'c'), rowId)).toBeNull();
  });
});
