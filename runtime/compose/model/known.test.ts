import { expect, it } from 'vitest';
import type { DockerApi } from '../../common/docker-api.ts';
import { composeContainers } from '../objects/containers.ts';
import { LABELS } from '../plan/labels.ts';
import { runningProjects } from './known.ts';

/** An engine with these containers and images. */
function engineWith(containers: readonly object[], images: readonly object[]): DockerApi {
  const json = (_: string, path: string): Promise<unknown> =>
    Promise.resolve(path === '/images/json' ? images : containers);
  return { json } as unknown as DockerApi;
}

const container = (ImageID: string, service: string, files: string, directory: string): object => ({
  Id: service,
  Names: [`/${service}`],
  ImageID,
  Labels: {
    [LABELS.project]: 'shop',
    [LABELS.service]: service,
    [LABELS.number]: '1',
    [LABELS.files]: files,
    [LABELS.directory]: directory,
  },
});

it('opens no files that only a label of an image names', async () => {
  const hostile = { [LABELS.project]: 'shop', [LABELS.files]: '/data/evil.yaml', [LABELS.directory]: '/data' };
  const images = [{ Id: 'sha256:e', Labels: hostile }];
  const stranger = container('sha256:e', 'a', '/data/evil.yaml', '/data');
  const own = container('sha256:e', 'db', '/home/me/shop/compose.yaml', '/home/me/shop');
  const projectOf = async (...containers: object[]): Promise<object | undefined> =>
    runningProjects(await composeContainers(engineWith(containers, images)))[0];
  expect(await projectOf(stranger)).toMatchObject({ name: 'shop', directory: '', files: [] });
  // Of a project that there is it takes nothing over, even though it comes first.
  const known = { directory: '/home/me/shop', files: ['/home/me/shop/compose.yaml'] };
  expect(await projectOf(stranger, own)).toMatchObject(known);
});
