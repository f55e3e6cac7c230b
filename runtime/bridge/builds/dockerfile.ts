import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { dockerfilePath } from '../../common/build-context.ts';
import { messageOf } from '../../common/errors.ts';
import type { DockerfileContent } from '../../contract/builds.ts';
import { BridgeError } from '../../rpc/error.ts';

/** Largest Dockerfile read, in bytes. */
const MAX_BYTES = 1024 * 1024;

interface Place {
  readonly directory: string;
  readonly file: string;
}

/** Where a Dockerfile is. Throws BridgeError when there is no such folder, or the name is no Dockerfile's. */
export async function placeOf({ directory, file }: Place): Promise<string> {
  const found = await stat(directory).catch(() => null);
  if (found?.isDirectory() !== true) throw new BridgeError('not-found', `There is no folder ${directory}.`);
  const path = await dockerfilePath(directory, file === '' ? undefined : resolved(directory, file));
  // The page may only read and write what can be a Dockerfile.
  if (!/dockerfile|containerfile/i.test(basename(path)))
    throw new BridgeError('invalid', 'The name of a Dockerfile has “Dockerfile” or “Containerfile” in it.');
  return path;
}

function resolved(directory: string, file: string): string {
  return file.startsWith('/') ? file : `${directory.replace(/\/+$/, '')}/${file}`;
}

/** Throws BridgeError. */
export async function readDockerfile(place: Place): Promise<DockerfileContent> {
  const path = await placeOf(place);
  const found = await stat(path).catch(() => null);
  if (found === null) return { path, text: '', exists: false };
  if (!found.isFile() || found.size > MAX_BYTES) throw new BridgeError('invalid', `${path} is no Dockerfile.`);
  try {
    return { path, text: await readFile(path, 'utf8'), exists: true };
  } catch (error) {
    throw new BridgeError('internal', `${path} cannot be read.`, { detail: messageOf(error) });
  }
}

/** Throws BridgeError. */
export async function saveDockerfile(place: Place, text: string): Promise<void> {
  const path = await placeOf(place);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new BridgeError('internal', `${path} cannot be written.`, { detail: messageOf(error) });
  }
}
