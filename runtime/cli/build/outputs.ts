import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { unpackInto } from '../archive/unpack.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../command.ts';
import { commaFields, pair } from '../../common/fields.ts';
import { UsageError } from '../flags/flags.ts';

/** Where the result of a build goes. */
export interface BuildOutput {
  readonly type: 'image' | 'docker' | 'oci' | 'tar' | 'local' | 'cacheonly';
  /** '' for the engine's store, `-` for the standard output. */
  readonly destination: string;
  readonly name: string;
  readonly push: boolean;
  /** What is said of it besides, for the engine. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Reads `--output`: `type=local,dest=PATH`, or a directory, or `-` for a tar. Throws UsageError. */
export function parseOutput(text: string): BuildOutput {
  if (text === '-') return { type: 'tar', destination: '-', name: '', push: false, attributes: {} };
  if (!text.includes('=')) return { type: 'local', destination: text, name: '', push: false, attributes: {} };
  const fields = new Map(commaFields(text).map(pair));
  const type = fields.get('type') ?? '';
  const destination = fields.get('dest') ?? (type === 'tar' || type === 'oci' ? '-' : '');
  const push = fields.get('push') === 'true' || type === 'registry';
  const name = fields.get('name') ?? '';
  const attributes = Object.fromEntries([...fields].filter(([key]) => !['type', 'dest', 'push', 'name'].includes(key)));
  if (type === 'image' || type === 'registry') return { type: 'image', destination: '', name, push, attributes };
  if (type === 'local' && destination === '') throw new UsageError('dest is required for local exporter');
  if (type === 'docker' || type === 'oci' || type === 'tar' || type === 'local' || type === 'cacheonly')
    return { type, destination, name, push, attributes };
  throw new UsageError(`unsupported output type ${JSON.stringify(type)}`);
}

/** Whether the engine makes an archive for an output. */
export function isArchive({ type, destination }: BuildOutput): boolean {
  return type === 'oci' || type === 'tar' || type === 'local' || (type === 'docker' && destination !== '');
}

/** What the engine is asked for: an image in its store or a registry, and archives. */
export function engineOutputs(
  outputs: readonly BuildOutput[],
  isPushed: boolean,
  annotations: Readonly<Record<string, string>>,
): object[] {
  const archives = outputs.filter(isArchive);
  const others = outputs.filter((output) => !isArchive(output) && output.type !== 'cacheonly');
  const isImage = isPushed || others.length > 0 || outputs.length === 0;
  const own = Object.assign({}, ...others.map(({ attributes }) => attributes)) as Record<string, string>;
  const image = { Type: 'image', Attrs: { ...own, ...annotations, push: String(isPushed) } };
  return [
    ...(isImage ? [image] : []),
    ...(isImage || archives.length > 0 ? [] : [{ Type: 'cacheonly', Attrs: {} }]),
    ...archives.map(({ type, attributes }) => ({ Type: type, Attrs: { ...attributes, ...annotations, dest: '-' } })),
  ];
}

/** Brings an archive that the engine has made to where it is wanted; `archive` is the word for it. Throws CliError. */
export async function deliver(
  { api, stdout }: CliContext,
  archive: string | undefined,
  { type, destination }: BuildOutput,
): Promise<void> {
  if (archive === undefined) throw new CliError(`this engine does not give what a build makes as ${type}`);
  const bytes = await api.open('GET', `/build/archives/${archive}`);
  if (type === 'local') {
    await mkdir(destination, { recursive: true });
    await unpackInto(bytes, destination, { rename: (entry) => entry, owners: false });
    return;
  }
  const isStandard = destination === '-';
  await pipeline(bytes, isStandard ? stdout : createWriteStream(destination), { end: !isStandard });
}
