import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { indexTar } from './tar-index.ts';

/** An archive whose one file breaks off with an error in the middle of its content. */
function brokenOff(): Readable {
  const archive = pack();
  archive.entry({ name: 'tree', type: 'directory' });
  archive.entry({ name: 'tree/long', size: 4 * 1024 * 1024 }).write(Buffer.alloc(64 * 1024));
  const bytes = async function* () {
    let seen = 0;
    for await (const chunk of archive as AsyncIterable<Buffer>) {
      yield chunk;
      seen += chunk.length;
      if (seen < 32 * 1024) continue;
      await new Promise((wake) => setTimeout(wake, 20));
      throw new Error('the engine has gone');
    }
  };
  return Readable.from(bytes());
}

it('rejects when an archive breaks off in the middle of a file, and nothing else fails', async () => {
  await expect(indexTar(brokenOff(), 0)).rejects.toThrow('the engine has gone');
  // An error that nobody listens to would end the process now.
  await new Promise((wake) => setTimeout(wake, 50));
});
