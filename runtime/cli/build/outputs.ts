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
}

/** Reads `--output`: `type=local,dest=PATH`, or a directory, or `-` for a tar. Throws UsageError. */
export function parseOutput(text: string): BuildOutput {
  if (text === '-') return { type: 'tar', destination: '-', name: '', push: false };
  if (!text.includes('=')) return { type: 'local', destination: text, name: '', push: false };
  const fields = new Map(commaFields(text).map(pair));
  const type = fields.get('type') ?? '';
  const destination = fields.get('dest') ?? (type === 'tar' || type === 'oci' ? '-' : '');
  const push = fields.get('push') === 'true' || type === 'registry';
  const name = fields.get('name') ?? '';
  if (type === 'image' || type === 'registry') return { type: 'image', destination: '', name, push };
  if (type === 'local' && destination === '') throw new UsageError('dest is required for local exporter');
  if (type === 'docker' || type === 'oci' || type === 'tar' || type === 'local')
    return { type, destination, name, push };
  throw new UsageError(`unsupported output type ${JSON.stringify(type)}`);
}

/** Brings an image that was built, and is called `name`, to where it is wanted. */
export async function deliver(context: CliContext, image: string, name: string, output: BuildOutput): Promise<void> {
  const { api, stdout } = context;
  const write = async (archive: Readable): Promise<void> => {
    const isStandard = output.destination === '-';
    await pipeline(archive, isStandard ? stdout : createWriteStream(output.destination), { end: !isStandard });
  };
  if (output.type === 'image') return;
  if (output.type === 'docker' || output.type === 'oci') {
    if (output.destination !== '') await write(await api.open('GET', `/images/${name}/get`));
    return;
  }
  // A container of it that never runs, whose files are read.
  const { Id } = await api.json<{ Id: string }>('POST', '/containers/create', {
    body: { Image: image, Entrypoint: ['/'], Cmd: ['/'], HostConfig: { NetworkMode: 'none' } },
  });
  try {
    const archive = await api.open('GET', `/containers/${Id}/export`);
    if (output.type === 'tar') await write(archive);
    else {
      await mkdir(output.destination, { recursive: true });
      await unpackInto(archive, output.destination, { rename: (entry) => entry, owners: false });
    }
  } finally {
    await api.json('DELETE', `/containers/${Id}?v=1`);
  }
}
