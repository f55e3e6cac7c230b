import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { buildHostImage } from '../../common/host-image/host-image.ts';
import { messageOf } from '../../common/errors.ts';
import { jsonLines } from '../../common/lines.ts';
import { command, type CliContext } from '../command.ts';
import { filtersOf } from '../filters.ts';
import { UsageError } from '../flags.ts';
import { ProgressPrinter, type ProgressLine } from '../progress.ts';
import { formatTemplate } from '../template.ts';
import { formatBytes, formatDuration, table } from '../units.ts';

interface ImageRow {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Created: number;
  readonly Size: number;
}

/** One line of `images`: an image has one for each of its tags. */
interface ImageLine {
  readonly ID: string;
  readonly Repository: string;
  readonly Tag: string;
  readonly CreatedSince: string;
  readonly Size: string;
}

function linesOf(row: ImageRow, full: boolean): ImageLine[] {
  const names = row.RepoTags ?? [];
  const common = {
    ID: full ? row.Id : row.Id.replace('sha256:', '').slice(0, 12),
    CreatedSince: `${formatDuration(Date.now() / 1000 - row.Created)} ago`,
    Size: formatBytes(row.Size),
  };
  if (names.length === 0)
    return [{ ...common, Repository: row.RepoDigests?.[0]?.split('@')[0] ?? '<none>', Tag: '<none>' }];
  return names.map((name) => {
    const colon = name.lastIndexOf(':');
    return { ...common, Repository: name.slice(0, colon), Tag: name.slice(colon + 1) };
  });
}

export const images = command({
  name: 'images',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  summary: 'List images',
  specs: {
    all: { kind: 'boolean', short: 'a', help: 'Show all images (default hides intermediate images)' },
    filter: { kind: 'list', short: 'f', help: 'Filter output based on conditions provided' },
    format: { kind: 'string', help: 'Format output using "json" or a template' },
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
    quiet: { kind: 'boolean', short: 'q', help: 'Only show image IDs' },
  },
  arity: [0, 1],
  run: async ({ api, stdout }, flags, [reference]) => {
    const filters = filtersOf([...flags.filter, ...(reference === undefined ? [] : [`reference=${reference}`])]);
    const rows = await api.json<ImageRow[]>('GET', '/images/json', { query: { all: flags.all ? 1 : 0, filters } });
    const lines = rows.flatMap((row) => linesOf(row, flags['no-trunc']));
    if (flags.quiet) stdout.write([...new Set(lines.map(({ ID }) => ID))].map((id) => `${id}\n`).join(''));
    else if (flags.format !== undefined)
      stdout.write(lines.map((line) => `${formatTemplate(flags.format ?? '', line)}\n`).join(''));
    else
      stdout.write(
        `${table(
          ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE'],
          lines.map((line) => [line.Repository, line.Tag, line.ID, line.CreatedSince, line.Size]),
        )}\n`,
      );
    return 0;
  },
});

export const rmi = command({
  name: 'rmi',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Remove one or more images',
  specs: {
    force: { kind: 'boolean', short: 'f', help: 'Force removal of the image' },
    'no-prune': { kind: 'boolean', help: 'Do not delete untagged parents' },
  },
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, flags, names) => {
    let failed = 0;
    for (const name of names) {
      try {
        const done = await context.api.json<{ Untagged?: string; Deleted?: string }[]>('DELETE', `/images/${name}`, {
          query: { force: flags.force ? 1 : 0, noprune: flags['no-prune'] ? 1 : 0 },
        });
        for (const item of done)
          context.stdout.write(
            item.Untagged === undefined ? `Deleted: ${item.Deleted ?? ''}\n` : `Untagged: ${item.Untagged}\n`,
          );
      } catch (error) {
        failed += 1;
        context.stderr.write(`Error response from engine: ${messageOf(error)}\n`);
      }
    }
    return failed > 0 ? 1 : 0;
  },
});

export const tag = command({
  name: 'tag',
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  specs: {},
  arity: [2, 2],
  run: async ({ api }, _flags, [source = '', target = '']) => {
    const colon = target.indexOf(':', target.lastIndexOf('/') + 1);
    const query =
      colon < 0 ? { repo: target, tag: 'latest' } : { repo: target.slice(0, colon), tag: target.slice(colon + 1) };
    await api.json('POST', `/images/${source}/tag`, { query });
    return 0;
  },
});

