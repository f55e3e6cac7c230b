import { dockerConfigDirectory } from '../../common/docker-config.ts';
import { CliError } from '../cli-error.ts';
import { command, type CliContext } from '../command.ts';
import { fetchEntries, isIndex, listOf, manifestOf, platformOf, type ManifestEntry } from '../manifests/entry.ts';
import { isPlatform } from '../manifests/platforms.ts';
import type { ImageName, ManifestRegistry } from '../manifests/registry.ts';
import { ManifestStore } from '../manifests/store.ts';

const INSECURE = { kind: 'boolean', help: 'Also speak to a registry without TLS, or with any certificate' } as const;

const storeOf = ({ environment }: CliContext): ManifestStore => new ManifestStore(dockerConfigDirectory(environment));

/** JSON as docker prints it. */
const printed = (value: unknown, indent: number | string): string => `${JSON.stringify(value, null, indent)}\n`;

export const manifestInspect = command({
  name: 'manifest inspect',
  usage: '[OPTIONS] [MANIFEST_LIST] MANIFEST',
  summary: 'Show the manifest of an image, or a list of manifests',
  specs: { insecure: INSECURE, verbose: { kind: 'boolean', short: 'v', help: 'Also the descriptor and the platform' } },
  arity: [1, 2],
  run: async (context, { insecure, verbose }, names) => {
    const registry = await context.registry();
    const [first = '', second] = names;
    const show = (entry: ManifestEntry): void => {
      context.stdout.write(printed(verbose ? entry : JSON.parse(Buffer.from(entry.Raw, 'base64').toString()), '\t'));
    };
    const showList = (entries: readonly ManifestEntry[]): void => {
      context.stdout.write(verbose ? printed(entries, '\t') : `${listOf(entries).bytes.toString()}\n`);
    };
    const store = storeOf(context);
    if (second !== undefined) {
      const kept = await store.entry(registry.name(first), registry.name(second));
      if (kept !== null) {
        show(kept);
        return 0;
      }
    }
    const name = registry.name(second ?? first);
    const kept = second === undefined ? await store.entries(name) : null;
    if (kept !== null) {
      showList(kept);
      return 0;
    }
    const { document, entries } = await fetchEntries(registry, name, insecure);
    if (isIndex(document)) showList(entries);
    else entries.forEach(show);
    return 0;
  },
});

export const manifestCreate = command({
  name: 'manifest create',
  usage: 'MANIFEST_LIST MANIFEST [MANIFEST...]',
  summary: 'Begin a list of manifests, to be annotated and pushed',
  specs: { amend: { kind: 'boolean', short: 'a', help: 'Add to a list that is there' }, insecure: INSECURE },
  arity: [2, Number.POSITIVE_INFINITY],
  run: async (context, { amend, insecure }, [listText = '', ...images]) => {
    const registry = await context.registry();
    const store = storeOf(context);
    const list = registry.name(listText);
    if ((await store.entries(list)) !== null && !amend)
      throw new CliError('refusing to amend an existing manifest list with no --amend flag');
    // All of them, before anything is written.
    const found: [ImageName, ManifestEntry][] = [];
    for (const image of images.map((text) => registry.name(text))) {
      const { document, entries } = await fetchEntries(registry, image, insecure);
      const [entry] = entries;
      if (isIndex(document) || entry === undefined) throw new CliError(`${image.familiar} is a manifest list`);
      found.push([image, entry]);
    }
    for (const [image, entry] of found) await store.put(list, image, entry);
    context.stdout.write(`Created manifest list ${list.domain}/${list.repository}:${list.reference}\n`);
    return 0;
  },
});

