import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { LocalRegistry } from '../fixtures/registry.ts';

const DOCKER = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};
const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

/** LIST and OTHER are repositories of the command's own, IMAGES the one of the images. Done one after the other. */
const LINES: readonly string[] = [
  'create --insecure LIST:l IMAGES:amd IMAGES:arm',
  'create --insecure LIST:l IMAGES:amd',
  'inspect LIST:l',
  'annotate --arch arm64 --variant v8 LIST:l IMAGES:arm',
  'annotate --os-features a,b --os-version 1.2 LIST:l IMAGES:amd',
  'annotate --variant v9 LIST:l IMAGES:none',
  'inspect -v LIST:l',
  'inspect LIST:l IMAGES:arm',
  'inspect --insecure IMAGES:amd',
  'inspect --insecure -v IMAGES:amd',
  'inspect --insecure IMAGES:none',
  'push --insecure LIST:l',
  'push --purge --insecure LIST:l',
  'inspect --insecure LIST:l',
  'inspect --insecure -v LIST:l',
  'push --insecure LIST:l',
  // Docker begins the list all the same; nothing of it is asked for again.
  'create --insecure OTHER:o IMAGES:arm IMAGES:none',
  'create --insecure OTHER:m IMAGES:arm',
  'create --insecure OTHER:n LIST:l',
  'rm OTHER:m OTHER:n',
];

describe('lists of manifests, made as docker makes them', () => {
  let registry: LocalRegistry;
  const directories: string[] = [];

  const send = async (method: string, url: string, body?: string, type = 'application/octet-stream') => {
    const answer = await fetch(url, { method, headers: { 'Content-Type': type }, body: body ?? null });
    expect(answer.ok, `${method} ${url}: ${answer.status}`).toBe(true);
    return answer;
  };

  const blob = async (content: string): Promise<{ digest: string; size: number }> => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const begun = await send('POST', `http://${registry.host}/v2/images/blobs/uploads/`);
    const place = new URL(begun.headers.get('location') ?? '', `http://${registry.host}`);
    place.searchParams.set('digest', digest);
    await send('PUT', place.href, content);
    return { digest, size: content.length };
  };

  /** An image of no use but to be listed. */
  async function image(tag: string, architecture: string, types: typeof DOCKER): Promise<void> {
    const config = { mediaType: types.config, ...(await blob(JSON.stringify({ architecture, os: 'linux' }))) };
    const layer = { mediaType: types.layer, ...(await blob(`layer of ${tag}`)) };
    const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer] };
    const url = `http://${registry.host}/v2/images/manifests/${tag}`;
    await send('PUT', url, JSON.stringify(manifest), types.manifest);
  }

  const run = (command: readonly string[], name: string, directory: string, line: string) => {
    const [program = '', ...first] = command;
    const words = line
      .replaceAll('LIST:', `${registry.host}/${name}/list:`)
      .replaceAll('OTHER:', `${registry.host}/${name}/other:`)
      .replaceAll('IMAGES:', `${registry.host}/images:`)
      .split(' ');
    const { status, stdout, stderr } = spawnSync(program, [...first, 'manifest', ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: directory, DOCKER_CONFIG: directory },
    });
    const clean = (text: string): string => text.replaceAll(`/${name}/`, '/NAME/');
    return { line, status, stdout: clean(stdout), stderr: clean(stderr) };
  };

  const scratch = (): string => {
    const directory = mkdtempSync('/tmp/berth-manifests-');
    directories.push(directory);
    return directory;
  };
  const OURS = [process.execPath, BERTH_COMMAND];

  beforeAll(async () => {
    registry = await LocalRegistry.start();
    await image('amd', 'amd64', DOCKER);
    await image('arm', 'arm', DOCKER);
    await image('oci-amd', 'amd64', OCI);
    await image('oci-arm', 'arm64', OCI);
  });

  afterAll(async () => {
    await registry.stop();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  it('does and says the same as docker', () => {
    const [ours, docker] = [scratch(), scratch()];
    for (const line of LINES) expect(run(OURS, 'ours', ours, line)).toEqual(run(['docker'], 'docker', docker, line));
  });

  it('makes an index of images that are all of OCI, and refuses a platform that is none', async () => {
    const directory = scratch();
    const own = (line: string) => run(OURS, 'oci', directory, line);
    expect(own('create LIST:l IMAGES:oci-amd IMAGES:oci-arm')).toMatchObject({ status: 0 });
    expect(own('annotate --arch nonsense LIST:l IMAGES:oci-arm')).toMatchObject({
      status: 1,
      stderr: 'manifest entry for image has unsupported os/arch combination: linux/nonsense\n',
    });
    const { status, stdout } = own('push LIST:l');
    expect(status).toBe(0);
    const answer = await fetch(`http://${registry.host}/v2/oci/list/manifests/l`, {
      headers: { Accept: 'application/vnd.oci.image.index.v1+json' },
    });
    expect(answer.headers.get('docker-content-digest')).toBe(stdout.trim().split('\n').at(-1));
    expect(await answer.json()).toMatchObject({
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ platform: { architecture: 'amd64' } }, { platform: { architecture: 'arm64', os: 'linux' } }],
    });
  });
});
