import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PlainDisplay } from './plain.ts';
import { BuildSteps, type BuildStatus } from './status.ts';
import { renderSteps } from './tty.ts';

const BEGUN = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): string => new Date(BEGUN + seconds * 1000).toISOString();
const log = (vertex: string, text: string, seconds: number): BuildStatus => ({
  logs: [{ vertex, data: Buffer.from(text).toString('base64'), timestamp: at(seconds) }],
});
const UPDATES: readonly BuildStatus[] = [
  { vertexes: [{ digest: 'a', name: '[1/2] FROM x', cached: true, started: at(0), completed: at(0) }] },
  { vertexes: [{ digest: 'b', name: '[2/2] RUN make', started: at(0) }] },
  log('b', 'one\ntw', 1),
  { vertexes: [{ digest: 'c', name: '[other] RUN fail', started: at(1) }] },
  log('c', '\u001b[2Jevil\n', 2),
  log('b', 'o\n', 2.5),
  {
    vertexes: [
      { digest: 'c', name: '[other] RUN fail', started: at(1), completed: at(3), error: 'exit code: 2\nmore' },
    ],
  },
  { vertexes: [{ digest: 'b', name: '[2/2] RUN make', started: at(0), completed: at(4) }] },
];

describe('plain progress', () => {
  it('tells what happens under the numbers of the steps, and names a step again when it goes on', () => {
    let said = '';
    const display = new PlainDisplay((text) => (said += text));
    for (const update of UPDATES) display.update(update);
    display.finish();
    expect(said).toBe(
      [
        '#1 [1/2] FROM x',
        '#1 CACHED',
        '',
        '#2 [2/2] RUN make',
        '#2 1.000 one',
        '',
        '#3 [other] RUN fail',
        '#3 1.000 \u001b[2Jevil',
        '',
        '#2 [2/2] RUN make (continued)',
        '#2 2.500 two',
        '',
        '#3 [other] RUN fail (continued)',
        '#3 ERROR: exit code: 2',
        '',
        '#2 [2/2] RUN make (continued)',
        '#2 DONE 4.0s',
        '\n',
      ].join('\n'),
    );
  });
});

describe('progress on a terminal', () => {
  const steps = new BuildSteps();
  for (const update of UPDATES.slice(0, 6)) steps.take(update);
  const times = { begun: BEGUN, now: BEGUN + 3000, isOver: false };

  it('shows the steps with their times, and what those that run have said, without their escapes', () => {
    const rows = renderSteps(steps.all, times, { width: 40, height: 20 });
    expect(rows[0]).toBe('[+] Building 3.0s (1/3)');
    expect(rows.join('\n')).toContain(' => CACHED [1/2] FROM x');
    expect(rows[2]).toBe(` => [2/2] RUN make${' '.repeat(18)}3.0s`);
    expect(rows).toContain(' => => # two');
    expect(rows).toContain(' => => # evil');
  });

  it.each([
    [10, 4],
    [40, 2],
    [200, 3],
    [1, 1],
  ])('keeps to %i columns and %i lines', (width, height) => {
    const rows = renderSteps(steps.all, times, { width, height });
    expect(rows.length).toBeLessThanOrEqual(Math.max(2, height));
    for (const row of rows) expect(stripVTControlCharacters(row).length).toBeLessThanOrEqual(width);
  });
});
