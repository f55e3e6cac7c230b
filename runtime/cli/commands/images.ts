import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { DockerApiError } from '../../common/docker-api.ts';
import { buildHostImage } from '../../common/host-image/host-image.ts';
import { jsonLines } from '../../common/lines.ts';
import { command, type CliContext } from '../command.ts';
import { explain } from '../explain.ts';
import { platformOf } from '../docker-settings.ts';
import { UsageError } from '../flags/flags.ts';
import { platformJson } from './pull.ts';
import { ProgressPrinter, type ProgressLine } from '../progress.ts';

export const rmi = command({
  name: 'rmi',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Remove one or more images',
  specs: {
    force: { kind: 'boolean', short: 'f', help: 'Force removal of the image' },
    'no-prune': { kind: 'boolean', help: 'Keep parents without a name' },
    platform: { kind: 'list', commas: true, help: 'Remove only this platform, as linux/arm64' },
  },
  completes: 'image',
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, flags, names) => {
    let failed = 0;
    for (const name of names) {
      try {
        const done = await context.api.json<{ Untagged?: string; Deleted?: string }[]>('DELETE', `/images/${name}`, {
          query: { force: flags.force ? 1 : 0, noprune: flags['no-prune'] ? 1 : 0, ...platformQuery(flags.platform) },
        });
        for (const item of done)
          context.stdout.write(
            item.Untagged === undefined ? `Deleted: ${item.Deleted ?? ''}\n` : `Untagged: ${item.Untagged}\n`,
          );
      } catch (error) {
        if (!(flags.force && error instanceof DockerApiError && error.status === 404)) failed += 1;
        context.stderr.write(`${explain(error, context.api.address)}\n`);
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
  completes: 'image',
  arity: [2, 2],
  run: async ({ api }, _flags, [source = '', target = '']) => {
    const colon = target.indexOf(':', target.lastIndexOf('/') + 1);
    const query =
      colon < 0 ? { repo: target, tag: 'latest' } : { repo: target.slice(0, colon), tag: target.slice(colon + 1) };
    await api.json('POST', `/images/${source}/tag`, { query });
    return 0;
  },
});

export const save = command({
  name: 'save',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  specs: {
    output: { kind: 'string', short: 'o', help: 'File to write, in place of standard output' },
    platform: { kind: 'string', help: 'Save only this platform, as linux/arm64' },
  },
  completes: 'image',
  arity: [1, Number.POSITIVE_INFINITY],
  run: async ({ api, stdout }, flags, names) => {
    if (flags.output === undefined && stdout.isTTY)
      throw new UsageError('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    const archive = await api.open('GET', '/images/get', {
      query: { names, ...platformQuery(flags.platform === undefined ? [] : [flags.platform]) },
    });
    // The standard output stays open: other things may be printed after it.
    await pipeline(archive, flags.output === undefined ? stdout : createWriteStream(flags.output), {
      end: flags.output !== undefined,
    });
    return 0;
  },
});

/** Loads an archive of images. Throws Error with the engine's reason. */
export async function loadArchive(
  { api, stdout }: CliContext,
  archive: NodeJS.ReadableStream,
  quiet: boolean,
): Promise<void> {
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
    platform: { kind: 'string', help: 'Load only this platform, as linux/arm64' },
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
    const isAddress = /^https?:\/\//.test(source);
    const answer = await context.api.open('POST', '/images/create', {
      query: {
        fromSrc: isAddress ? source : '-',
        changes: flags.change,
        repo: colon < 0 ? reference : reference.slice(0, colon),
        tag: colon < 0 ? '' : reference.slice(colon + 1),
        message: flags.message,
        platform: platformOf(context, flags.platform),
      },
      ...(isAddress ? {} : { stream: source === '-' ? context.stdin : createReadStream(source) }),
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

/** Platforms (`linux/arm64/v8`) as the API takes them: an OCI platform object in JSON. */
function platformQuery(platforms: readonly string[]): Record<string, string> {
  const [first] = platforms;
  if (first === undefined) return {};
  return { platforms: platformJson(first) };
}
