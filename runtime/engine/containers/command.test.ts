import { describe, expect, it } from 'vitest';
import { commandOf, mergeWithImage, processEnvironment } from './command.ts';

const image = {
  Entrypoint: ['entry'],
  Cmd: ['image', 'command'],
  Env: ['PATH=/image', 'KEPT=1'],
  WorkingDir: '/image',
  User: 'image',
  Labels: { a: 'image', b: 'image' },
};

describe('mergeWithImage', () => {
  it.each([
    ['/tmp/', '/tmp'],
    ['/a//b/../c/.', '/a/c'],
    ['/', '/'],
    ['here/', 'here/'],
  ])('takes the working directory %s for %s', (WorkingDir, clean) => {
    expect(mergeWithImage({ WorkingDir }, image).WorkingDir).toBe(clean);
  });

  it.each([
    ["nothing given: the image's own", {}, ['entry', 'image', 'command']],
    ["a command replaces the image's", { Cmd: ['mine'] }, ['entry', 'mine']],
    ["an entrypoint drops the image's command", { Entrypoint: ['mine'] }, ['mine']],
    ['an entrypoint with a command', { Entrypoint: ['mine'], Cmd: ['arg'] }, ['mine', 'arg']],
    ['an empty word clears the entrypoint', { Entrypoint: [''], Cmd: ['arg'] }, ['arg']],
    ['an empty list clears the entrypoint too', { Entrypoint: [], Cmd: ['arg'] }, ['arg']],
  ])('%s', (_, config, expected) => {
    expect(commandOf(mergeWithImage(config, image))).toEqual(expected);
  });

  it('merges variables by name and labels by key, and takes defaults for what is empty', () => {
    const merged = mergeWithImage(
      { Env: ['PATH=/mine', 'NEW=2', 'KEPT'], Labels: { a: 'mine' }, User: '', WorkingDir: '' },
      image,
    );
    expect(merged).toMatchObject({
      Env: ['PATH=/mine', 'NEW=2'],
      Labels: { a: 'mine', b: 'image' },
      User: 'image',
      WorkingDir: '/image',
    });
  });

  it('refuses a container with nothing to run', () => {
    expect(() => commandOf(mergeWithImage({}, {}))).toThrow('no command specified');
  });
});

describe('processEnvironment', () => {
  it('adds what Docker adds unless it was set', () => {
    expect(processEnvironment({ Env: ['A=1'], Tty: true }, 'ship')).toEqual([
      expect.stringMatching(/^PATH=\/usr/),
      'HOSTNAME=ship',
      'TERM=xterm',
      'A=1',
    ]);
    expect(processEnvironment({ Env: ['PATH=/x', 'HOSTNAME=y'] }, 'ship')).toEqual(['PATH=/x', 'HOSTNAME=y']);
  });
});
