import { describe, expect, it } from 'vitest';
import { checkRunMount, parseRunMount } from './run-mounts.ts';

const read = (text: string): ReturnType<typeof parseRunMount> =>
  parseRunMount(text, (word) => word.replace('$TARGET', '/x,readonly'));

describe('a mount of RUN', () => {
  it.each([
    ['target=/x', { type: 'bind', target: '/x', readonly: true }],
    ['target=/x,rw', { readonly: false }],
    ['type=Cache,target=/x,sharing=Locked', { type: 'cache', readonly: false, sharing: 'locked' }],
    ['type=cache,target=/x,ro', { readonly: true }],
    ['type=tmpfs,dst=/x,rw,size=1k', { type: 'tmpfs', size: 1024 }],
    ['type=secret,id=s,uid=1,mode=0440', { target: '/run/secrets/s', uid: 1, mode: 0o440 }],
    ['type=ssh,required', { required: true }],
    ['"target=/a,b"', { target: '/a,b' }],
    ['target=$TARGET', { target: '/x,readonly' }],
  ])('%j is read', (text, told) => {
    expect(read(text)).toMatchObject(told);
  });

  it.each([
    ['typ=tmpfs', "unexpected key 'typ' in 'typ=tmpfs' (did you mean type?)"],
    ['type=tmp', 'unsupported mount type "tmp" (did you mean tmpfs?)'],
    ['type=cache,target=/x,sharing=lock', 'unsupported sharing value "lock"'],
    ['type=bind,target=/x,required', "unexpected key 'required' for mount type 'bind'"],
    ['type=cache,target=/x,size=1', "unexpected key 'size' for mount type 'cache'"],
    ['target=/x,uid=1', 'uid not allowed for "bind" type mounts'],
    ['type=secret,from=a,id=b', 'secret mount should not have a from'],
    ['target=/x,sharing=shared', 'invalid cache sharing set for bind mount'],
    ['target', "invalid field 'target' must be a key=value pair"],
    ['type=ssh,uid=me', 'invalid value me for uid'],
  ])('%j is refused', (text, words) => {
    expect(() => read(text)).toThrow(words);
  });

  it('comes from what stands in the Dockerfile', () => {
    expect(() => {
      checkRunMount('type=cache,target=/x,from=$STAGE');
    }).toThrow("'from' doesn't support variable expansion, define alias stage instead");
    checkRunMount('target=$DIR,from=stage');
  });
});
