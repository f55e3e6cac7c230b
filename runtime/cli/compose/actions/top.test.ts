import { expect, test } from 'vitest';
import { topText } from './top.ts';

test('the processes of all containers stand in one table, as docker compose prints them', () => {
  const titles = ['UID', 'PID', 'CMD'];
  expect(
    topText([
      { service: 'db', number: 1, titles, rows: [['root', '28174', 'sleep 1000']] },
      { service: 'web', number: 2, titles: ['UID', 'CMD', 'PID', 'TTY'], rows: [['1', 'sh -c x', '7', '?']] },
    ]),
  ).toBe(
    [
      'SERVICE  #   UID   PID    TTY  CMD',
      'db       1   root  28174  -    sleep 1000',
      'web      2   1     7      ?    sh -c x',
      '',
    ].join('\n'),
  );
  expect(topText([{ service: 'db', number: 1, titles, rows: [] }])).toBe('');
});
