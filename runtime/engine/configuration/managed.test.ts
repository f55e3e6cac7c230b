import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManaged } from './managed.ts';
import { Settings } from './settings.ts';

/** Whose a file is that this test makes. */
const own = process.getuid?.() ?? 0;
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-managed-'));
  path = join(directory, 'managed.json');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('the file of managed settings', () => {
  it('need not be there, and is read where it is', () => {
    expect(readManaged(path, own)).toEqual({ path, options: {} });
    expect(readManaged(join(path, 'below'), own).options).toEqual({});
    writeFileSync(path, '{"debug": true}');
    expect(readManaged(path, own)).toEqual({ path, options: { debug: true } });
    writeFileSync(path, '');
    expect(readManaged(path, own).options).toEqual({});
  });

  it.each([
    ['may be written by a group', (): void => chmodSync(path, 0o664), /must be owned by .* not be writable by anyone/],
    ['may be written by everybody', (): void => chmodSync(path, 0o646), /not be writable by anyone else/],
    ['lies where others write', (): void => chmodSync(directory, 0o777), /not be writable by anyone else/],
    ['is no JSON', (): void => writeFileSync(path, '{'), /invalid JSON/],
    ['is no object', (): void => writeFileSync(path, '[1]'), /no JSON object/],
    [
      'is no file',
      (): void => {
        rmSync(path);
        mkdirSync(path);
      },
      /no file/,
    ],
    [
      'is a link to a file that others write',
      (): void => {
        rmSync(path);
        writeFileSync(join(directory, 'other'), '{}');
        chmodSync(join(directory, 'other'), 0o666);
        symlinkSync('other', path);
      },
      /not be writable by anyone else/,
    ],
  ])('is refused when it %s', (_, spoil, message) => {
    writeFileSync(path, '{"debug": true}');
    spoil();
    expect(() => readManaged(path, own)).toThrow(message);
  });

  it("is refused when it is another user's", () => {
    writeFileSync(path, '{}');
    // Neither root nor who runs this.
    const other = own + 1;
    if (own === 0) chownSync(path, other, other);
    expect(() => readManaged(path, own === 0 ? 0 : other)).toThrow('must be owned by');
  });
});

// Settings take root for the administrator.
describe.skipIf(own !== 0)('settings that an administrator has set', () => {
  const file = (): string => join(directory, 'engine.json');
  const open = (managed: unknown, text = ''): Settings => {
    writeFileSync(path, JSON.stringify(managed));
    writeFileSync(file(), text);
    return Settings.open(file(), path);
  };

  it('win over the file, each as a whole, and say where they come from', () => {
    const settings = open({ debug: true, resources: { memory: '4g' } }, '{"debug": false, "resources": {"pids": 5}}');
    expect(settings.current).toMatchObject({ debug: true, resources: { memory: '4g', pids: 0 } });
    expect(settings.managed).toEqual({ path, options: { debug: true, resources: { memory: '4g' } } });
    expect([settings.sourceOf('debug'), settings.sourceOf('labels')]).toEqual([path, file()]);
  });

  it('are not changed by what is written, which may leave them out or say the same', async () => {
    const settings = open({ debug: true, labels: ['a=b'] }, '{"labels": ["c=d"]}');
    const locked = `the administrator of this machine has set it in ${path}: it cannot be changed here`;
    expect(await settings.write('{"debug": false, "init": true}')).toEqual([{ field: 'debug', message: locked }]);
    expect(await settings.write('{"labels": ["e=f"]}')).toEqual([{ field: 'labels', message: locked }]);
    for (const text of ['{"labels": ["c=d"], "init": true}', '{"debug": true}', '', '{"labels": ["a=b"]}'])
      expect(await settings.write(text), text).toEqual([]);
    expect((await settings.write('{')).map(({ message }) => message)).toEqual([
      expect.stringContaining('invalid JSON'),
    ]);
    settings.reload();
    expect(settings.current).toMatchObject({ debug: true, labels: ['a=b'] });
  });

  it('are read again, kept when they become wrong, and lifted with their file', () => {
    const settings = open({ debug: true });
    writeFileSync(path, '{"labels": ["a=b"]}');
    expect(settings.reload()).toEqual(['labels', 'debug']);
    chmodSync(path, 0o666);
    expect(() => settings.reload()).toThrow('not be writable');
    expect(settings.current.labels).toEqual(['a=b']);
    rmSync(path);
    expect(settings.reload()).toEqual(['labels']);
    expect(settings.managed.options).toEqual({});
  });

  it('keep an engine from starting when they are wrong, alone or beside its own', () => {
    expect(() => open({ what: 1 })).toThrow(`with file ${path}: what: there is no such option`);
    expect(() => open({ bridge: 'none' }, '{"bip": "10.5.0.1/24"}')).toThrow(
      `engine.json and the managed settings in ${path}: bip: bridge and bip are mutually exclusive options`,
    );
  });
});
