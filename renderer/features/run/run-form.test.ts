import { describe, expect, it } from 'vitest';
import { shellQuote } from '../containers/run-command.ts';
import { EMPTY_RUN_FORM, likelyImage, parseMemory, splitCommand, toRunSpec } from './run-form.ts';

describe('splitCommand', () => {
  it.each([
    ['', []],
    ['  a  b ', ['a', 'b']],
    [`sh -c 'echo "$X" done'`, ['sh', '-c', 'echo "$X" done']],
    ['a "b c" d\\ e ""', ['a', 'b c', 'd e', '']],
    [`"a\\"b\\n"`, ['a"b\\n']],
    [`it''s`, ['its']],
    ['"open', null],
    [`'open`, null],
  ])('%s', (text, words) => {
    expect(splitCommand(text)).toEqual(words);
  });

  it('takes back what shellQuote made', () => {
    for (const word of ['plain', 'two words', `it's`, '$HOME', 'a"b', '\\']) {
      expect(splitCommand(shellQuote(word))).toEqual([word]);
    }
  });
});

describe('likelyImage', () => {
  it('is what was run last while it is there, else the newest', () => {
    expect(likelyImage(['shop:1', 'busybox:latest'], 'busybox:latest')).toBe('busybox:latest');
    expect(likelyImage(['shop:1', 'busybox:latest'], 'gone:1')).toBe('shop:1');
    expect(likelyImage([], 'gone:1')).toBe('');
  });
});

describe('parseMemory', () => {
  it.each([
    ['512m', 536_870_912],
    ['1.5g', 1_610_612_736],
    ['2 GiB', 2_147_483_648],
    ['100', 100],
    ['1t', null],
    ['-1m', null],
    ['lots', null],
  ])('%s', (text, bytes) => {
    expect(parseMemory(text)).toBe(bytes);
  });
});

describe('toRunSpec', () => {
  const form = { ...EMPTY_RUN_FORM, image: 'a' };
  const errors = (patch: Partial<typeof form>) => {
    const result = toRunSpec({ ...form, ...patch });
    return 'errors' in result ? Object.keys(result.errors) : [];
  };

  it('leaves out what was left empty', () => {
    expect(toRunSpec({ ...form, ports: [{ host: '', container: '', protocol: 'tcp' }] })).toMatchObject({
      spec: { image: 'a', ports: [], env: [], volumes: [], memoryBytes: 0, cpus: 0, pids: 0 },
    });
  });

  it('reads an address before the host port', () => {
    expect(toRunSpec({ ...form, ports: [{ host: '127.0.0.1:8080', container: '80', protocol: 'tcp' }] })).toMatchObject(
      {
        spec: { ports: [{ hostIp: '127.0.0.1', hostPort: 8080, containerPort: 80, protocol: 'tcp' }] },
      },
    );
  });

  it('names each field that is wrong', () => {
    expect(errors({ image: ' ' })).toEqual(['image']);
    expect(errors({ name: '-x' })).toEqual(['name']);
    expect(errors({ ports: [{ host: '99999', container: '80', protocol: 'tcp' }] })).toEqual(['ports.0']);
    expect(errors({ volumes: [{ source: '/a', destination: 'b', readOnly: false }] })).toEqual(['volumes.0']);
    expect(errors({ env: [{ name: '', value: 'x' }] })).toEqual(['env.0']);
    expect(errors({ memory: '1m' })).toEqual(['memory']);
    expect(errors({ cpus: 'many' })).toEqual(['cpus']);
    expect(errors({ autoRemove: true, restartPolicy: 'always' })).toEqual(['restartPolicy']);
  });
});
