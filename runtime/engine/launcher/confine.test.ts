import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../../launcher/', import.meta.url));

test('what reads the bytes of strangers changes no files, and reaches no process and no engine', () => {
  const directory = mkdtempSync('/tmp/berth-confine-');
  try {
    const sources = ['common.c', 'seccomp.c', 'confine.c', 'test/confine.c'].map((name) => launcher + name);
    const flags = ['-std=gnu17', '-D_GNU_SOURCE=', '-Wall', '-Wextra', '-Werror', '-pthread'];
    execFileSync('cc', [...flags, '-o', `${directory}/confine`, ...sources]);
    writeFileSync(`${directory}/file`, '');
    const file = `${directory}/file`;
    const lines = execFileSync(`${directory}/confine`, [file, file, `${directory}/new`])
      .toString()
      .trim()
      .split('\n');
    const { landlock, ...found } = Object.fromEntries(lines.map((line) => line.split(': '))) as Record<string, string>;
    // Where the kernel has none (before 5.13, or turned off) the calls are all that is restricted.
    const files = landlock === 'yes' ? 'EACCES' : 'yes';
    expect(found).toEqual({
      read: 'yes',
      'read what is not to be read': files,
      write: files,
      make: files,
      'internet socket': 'yes',
      'internet socket, version 6': 'yes',
      'unix socket': 'EPERM',
      'netlink socket': 'EPERM',
      signal: 'EPERM',
      process: 'EPERM',
      program: 'EPERM',
      'unix socket of another thread': 'EPERM',
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
