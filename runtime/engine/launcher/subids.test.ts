import { expect, test } from 'vitest';
import { idMap, parseSubordinateIds } from './subids.ts';

const file = `# comment
ada:100000:65536
1001:300000:1000
bob:200000:65536
ada:broken:1
ada:400000:0
ada:1000:10
ada:500000:4294967295
ada:100000:65536
`;

test('ranges by name and by number; malformed, empty, overflowing, doubled and self-holding ones are left out', () => {
  expect(parseSubordinateIds(file, 'ada', 1001)).toEqual([
    { first: 100000, count: 65536 },
    { first: 300000, count: 1000 },
  ]);
  expect(parseSubordinateIds(file, 'eve', 7)).toEqual([]);
});

test('the map puts the user at 0 and the ranges behind each other', () => {
  expect(idMap(1001, parseSubordinateIds(file, 'ada', 1001))).toBe('0 1001 1 1 100000 65536 65537 300000 1000');
  expect(idMap(1001, [])).toBeNull();
});
