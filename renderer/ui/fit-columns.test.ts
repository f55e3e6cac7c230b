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

  it('leave something out in a narrow table, and extra ones go before all others', () => {
    const columns = [
      { id: 'name', width: 'minmax(130px, 1fr)' },
      { id: 'cpu', width: '136px', narrowWidth: '64px' },
      { id: 'network', width: '500px', extra: true as const },
      { id: 'uptime', width: '84px' },
    ];
    const at = (width: number) => fitColumns(columns, width).map(({ id, width: track }) => [id, track]);
    expect(at(1000)).toEqual([
      ['name', 'minmax(130px, 1fr)'],
      ['cpu', '136px'],
      ['network', '500px'],
      ['uptime', '84px'],
    ]);
    expect(at(600)).toEqual([
      ['name', 'minmax(130px, 1fr)'],
      ['cpu', '64px'],
      ['uptime', '84px'],
    ]);
  });

  it('stay when a line would say nothing without them', () => {
    expect(idsAt(100)).toEqual(['state', 'name', 'actions']);
    expect(fitColumns([{ id: 'driver', width: '300px' }], 100)).toHaveLength(1);
  });
});
