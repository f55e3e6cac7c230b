import { randomBytes } from 'node:crypto';
import { BridgeError } from '../rpc/error.ts';
import type { DockerClient } from './docker-client.ts';
import type { DockerContainer, DockerImageRow } from './docker-types.ts';
import { HELPER_LABEL } from '../common/debug-container.ts';
import { isHelper } from './helper.ts';

/** Images tried for their `rm`, the smallest first. */
const MAX_IMAGES = 5;

/** Removes a path by running `rm` in the container: the API has no call for it. Rejects with BridgeError. */
export async function removeInContainer(docker: DockerClient, id: string, path: string): Promise<void> {
  const container = await docker.json<DockerContainer>('GET', `/containers/${id}/json`);
  if (container.State.Status !== 'running') {
    throw new BridgeError('unsupported', 'Files can only be removed while the container runs.', {
      hint: 'Start it first.',
    });
  }
  const { Id } = await docker.json<{ Id: string }>('POST', `/containers/${id}/exec`, {
    body: { AttachStdout: true, AttachStderr: true, Cmd: ['rm', '-rf', '--', path], User: '0' },
  });
  const { stream } = await docker.hijack('POST', `/exec/${Id}/start`, { body: { Detach: false, Tty: false } });
  let said = '';
  stream.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => {
      resolve();
    });
    stream.once('end', () => {
      resolve();
    });
  });
  stream.destroy();
  const { ExitCode } = await docker.json<{ ExitCode: number | null }>('GET', `/exec/${Id}/json`);
  if (ExitCode === 0) return;
  // Without the marks that frame the output.
  const words = said.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  throw new BridgeError('internal', ExitCode === 126 || ExitCode === 127 ? 'This container has no “rm”.' : words, {
    detail: words,
  });
}

/** Removes a path of a volume with the `rm` of some image that is here. Rejects with BridgeError. */
export async function removeInVolume(docker: DockerClient, volume: string, path: string): Promise<void> {
  const images = await docker.json<DockerImageRow[]>('GET', '/images/json');
  const candidates = images.filter(({ Labels }) => !isHelper(Labels)).sort((a, b) => a.Size - b.Size);
  for (const { Id: image } of candidates.slice(0, MAX_IMAGES)) {
    const { Id } = await docker.json<{ Id: string }>('POST', '/containers/create', {
      query: { name: `berth-files-${randomBytes(4).toString('hex')}` },
      body: {
        Image: image,
        Entrypoint: ['rm', '-rf', '--', `/volume${path}`],
        Cmd: [],
        User: '0',
        Labels: { [HELPER_LABEL]: 'files' },
        HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: volume, Target: '/volume' }] },
      },
    });
    try {
      await docker.json('POST', `/containers/${Id}/start`);
      const { StatusCode } = await docker.json<{ StatusCode: number }>('POST', `/containers/${Id}/wait`);
      if (StatusCode === 0) return;
    } catch (error) {
      // An image without the program; the next one may have it.
      if (!(error instanceof BridgeError)) throw error;
    } finally {
      await docker.json('DELETE', `/containers/${Id}`, { query: { force: true } });
    }
  }
  throw new BridgeError('unsupported', 'No image here has an “rm” to remove it with.', {
    hint: 'Pull busybox, or remove it from a container that uses the volume.',
  });
}
