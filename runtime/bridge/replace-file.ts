import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts a text in a file's place, which is whole at any moment; for this person alone unless `mode` says more. Rejects when it cannot be written. */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${String(process.pid)}`;
  await writeFile(draft, text, { mode });
  await rename(draft, path);
}
