import { PassThrough, type Readable } from 'node:stream';
import { once } from 'node:events';
import { readTar, type TarMember } from './tar-reader.ts';
import { TAR_END, tarHeader, tarPadding } from './tar-writer.ts';

export interface TarFilter {
  /** Paths without a leading slash that are left out when they are empty: what mounts were put on. */
  readonly stubs: ReadonlySet<string>;
  /** ns since the epoch: no time is later than this; null leaves times as they are. */
  readonly latest: bigint | null;
}

/** A layer's archive without the places of mounts, and with its times held back. */
export function filteredTar(source: Readable, filter: TarFilter): Readable {
  if (filter.stubs.size === 0 && filter.latest === null) return source;
  const output = new PassThrough({ highWaterMark: 1024 * 1024 });
  run(source, output, filter).then(
    () => output.end(TAR_END),
    (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  output.on('close', () => {
    if (!source.readableEnded) source.destroy();
  });
  return output;
}

async function run(source: Readable, output: PassThrough, { stubs, latest }: TarFilter): Promise<void> {
  // Directories that are only written when something in them is.
  let held: { path: string; bytes: Buffer }[] = [];
  const put = async (bytes: Buffer): Promise<void> => {
    if (!output.write(bytes)) await once(output, 'drain');
  };
  await readTar(source as AsyncIterable<Buffer>, async (member, headers) => {
    const path = member.name.replace(/\/+$/, '').replace(/^\.?\//, '');
    held = held.filter((one) => path.startsWith(`${one.path}/`));
    const bytes = changed(member, headers, latest);
    if (stubs.has(path) && (member.type === 'directory' || (member.type === 'file' && member.size === 0))) {
      if (member.type === 'directory') held.push({ path, bytes });
      return null;
    }
    for (const one of held.splice(0)) await put(one.bytes);
    await put(bytes);
    return { data: put, end: () => put(tarPadding(member.size)) };
  });
}

function changed(member: TarMember, headers: Buffer, latest: bigint | null): Buffer {
  return latest === null || member.modified <= latest ? headers : tarHeader({ ...member, modified: latest });
}
