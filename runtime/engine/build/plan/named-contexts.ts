import { EngineError } from '../../errors.ts';
import { fullPlatform, type Platform } from '../../images/platform.ts';
import { familiarName, parseReference } from '../../images/reference.ts';
import type { BuildOptions } from './options.ts';

/**
 * What a name of FROM or `--from` stands for by the client's word, for a platform where it says so (`name::os/arch`);
 * undefined for a name that means what it says. A name counts in its short form.
 */
export function namedContext(
  { namedContexts }: Pick<BuildOptions, 'namedContexts'>,
  name: string,
  platform: Platform,
): string | undefined {
  if (namedContexts.size === 0) return undefined;
  const names = [...new Set([name, name.replace(/:latest$/, ''), shortName(name)])];
  const found = names
    .flatMap((one) => [`${one}::${fullPlatform(platform)}`, one])
    .find((one) => namedContexts.has(one));
  const what = found === undefined ? undefined : namedContexts.get(found);
  // The two slashes may be left out.
  return what?.replace(/^(docker-image|oci-layout):(?!\/\/)/, '$1://');
}

function shortName(name: string): string {
  try {
    return familiarName(parseReference(name)).replace(/:latest$/, '');
  } catch (error) {
    if (error instanceof EngineError) return name;
    throw error;
  }
}
