import { describe, expect, it } from 'vitest';
import { ownConfig } from './own-config.ts';

const image = {
  Env: ['PATH=/bin', 'VERSION=1'],
  Cmd: ['serve'],
  Entrypoint: ['/start'],
  WorkingDir: '/app',
  User: '',
  Labels: { made: 'here', by: 'me' },
  ExposedPorts: { '80/tcp': {} },
  Healthcheck: { Test: ['CMD', 'true'] },
};

describe('ownConfig', () => {
  it('leaves to the image what is as it says', () => {
    expect(ownConfig({ ...image, Image: 'app:1', Tty: false }, image)).toEqual({ Image: 'app:1', Tty: false });
  });

  it('keeps what a person said, of lists and maps their part', () => {
    const config = {
      ...image,
      Image: 'app:1',
      Env: ['PATH=/bin', 'VERSION=2', 'LEVEL=info'],
      Labels: { made: 'here', by: 'you', tier: 'back' },
      Healthcheck: { Test: ['NONE'] },
      Cmd: ['other'],
      User: '1000',
    };
    expect(ownConfig(config, image)).toEqual({
      Image: 'app:1',
      Env: ['VERSION=2', 'LEVEL=info'],
      Labels: { by: 'you', tier: 'back' },
      Healthcheck: { Test: ['NONE'] },
      Cmd: ['other'],
      User: '1000',
    });
  });

  it('says the command, too, where the entry point is its own', () => {
    expect(ownConfig({ ...image, Entrypoint: ['/mine'] }, image)).toEqual({ Entrypoint: ['/mine'], Cmd: ['serve'] });
    expect(ownConfig({ ...image, Entrypoint: ['/mine'], Cmd: null }, image)).toMatchObject({ Cmd: null });
  });

  it('keeps all where nothing is known of the image', () => {
    expect(ownConfig(image, {})).toEqual(image);
  });
});
