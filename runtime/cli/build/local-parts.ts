import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SessionOffer } from '../../common/build-session.ts';
import { sessionDirectory } from '../../common/build-session.ts';
import { nameManifest, taggedDigest } from '../../common/buildkit/content-service.ts';
import { isLayout, layoutContext } from '../../common/buildkit/layout-context.ts';
import { CliError } from '../cli-error.ts';
import { UsageError } from '../flags/flags.ts';
import { commaFields, pair } from '../flags/values.ts';

/** What flags of a build name on this machine, and the flags as the engine is told them. */
export interface LocalParts extends Pick<SessionOffer, 'directories' | 'stores'> {
  readonly contexts: Readonly<Record<string, string>>;
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  /** What is not used, in words for a person. */
  readonly warnings: readonly string[];
  /** Names the manifests of the caches that were written: what the build has told is its answer. */
  finish(response: Readonly<Record<string, string>>): Promise<void>;
}

/** What an engine tells of a cache that it has written. */
interface WrittenCache {
  readonly type: string;
  readonly place: string;
  readonly manifest: Parameters<typeof nameManifest>[2];
}

const REMOTE = /^(?:https?|git|ssh|docker-image):\/\/|^git@|^github\.com\//;

/** Reads `--build-context`, `--cache-from` and `--cache-to`. Throws UsageError, CliError. */
export async function localParts(flags: {
  readonly contexts: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
}): Promise<LocalParts> {
  const directories = new Map<string, string>();
  const stores = new Map<string, string>();
  const contexts: Record<string, string> = {};
  const warnings: string[] = [];
  for (const entry of flags.contexts) {
    const [name, value] = pair(entry);
    if (name === '' || value === '')
      throw new UsageError(`invalid context value ${JSON.stringify(entry)}: expected NAME=VALUE`);
    if (REMOTE.test(value)) contexts[name] = value;
    else if (isLayout(value)) {
      const layout = await layoutContext(value, process.cwd());
      if (layout === null) throw new CliError(`failed to get build context ${name}: ${value} is no image in a layout`);
      contexts[name] = layout.address;
      stores.set(layout.store, layout.directory);
    } else {
      const stats = await stat(value).catch(() => null);
      if (stats?.isDirectory() !== true)
        throw new CliError(`failed to get build context ${name}: ${value} is no directory`);
      directories.set(name, resolve(value));
      contexts[name] = sessionDirectory(name);
    }
  }
  const cacheFrom: string[] = [];
  for (const text of flags.cacheFrom) {
    const fields = localFields(text);
    if (fields === null) {
      cacheFrom.push(text);
      continue;
    }
    const directory = directoryOf(fields, 'src', text);
    const digest = fields.get('digest') ?? (await taggedDigest(directory, fields.get('tag') ?? 'latest'));
    if (digest === null) {
      warnings.push(`the cache of ${directory} is not used: there is none`);
      continue;
    }
    cacheFrom.push(told(new Map([...fields, ['src', storeName(directory)], ['digest', digest]])));
    stores.set(`local:${storeName(directory)}`, directory);
  }
  const targets: { readonly directory: string; readonly tag: string }[] = [];
  const cacheTo = flags.cacheTo.map((text) => {
    const fields = localFields(text);
    if (fields === null) return text;
    const directory = directoryOf(fields, 'dest', text);
    targets.push({ directory, tag: fields.get('tag') ?? 'latest' });
    stores.set(`local:${storeName(directory)}`, directory);
    return told(new Map([...fields, ['dest', storeName(directory)]]));
  });
  return {
    directories,
    stores,
    contexts,
    cacheFrom,
    cacheTo,
    warnings,
    finish: async (response) => {
      const written = JSON.parse(response['cache.manifests'] ?? '[]') as readonly WrittenCache[];
      for (const { directory, tag } of targets) {
        const found = written.find(({ type, place }) => type === 'local' && place === storeName(directory));
        if (found !== undefined) await nameManifest(directory, tag, found.manifest);
      }
    },
  };
}

/** Fields of a cache in a directory; null for any other. */
function localFields(text: string): Map<string, string> | null {
  if (!text.includes('=')) return null;
  const fields = new Map(commaFields(text).map(pair));
  return fields.get('type') === 'local' ? fields : null;
}

function directoryOf(fields: ReadonlyMap<string, string>, name: string, text: string): string {
  const path = fields.get(name) ?? '';
  if (path === '') throw new UsageError(`${name} is required for a local cache: ${text}`);
  return resolve(path);
}

/** A directory as it is told to the engine, whose lists are parted by commas. */
function storeName(directory: string): string {
  return directory.replaceAll(',', ';');
}

function told(fields: ReadonlyMap<string, string>): string {
  return [...fields].map(([name, value]) => `${name}=${value}`).join(',');
}
