/**
 * Containers of the bridge's own. The API reads and writes files of containers only, so a volume is looked at through
 * a container that has it mounted and never runs. It lives for one piece of work, carries a label, and is shown nowhere.
 */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { HELPER_LABEL } from '../common/debug-container.ts';
import { BridgeError } from '../rpc/error.ts';
import type { EngineEvent } from '../contract/contract.ts';
import type { DockerClient } from './docker-client.ts';

const REPOSITORY = 'localhost/berth-helper';
/** What they are made of. */
export const HELPER_IMAGE = `${REPOSITORY}:latest`;
/** An archive with nothing in it: two empty blocks. */
const EMPTY_TAR = Buffer.alloc(1024);

/** Whether an object is the bridge's own. */
export function isHelper(labels: Readonly<Record<string, string>> | null | undefined): boolean {
  return labels?.[HELPER_LABEL] !== undefined;
}

/** Whether an event tells of the bridge's own work: it would only say that somebody looks. */
export function isOfHelper(event: EngineEvent): boolean {
  if (event.kind !== 'event') return false;
  const { type, attributes } = event;
  return isHelper(attributes) || (type === 'image' && attributes['name']?.startsWith(REPOSITORY) === true);
}

/** A volume and where the helper has it. */
export interface HelperMount {
  readonly volume: string;
  readonly at: string;
  readonly readOnly: boolean;
}

/** Runs `work` with a container that has these volumes mounted, and takes it away afterwards. Rejects with BridgeError. */
export async function withHelper<T>(
  docker: DockerClient,
  mounts: readonly HelperMount[],
  work: (containerId: string) => Promise<T>,
): Promise<T> {
  const id = await create(docker, mounts).catch(async (error: unknown) => {
    if (!(error instanceof BridgeError) || error.code !== 'not-found') throw error;
    await importImage(docker);
    return create(docker, mounts);
  });
  try {
    return await work(id);
  } finally {
    await docker.json('DELETE', `/containers/${id}`, { query: { force: true } });
  }
}

async function create(docker: DockerClient, mounts: readonly HelperMount[]): Promise<string> {
  const { Id } = await docker.json<{ Id: string }>('POST', '/containers/create', {
    query: { name: `berth-files-${randomBytes(4).toString('hex')}` },
    body: {
      Image: HELPER_IMAGE,
      Cmd: ['none'],
      Labels: { [HELPER_LABEL]: 'files' },
      HostConfig: {
        NetworkMode: 'none',
        Mounts: mounts.map(({ volume, at, readOnly }) => ({
          Type: 'volume',
          Source: volume,
          Target: at,
          ReadOnly: readOnly,
          // The image has nothing there; the volume stays as it is.
          VolumeOptions: { NoCopy: true },
        })),
      },
    },
  });
  return Id;
}

async function importImage(docker: DockerClient): Promise<void> {
  const [repo, tag] = [HELPER_IMAGE.slice(0, HELPER_IMAGE.lastIndexOf(':')), 'latest'];
  const response = await docker.open('POST', '/images/create', {
    query: { fromSrc: '-', repo, tag, changes: `LABEL ${HELPER_LABEL}=files` },
    stream: Readable.from([EMPTY_TAR]),
  });
  // The answer has to be read to its end before the image is there.
  response.resume();
  await new Promise<void>((resolve, reject) => {
    response.once('end', resolve);
    response.once('error', reject);
  });
}
