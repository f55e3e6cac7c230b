import { describe, expect, it } from 'vitest';
import { streamOf, tarOf } from '../../testing/images.ts';
import { readTar } from './tar-reader.ts';

async function filesOf(archive: Buffer): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  await readTar(streamOf(archive) as AsyncIterable<Buffer>, ({ name }) => {
    files[name] = '';
    return {
      data: (chunk) => {
        files[name] = (files[name] ?? '') + chunk.toString();
      },
      end: () => undefined,
    };
  });
  return files;
}

describe('an archive that ends early', () => {
  it('is whole when only padding and the end mark are missing', async () => {
    const archive = await tarOf({ a: 'first', b: 'second' });
    const end = archive.indexOf('second') + 'second'.length;
    for (const length of [end, end + 100, end + 506, end + 506 + 512])
      expect(await filesOf(archive.subarray(0, length))).toEqual({ a: 'first', b: 'second' });
    await expect(filesOf(archive.subarray(0, end - 1))).rejects.toThrow('ends in the middle of a file');
    await expect(filesOf(archive.subarray(0, 1024 + 100))).rejects.toThrow('ends in the middle of a block');
  });
});
