import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { unpackInto } from '../archive/unpack.ts';
import type { CliContext } from '../command.ts';
import { commaFields, pair } from '../flags/values.ts';
import { UsageError } from '../flags/flags.ts';

/** Where the result of a build goes. */
export interface BuildOutput {
  readonly type: 'image' | 'docker' | 'oci' | 'tar' | 'local';
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
  if (type === 'docker' || type === 'oci' || type === 'tar' || type === 'local')
    return { type, destination, name, push, attributes };
  throw new UsageError(`unsupported output type ${JSON.stringify(type)}`);
}

/** Whether the engine makes an archive for an output. */
export function isArchive({ type, destination }: BuildOutput): boolean {
  return type === 'oci' || (type === 'docker' && destination !== '');
}

/** What the engine is asked for: an image in its store or a registry, and archives; what is taken out of an image later needs one. */
export function engineOutputs(
  outputs: readonly BuildOutput[],
  isPushed: boolean,
  annotations: Readonly<Record<string, string>>,
): object[] {
  const archives = outputs.filter(isArchive);
  const others = outputs.filter((output) => !isArchive(output));
  const isImage = isPushed || others.length > 0 || archives.length === 0;
  const own = Object.assign({}, ...others.map(({ attributes }) => attributes)) as Record<string, string>;
  const image = { Type: 'image', Attrs: { ...own, ...annotations, push: String(isPushed) } };
  return [
    ...(isImage ? [image] : []),
    ...archives.map(({ type, attributes }) => ({ Type: type, Attrs: { ...attributes, ...annotations, dest: '-' } })),
  ];
}

/** Brings what was built to where it is wanted; `archive` is the word for one that the engine keeps. */
export async function deliver(
  { api, stdout }: CliContext,
  image: string,
  archive: string | undefined,
  output: BuildOutput,
): Promise<void> {
  const write = async (bytes: Readable): Promise<void> => {
    const isStandard = output.destination === '-';
    await pipeline(bytes, isStandard ? stdout : createWriteStream(output.destination), { end: !isStandard });
  };
  if (archive !== undefined) {
    await write(await api.open('GET', `/build/archives/${archive}`));
    return;
  }
  if (output.type === 'image' || output.type === 'docker') return;
  // A container of it that never runs, whose files are read.
  const { Id } = await api.json<{ Id: string }>('POST', '/containers/create', {
    body: { Image: image, Entrypoint: ['/'], Cmd: ['/'], HostConfig: { NetworkMode: 'none' } },
  });
  try {
    const files = await api.open('GET', `/containers/${Id}/export`);
    if (output.type === 'tar') await write(files);
    else {
      await mkdir(output.destination, { recursive: true });
      await unpackInto(files, output.destination, { rename: (entry) => entry, owners: false });
    }
  } finally {
    await api.json('DELETE', `/containers/${Id}?v=1`);
  }
}
