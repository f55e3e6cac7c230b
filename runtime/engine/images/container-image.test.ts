import { describe, expect, it } from 'vitest';
import { containerImage } from './container-image.ts';
import type { ImageStore } from './image-store.ts';
import { hostPlatform } from './platform.ts';

const host = hostPlatform();

function images(architecture: string, os = 'linux', variant = ''): Pick<ImageStore, 'resolve'> {
  const document = { architecture, os, variant, config: { Cmd: ['sh'] } };
  return { resolve: () => ({ id: 'sha256:1', document }) as unknown as ReturnType<ImageStore['resolve']> };
}

describe('the image of a container', () => {
  it('is taken as it is when no platform is asked for, and a foreign one told of', () => {
    expect(containerImage(images(host.architecture), 'some', '')).toEqual({
      id: 'sha256:1',
      defaults: { Cmd: ['sh'] },
      warnings: [],
    });
    expect(containerImage(images(''), 'some', '').warnings).toEqual([]);
    expect(containerImage(images('s390x'), 'some', '').warnings).toEqual([
      `The requested image's platform (linux/s390x) does not match the detected host platform (linux/${host.architecture}) and no specific platform was requested`,
    ]);
  });

  it.each([
    ['arm64', '', 'linux/arm64/v8'],
    ['arm', 'v6', 'linux/arm/v7'],
    ['amd64', '', 'x86_64'],
  ])('for %s %s is one for %s', (architecture, variant, platform) => {
    expect(containerImage(images(architecture, 'linux', variant), 'some', platform).warnings).toEqual([]);
  });

  it.each([
    ['amd64', 'linux', 'linux/arm64', 'linux/amd64', 'linux/arm64'],
    ['amd64', 'linux', 'other/amd64', 'linux/amd64', 'other/amd64'],
  ])('for %s %s is none for %s', (architecture, os, platform, own, wanted) => {
    const message = `image with reference some was found but its platform (${own}) does not match the specified platform (${wanted})`;
    expect(() => containerImage(images(architecture, os), 'some', platform)).toThrow(
      expect.objectContaining({ kind: 'not-found', message }),
    );
  });
});
