import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { packPath } from '../archive/pack.ts';
import { CliError } from '../cli-error.ts';
import { command } from '../command.ts';
import { configuredFormat } from '../docker-settings.ts';
import { eachOf } from '../each.ts';
import { filtersOf } from '../filters.ts';
import { integer } from '../flags/values.ts';
import { listText } from '../output/list.ts';
import { PLUGIN_LAYOUT, pluginRow, type PluginSummary } from '../rows/plugins.ts';
import { visible } from '../output/visible.ts';

/** How long the engine waits for a plugin that it starts, in seconds: docker's. */
const ENABLE_SECONDS = 30;

export const pluginList = command({
  name: 'plugin ls',
  usage: '[OPTIONS]',
  summary: 'List plugins',
  specs: {
    filter: { kind: 'list', short: 'f', value: 'filter', help: 'Show only what matches, as enabled=true' },
    format: { kind: 'string', help: 'How to print: table, "table TEMPLATE", json, or a Go template' },
    'no-trunc': { kind: 'boolean', help: 'Cut nothing off' },
    quiet: { kind: 'boolean', short: 'q', help: 'Print only ids' },
  },
  arity: [0, 0],
  run: async (context, flags) => {
    const format = flags.format ?? (flags.quiet ? undefined : await configuredFormat(context, 'pluginsFormat'));
    const found = await context.api.json<PluginSummary[]>('GET', '/plugins', {
      query: { filters: filtersOf(flags.filter) },
    });
    const order = new Intl.Collator('en', { numeric: true });
    const rows = found
      .toSorted((a, b) => order.compare(a.Name, b.Name))
      .map((one) => pluginRow(one, flags['no-trunc']));
    context.stdout.write(
      visible(listText(rows, PLUGIN_LAYOUT, { format, quiet: flags.quiet }), context.stdout, format),
    );
    return 0;
  },
});

export const pluginEnable = command({
  name: 'plugin enable',
  usage: '[OPTIONS] PLUGIN',
  summary: 'Enable a plugin',
  specs: { timeout: { kind: 'string', value: 'int', help: 'Seconds the engine waits for it (30)' } },
  completes: 'plugin',
  arity: [1, 1],
  run: async ({ api, stdout }, flags, [name = '']) => {
    const timeout = integer('timeout', flags.timeout, ENABLE_SECONDS);
    if (timeout < 0) throw new CliError(`negative timeout ${timeout} is invalid`);
    await api.json('POST', `/plugins/${name}/enable`, { query: { timeout } });
    stdout.write(`${name}\n`);
    return 0;
  },
});

export const pluginDisable = command({
  name: 'plugin disable',
  usage: '[OPTIONS] PLUGIN',
  summary: 'Disable a plugin',
  specs: { force: { kind: 'boolean', short: 'f', help: 'Disable one that is in use, too' } },
  completes: 'plugin',
  arity: [1, 1],
  run: async ({ api, stdout }, flags, [name = '']) => {
    await api.json('POST', `/plugins/${name}/disable`, { query: flags.force ? { force: 1 } : {} });
    stdout.write(`${name}\n`);
    return 0;
  },
});

export const pluginRemove = command({
  name: 'plugin rm',
  usage: '[OPTIONS] PLUGIN [PLUGIN...]',
  summary: 'Remove plugins',
  specs: { force: { kind: 'boolean', short: 'f', help: 'Remove those that are enabled, too' } },
  completes: 'plugin',
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, flags, names) =>
    eachOf(context, names, async (name) => {
      await context.api.json('DELETE', `/plugins/${name}`, { query: flags.force ? { force: 1 } : {} });
      return name;
    }),
});

export const pluginSet = command({
  name: 'plugin set',
  usage: 'PLUGIN KEY=VALUE [KEY=VALUE...]',
  summary: 'Change settings of a plugin',
  specs: {},
  completes: 'plugin',
  arity: [2, Number.POSITIVE_INFINITY],
  run: async ({ api }, _flags, [name = '', ...settings]) => {
    await api.json('POST', `/plugins/${name}/set`, { body: settings });
    return 0;
  },
});

export const pluginCreate = command({
  name: 'plugin create',
  usage: '[OPTIONS] PLUGIN PLUGIN-DATA-DIR',
  summary: 'Make a plugin of a directory with config.json and rootfs',
  specs: { compress: { kind: 'boolean', help: 'Send it compressed' } },
  arity: [2, 2],
  run: async (context, flags, [name = '', directory = '']) => {
    (await context.registry()).name(name);
    const root = resolve(directory);
    if (!(await lstat(root)).isDirectory()) throw new CliError('context must be a directory');
    await json(createReadStream(join(root, 'config.json')));
    const archive = packPath(root, '.');
    await context.api.json('POST', '/plugins/create', {
      query: { name },
      stream: flags.compress ? archive.pipe(createGzip()) : archive,
    });
    context.stdout.write(`${name}\n`);
    return 0;
  },
});