export const history = command({
  name: 'history',
  usage: '[OPTIONS] IMAGE',
  summary: 'Show the history of an image',
  specs: {
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
    quiet: { kind: 'boolean', short: 'q', help: 'Only show image IDs' },
  },
  arity: [1, 1],
  run: async ({ api, stdout }, flags, [name = '']) => {
    const rows = await api.json<{ Id: string; Created: number; CreatedBy: string; Size: number; Comment: string }[]>(
      'GET',
      `/images/${name}/history`,
    );
    const short = (id: string): string => (id.startsWith('sha256:') && !flags['no-trunc'] ? id.slice(7, 19) : id);
    if (flags.quiet) stdout.write(rows.map((row) => `${short(row.Id)}\n`).join(''));
    else {
      const cells = rows.map((row) => [
        short(row.Id),
        `${formatDuration(Date.now() / 1000 - row.Created)} ago`,
        flags['no-trunc'] ? row.CreatedBy : row.CreatedBy.slice(0, 45),
        formatBytes(row.Size),
        row.Comment,
      ]);
      stdout.write(`${table(['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], cells)}\n`);
    }
    return 0;
  },
});

export const save = command({
  name: 'save',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  specs: { output: { kind: 'string', short: 'o', help: 'Write to a file, instead of STDOUT' } },
  arity: [1, Number.POSITIVE_INFINITY],
  run: async ({ api, stdout }, flags, names) => {
    if (flags.output === undefined && stdout.isTTY)
      throw new UsageError('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    const query = names.map((name) => `names=${encodeURIComponent(name)}`).join('&');
    const archive = await api.open('GET', `/images/get?${query}`);
    // The standard output stays open: other things may be printed after it.
    await pipeline(archive, flags.output === undefined ? stdout : createWriteStream(flags.output), {
      end: flags.output !== undefined,
    });
    return 0;
  },
});

async function loadArchive({ api, stdout }: CliContext, archive: NodeJS.ReadableStream, quiet: boolean): Promise<void> {
  const answer = await api.open('POST', '/images/load', {
    query: { quiet: quiet ? 1 : 0 },
    stream: archive as NodeJS.ReadStream,
  });
  const printer = new ProgressPrinter(stdout);
  for await (const line of jsonLines<ProgressLine>(answer)) {
    if (line.error !== undefined) throw new Error(line.error);
    printer.print(line);
  }
}

export const load = command({
  name: 'load',
  usage: '[OPTIONS]',
  summary: 'Load an image from a tar archive or STDIN',
  specs: {
    input: { kind: 'string', short: 'i', help: 'Read from tar archive file, instead of STDIN' },
    quiet: { kind: 'boolean', short: 'q', help: 'Suppress the load output' },
  },
  arity: [0, 0],
  run: async (context, flags) => {
    if (flags.input === undefined && context.stdin.isTTY)
      throw new UsageError('requested load from stdin, but stdin is empty');
    await loadArchive(context, flags.input === undefined ? context.stdin : createReadStream(flags.input), flags.quiet);
    return 0;
  },
});

export const importImage = command({
  name: 'import',
  usage: '[OPTIONS] file|- [REPOSITORY[:TAG]]',
  summary: 'Import the contents from a tarball to create a filesystem image',
  specs: {
    change: { kind: 'list', short: 'c', help: 'Apply Dockerfile instruction to the created image' },
    message: { kind: 'string', short: 'm', help: 'Set commit message for imported image' },
    platform: { kind: 'string', help: 'Set platform if server is multi-platform capable' },
  },
  arity: [1, 2],
  run: async (context, flags, [source = '', reference = '']) => {
    const colon = reference.indexOf(':', reference.lastIndexOf('/') + 1);
    const changes = flags.change.map((change) => `&changes=${encodeURIComponent(change)}`).join('');
    const answer = await context.api.open('POST', `/images/create?fromSrc=-${changes}`, {
      query: {
        repo: colon < 0 ? reference : reference.slice(0, colon),
        tag: colon < 0 ? '' : reference.slice(colon + 1),
        message: flags.message,
        platform: flags.platform,
      },
      stream: source === '-' ? context.stdin : createReadStream(source),
    });
    for await (const line of jsonLines<ProgressLine>(answer)) {
      if (line.error !== undefined) throw new Error(line.error);
      if (line.status !== undefined) context.stdout.write(`${line.status}\n`);
    }
    return 0;
  },
});

export const fromHost = command({
  name: 'from-host',
  usage: '',
  summary: "Make the image localhost/host-tools from this computer's own shell and tools",
  specs: { quiet: { kind: 'boolean', short: 'q', help: 'Suppress the load output' } },
  arity: [0, 0],
  run: async (context, flags) => {
    const image = await buildHostImage();
    await loadArchive(context, image.archive, flags.quiet);
    return 0;
  },
});
