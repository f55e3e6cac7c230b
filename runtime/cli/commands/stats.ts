import { setTimeout as sleep } from 'node:timers/promises';
import { DockerApiError } from '../../common/docker-api.ts';
import { jsonLines } from '../../common/lines.ts';
import { command, type CliContext } from '../command.ts';
import { configuredFormat } from '../docker-settings.ts';
import { listText, type Row } from '../output/list.ts';
import { emptyStatsRow, STATS_LAYOUT, statsRow, type StatsSample } from '../rows/stats.ts';
import { visible } from '../output/visible.ts';

/** ms between two drawings, as docker's. */
const DRAW_INTERVAL = 500;

export const stats = command({
  name: 'stats',
  usage: '[OPTIONS] [CONTAINER...]',
  summary: 'Show what containers use, as it changes',
  specs: {
    all: { kind: 'boolean', short: 'a', help: 'Show those that do not run too' },
    format: { kind: 'string', help: 'How to print: table, "table TEMPLATE", json, or a Go template' },
    'no-stream': { kind: 'boolean', help: 'Print once and end' },
    'no-trunc': { kind: 'boolean', help: 'Cut nothing off' },
  },
  completes: 'container',
  arity: [0, Number.POSITIVE_INFINITY],
  run: async (context, flags, names) => {
    const format = flags.format ?? (await configuredFormat(context, 'statsFormat'));
    if (flags['no-stream']) {
      const chosen = names.length > 0 ? names : await listed(context, flags.all);
      const rows = await Promise.all(chosen.map((name) => sampleOnce(context, name, flags['no-trunc'])));
      context.stdout.write(visible(listText(rows, STATS_LAYOUT, { format }), context.stdout, format));
      return 0;
    }
    return follow(context, names, flags, format);
  },
});

async function listed({ api }: CliContext, all: boolean): Promise<string[]> {
  const found = await api.json<{ Id: string }[]>('GET', '/containers/json', { query: { all: all ? 1 : 0 } });
  return found.map(({ Id }) => Id);
}

async function sampleOnce({ api }: CliContext, name: string, full: boolean): Promise<Row> {
  const sample = await api.json<StatsSample>('GET', `/containers/${name}/stats`, { query: { stream: 0 } });
  return statsRow(sample, name, full);
}

/** Draws until every container named is gone, or, when none is, until the person ends it. */
async function follow(
  context: CliContext,
  names: readonly string[],
  flags: { readonly all: boolean; readonly 'no-trunc': boolean },
  format: string | undefined,
): Promise<number> {
  const rows = new Map<string, Row>();
  const watched = new Map<string, Promise<void>>();
  let failure: unknown = null;
  const watch = (name: string): void => {
    if (watched.has(name)) return;
    rows.set(name, emptyStatsRow(name, flags['no-trunc']));
    const watching = readSamples(context, name, (sample) => rows.set(name, statsRow(sample, name, flags['no-trunc'])))
      .catch((error: unknown) => {
        if (names.includes(name) || !(error instanceof DockerApiError)) failure = error;
      })
      .finally(() => {
        rows.delete(name);
        watched.delete(name);
      });
    watched.set(name, watching);
  };
  const clear = context.stdout.isTTY && (format === undefined || format.startsWith('table'));
  for (const name of names) watch(name);
  while (failure === null && (names.length === 0 || watched.size > 0)) {
    if (names.length === 0) for (const id of await listed(context, flags.all)) watch(id);
    context.stdout.write(
      `${clear ? '\u001b[H\u001b[J' : ''}${visible(listText([...rows.values()], STATS_LAYOUT, { format }), context.stdout, format)}`,
    );
    await sleep(DRAW_INTERVAL);
  }
  if (failure !== null) throw failure instanceof Error ? failure : new Error('the statistics ended');
  return 0;
}

async function readSamples({ api }: CliContext, name: string, use: (sample: StatsSample) => void): Promise<void> {
  const stream = await api.open('GET', `/containers/${name}/stats`, { query: { stream: 1 } });
  for await (const sample of jsonLines<StatsSample>(stream)) use(sample);
}
