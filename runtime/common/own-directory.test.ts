import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertOwnDirectory } from './own-directory.ts';

describe('a directory for sockets where everybody may make one', () => {
  let above: string;
  let directory: string;
  const refused = 'must be a directory of this user with mode 0700';

  beforeEach(() => {
    above = mkdtempSync('/tmp/berth-own-');
    chmodSync(above, 0o1777);
    directory = join(above, 'berth-1');
  });
  afterEach(() => {
    rmSync(above, { recursive: true });
  });

  it('is made before somebody else makes it', () => {
    assertOwnDirectory(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(() => {
      assertOwnDirectory(directory);
    }).not.toThrow();
  });

  it.each([
    [
      'open to others',
      () => {
        mkdirSync(directory);
        chmodSync(directory, 0o777);
      },
    ],
    [
      'a link',
      () => {
        symlinkSync('/', directory);
      },
    ],
    [
      'of another user',
      () => {
        mkdirSync(directory, { mode: 0o700 });
        chownSync(directory, 65_534, 65_534);
      },
    ],
  ])('is not used when it is %s', (name, make) => {
    if (name === 'of another user' && process.getuid?.() !== 0) return;
    make();
    expect(() => {
      assertOwnDirectory(directory);
    }).toThrow(refused);
  });

  it('is left alone where only this user makes anything', () => {
    chmodSync(above, 0o755);
    assertOwnDirectory(directory);
    expect(existsSync(directory)).toBe(false);
    assertOwnDirectory('/nonexistent/berth');
  });
});
