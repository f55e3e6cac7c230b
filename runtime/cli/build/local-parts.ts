import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SessionOffer } from '../../common/build-session.ts';
import { sessionDirectory } from '../../common/build-session.ts';
import { isLayout, layoutContext } from '../../common/buildkit/layout-context.ts';
import { localCaches, type LocalCaches } from '../../common/buildkit/local-caches.ts';
import { CliError } from '../cli-error.ts';
import { UsageError } from '../flags/flags.ts';
import { pair } from '../../common/fields.ts';

/** What flags of a build name on this machine, and the flags as the engine is told them. */
export interface LocalParts extends Pick<SessionOffer, 'directories' | 'stores'> {
  readonly contexts: Readonly<Record<string, string>>;
  readonly caches: LocalCaches;
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
  const caches = await localCaches({ from: flags.cacheFrom, to: flags.cacheTo }, process.cwd());
  for (const [name, directory] of caches.stores) stores.set(name, directory);
  return { directories, stores, contexts, caches };
}