export const manifestAnnotate = command({
  name: 'manifest annotate',
  usage: '[OPTIONS] MANIFEST_LIST MANIFEST',
  summary: 'Say more of an image in a list: for which system it is',
  specs: {
    arch: { kind: 'string', help: 'Architecture' },
    os: { kind: 'string', help: 'Operating system' },
    'os-features': { kind: 'list', commas: true, help: 'Features of the operating system' },
    'os-version': { kind: 'string', help: 'Version of the operating system' },
    variant: { kind: 'string', help: 'Variant of the architecture' },
  },
  arity: [2, 2],
  run: async (context, flags, [listText = '', imageText = '']) => {
    const registry = await context.registry();
    const store = storeOf(context);
    const [list, image] = [registry.name(listText), registry.name(imageText)];
    const entry = await store.entry(list, image);
    if (entry === null) throw new CliError(`manifest for image ${imageText} does not exist in ${listText}`);
    const { platform } = entry.Descriptor;
    const features = [...(platform['os.features'] ?? []), ...flags['os-features']];
    const changed = platformOf({
      architecture: flags.arch ?? platform.architecture,
      os: flags.os ?? platform.os,
      'os.version': flags['os-version'] ?? platform['os.version'] ?? '',
      'os.features': [...new Set(features)],
      variant: flags.variant ?? platform.variant ?? '',
    });
    if (!isPlatform(changed.os, changed.architecture))
      throw new CliError(
        `manifest entry for image has unsupported os/arch combination: ${changed.os}/${changed.architecture}`,
      );
    await store.put(list, image, { ...entry, Descriptor: { ...entry.Descriptor, platform: changed } });
    return 0;
  },
});

export const manifestPush = command({
  name: 'manifest push',
  usage: '[OPTIONS] MANIFEST_LIST',
  summary: 'Put a list of manifests into a registry',
  specs: { insecure: INSECURE, purge: { kind: 'boolean', short: 'p', help: 'Remove the list here afterwards' } },
  arity: [1, 1],
  run: async (context, { insecure, purge }, [text = '']) => {
    const registry = await context.registry();
    const store = storeOf(context);
    const list = registry.name(text);
    const entries = await store.entries(list);
    if (entries === null) throw missing(text);
    for (const entry of entries) {
      const pushed = await bring(registry, list, entry, insecure);
      if (pushed !== null) context.stdout.write(`Pushed ref ${pushed} with digest: ${entry.Descriptor.digest}\n`);
    }
    const document = listOf(entries);
    await registry.put(list, list.reference, document, insecure);
    context.stdout.write(`${document.digest}\n`);
    if (purge) await store.remove(list);
    return 0;
  },
});

/** Makes an image of another repository one of the list's. Returns its name there; null when it was there anyway. */
async function bring(
  registry: ManifestRegistry,
  list: ImageName,
  entry: ManifestEntry,
  insecure: boolean,
): Promise<string | null> {
  const source = registry.name(entry.Ref);
  const { digest, mediaType, platform } = entry.Descriptor;
  if (!isPlatform(platform.os, platform.architecture))
    throw new CliError(`manifest ${entry.Ref} must have an OS and Architecture to be pushed to a registry`);
  if (source.domain !== list.domain)
    throw new CliError(
      `cannot use source images from a different registry than the target image: ${source.domain} != ${list.domain}`,
    );
  if (source.repository === list.repository) return null;
  const { config, layers } = manifestOf(entry);
  for (const blob of new Set([config, ...layers].map((one) => one.digest)))
    await registry.mount(list, blob, source.repository, insecure);
  await registry.put(list, digest, { mediaType, digest, bytes: Buffer.from(entry.Raw, 'base64') }, insecure);
  return `${list.domain}/${list.repository}@${digest}`;
}

export const manifestRemove = command({
  name: 'manifest rm',
  usage: 'MANIFEST_LIST [MANIFEST_LIST...]',
  summary: 'Remove lists of manifests that are being made',
  specs: {},
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, _flags, names) => {
    const registry = await context.registry();
    const store = storeOf(context);
    const problems: string[] = [];
    for (const text of names) {
      const list = registry.name(text);
      if ((await store.entries(list)) === null) problems.push(missing(text).message);
      else await store.remove(list);
    }
    if (problems.length > 0) throw new CliError(problems.join('\n'));
    return 0;
  },
});

function missing(text: string): CliError {
  return new CliError(`No such manifest: ${text}`);
}
