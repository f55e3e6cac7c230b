import { ComposeError } from '../errors.ts';
import { runPlugin, type PluginCall } from './run.ts';

/** What a provider says that it can do (`PROVIDER compose metadata`). */
export type ProviderMetadata = Readonly<Partial<Record<'up' | 'down' | 'stop', CommandMetadata>>> & {
  readonly description?: string;
};

interface CommandMetadata {
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[] | null;
}

/** Asks a provider what it can do; null for one that does not say so, as older ones do not. */
export async function providerMetadata(
  call: Pick<PluginCall, 'path' | 'environment' | 'directory' | 'signal'>,
): Promise<ProviderMetadata | null> {
  const lines: string[] = [];
  try {
    await runPlugin({ ...call, args: ['compose', 'metadata'], onLine: (line) => void lines.push(line) });
    const metadata = JSON.parse(lines.join('\n')) as ProviderMetadata;
    const says = metadata.description ?? metadata.up?.parameters ?? metadata.down?.parameters;
    return says === undefined || says === null || says === '' ? null : metadata;
  } catch (error) {
    if (error instanceof ComposeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The options that a command of a provider takes. Throws ComposeError for one that it must have and has not. */
export function optionsFor<T>(
  metadata: ProviderMetadata | null,
  verb: 'up' | 'down' | 'stop',
  options: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  if (metadata === null) return options;
  const parameters = metadata[verb]?.parameters ?? [];
  for (const { name, required } of parameters)
    if (required === true && !(name in options)) throw new ComposeError(`required parameter "${name}" is missing`);
  const known = new Set(parameters.map(({ name }) => name));
  return Object.fromEntries(Object.entries(options).filter(([name]) => known.has(name)));
}
