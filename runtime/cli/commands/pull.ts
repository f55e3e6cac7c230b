import { registryAuthHeader } from '../registry-auth.ts';
import { registryOf } from '../../common/docker-config.ts';
import { CliError } from '../cli-error.ts';
import { jsonLines } from '../../common/lines.ts';
import { command, type CliContext } from '../command.ts';
import { platformOf } from '../docker-settings.ts';
import { ProgressPrinter, type ProgressLine } from '../progress.ts';

/** `linux/arm64/v8` as an OCI platform object in JSON. */
export function platformJson(text: string): string {
  const [os, architecture, variant] = text.split('/');
  return JSON.stringify({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/** Splits `name[:tag][@digest]` where the API wants them apart. */
export function nameAndTag(reference: string): { name: string; tag: string } {
  const digest = reference.indexOf('@');
  if (digest >= 0) return { name: reference.slice(0, digest), tag: reference.slice(digest + 1) };
  const colon = reference.indexOf(':', reference.lastIndexOf('/') + 1);
  return colon < 0
    ? { name: reference, tag: '' }
    : { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/** A name with all that it leaves out: `docker.io/library/busybox:latest` for `busybox`. */
export function canonicalName(reference: string, everyTag = false): string {
  const { name, tag } = nameAndTag(reference);
  const path = registryOf(name) === 'docker.io' ? name.replace(/^(index\.)?docker\.io\//, '') : name;
  const full =
    path === name && registryOf(name) !== 'docker.io'
      ? name
      : `docker.io/${path.includes('/') ? '' : 'library/'}${path}`;
  return reference.includes('@') ? `${full}@${tag}` : everyTag ? full : `${full}:${tag || 'latest'}`;
}

/** A name as people know it, with its tag: `busybox:latest` for `docker.io/library/busybox`. */
export function familiarName(reference: string): string {
  return canonicalName(reference).replace(/^docker\.io\/(library\/)?/, '');
}

/** Pulls with progress on `sink`. Throws Error with the registry's reason. */
export async function pullImage(
  context: CliContext,
  reference: string,
  options: { platform: string | undefined; quiet: boolean; sink: NodeJS.WriteStream; allTags?: boolean },
): Promise<void> {
  const { name, tag } = nameAndTag(reference);
  const stream = await context.api.open('POST', '/images/create', {
    query: {
      fromImage: name,
      tag: tag === '' && options.allTags !== true ? 'latest' : tag,
      platform: options.platform,
    },
    headers: await registryAuthHeader(name, context.environment),
  });
  const printer = new ProgressPrinter(options.sink);
  for await (const line of jsonLines<ProgressLine>(stream)) {
    if (line.error !== undefined) throw new Error(line.error);
    if (!options.quiet) printer.print(line);
  }
}

export const pull = command({
  name: 'pull',
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  summary: 'Download an image from a registry',
  specs: {
    'all-tags': { kind: 'boolean', short: 'a', help: 'Download all tagged images in the repository' },
    'disable-content-trust': { kind: 'boolean', initial: true, help: 'Do not check signatures of images' },
    platform: { kind: 'string', help: 'Set platform if server is multi-platform capable' },
    quiet: { kind: 'boolean', short: 'q', help: 'Suppress verbose output' },
  },
  completes: 'image',
  arity: [1, 1],
  run: async (context, flags, [reference = '']) => {
    const { tag } = nameAndTag(reference);
    if (flags['all-tags'] && tag !== '') throw new CliError("tag can't be used with --all-tags/-a");
    const isTold = !flags.quiet && !flags['all-tags'];
    if (isTold && tag === '') context.stdout.write('Using default tag: latest\n');
    await pullImage(context, reference, {
      platform: platformOf(context, flags.platform),
      quiet: flags.quiet,
      sink: context.stdout,
      allTags: flags['all-tags'],
    });
    if (isTold || flags.quiet) context.stdout.write(`${canonicalName(reference, flags['all-tags'])}\n`);
    return 0;
  },
});

export const push = command({
  name: 'push',
  usage: '[OPTIONS] NAME[:TAG]',
  summary: 'Upload an image to a registry',
  specs: {
    'all-tags': { kind: 'boolean', short: 'a', help: 'Push all tags of an image to the repository' },
    'disable-content-trust': { kind: 'boolean', initial: true, help: 'Do not sign the image' },
    platform: { kind: 'string', help: 'Push only this platform, as linux/arm64' },
    quiet: { kind: 'boolean', short: 'q', help: 'Suppress verbose output' },
  },
  completes: 'image',
  arity: [1, 1],
  run: async (context, flags, [reference = '']) => {
    const { name, tag } = nameAndTag(reference);
    if (flags['all-tags'] && tag !== '') throw new CliError("tag can't be used with --all-tags/-a");
    if (tag === '' && !flags['all-tags'] && !flags.quiet) context.stdout.write('Using default tag: latest\n');
    const stream = await context.api.open('POST', `/images/${name}/push`, {
      query: {
        tag: tag === '' && !flags['all-tags'] ? 'latest' : tag,
        ...(flags.platform === undefined ? {} : { platform: platformJson(flags.platform) }),
      },
      headers: await registryAuthHeader(name, context.environment, true),
    });
    const printer = new ProgressPrinter(context.stdout);
    for await (const line of jsonLines<ProgressLine>(stream)) {
      if (line.error !== undefined) throw new Error(line.error);
      if (!flags.quiet) printer.print(line);
    }
    return 0;
  },
});
