import { describe, expect, it } from 'vitest';
import { fitColumns } from './fit-columns.ts';

const COLUMNS = [
  { id: 'state', width: 'minmax(110px, 130px)' },
  { id: 'name', width: 'minmax(130px, 1fr)' },
  { id: 'image', width: 'minmax(120px, 1fr)' },
  { id: 'ports', width: '110px', minTableWidth: 760 },
  { id: 'uptime', width: '84px' },
  { id: 'actions', width: '136px' },
];
const idsAt = (width: number) => fitColumns(COLUMNS, width).map(({ id }) => id);

describe('columns of a table', () => {
  it('are all there where they have room', () => {
    expect(idsAt(1200)).toEqual(['state', 'name', 'image', 'ports', 'uptime', 'actions']);
  });

  it('wait for the width that they ask for', () => {
    expect(idsAt(759)).toEqual(['state', 'name', 'image', 'uptime', 'actions']);
  });

  it('go from the end until the others fit', () => {
    expect(idsAt(580)).toEqual(['state', 'name', 'image', 'actions']);
    expect(idsAt(452)).toEqual(['state', 'name', 'actions']);
  });

  it('stay when a line would say nothing without them', () => {
    expect(idsAt(100)).toEqual(['state', 'name', 'actions']);
    expect(fitColumns([{ id: 'driver', width: '300px' }], 100)).toHaveLength(1);
  });
});
