import { resolve } from 'node:path';
import { BuildContextError } from '../build-context.ts';
import { commaFields, pair } from '../fields.ts';
import { nameManifest, taggedDigest } from './content-service.ts';

/** Caches of a build as the engine is told of them, with those in directories of this machine. */
export interface LocalCaches {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Directories by the name of their content in a session. */
  readonly stores: ReadonlyMap<string, string>;
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

/** Reads `type=...` texts of caches to read and to write; relative paths are from `base`. Throws BuildContextError. */
export async function localCaches(
  asked: { readonly from: readonly string[]; readonly to: readonly string[] },
  base: string,
): Promise<LocalCaches> {
  const stores = new Map<string, string>();
  const warnings: string[] = [];
  const from: string[] = [];
  for (const text of asked.from) {
    const fields = localFields(text);
    if (fields === null) {
      from.push(text);
      continue;
    }
    const directory = directoryOf(fields, 'src', text, base);
    const digest = fields.get('digest') ?? (await taggedDigest(directory, fields.get('tag') ?? 'latest'));
    if (digest === null) {
      warnings.push(`the cache of ${directory} is not used: there is none`);
      continue;
    }
    from.push(told(new Map([...fields, ['src', storeName(directory)], ['digest', digest]])));
    stores.set(`local:${storeName(directory)}`, directory);
  }
  const targets: { readonly directory: string; readonly tag: string }[] = [];
  const to = asked.to.map((text) => {
    const fields = localFields(text);
    if (fields === null) return text;
    const directory = directoryOf(fields, 'dest', text, base);
    targets.push({ directory, tag: fields.get('tag') ?? 'latest' });
    stores.set(`local:${storeName(directory)}`, directory);
    return told(new Map([...fields, ['dest', storeName(directory)]]));
  });
  return {
    from,
    to,
    stores,
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

function directoryOf(fields: ReadonlyMap<string, string>, name: string, text: string, base: string): string {
  const path = fields.get(name) ?? '';
  if (path === '') throw new BuildContextError(`${name} is required for a local cache: ${text}`);
  return resolve(base, path);
}

/** A directory as it is told to the engine, whose lists are parted by commas. */
function storeName(directory: string): string {
  return directory.replaceAll(',', ';');
}

function told(fields: ReadonlyMap<string, string>): string {
  return [...fields].map(([name, value]) => `${name}=${value}`).join(',');
}
