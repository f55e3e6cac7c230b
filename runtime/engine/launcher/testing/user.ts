import { execFileSync } from 'node:child_process';

/** An ordinary user of this machine made for tests, with or without subordinate ids. */
export interface TestUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  remove(): void;
}

/** Makes a user with useradd(8); only root can. */
export function makeTestUser(options: { subordinateIds: boolean }): TestUser {
  const name = `bt${process.pid}${options.subordinateIds ? 'm' : 's'}`;
  const ranges = options.subordinateIds ? [] : ['-K', 'SUB_UID_COUNT=0', '-K', 'SUB_GID_COUNT=0'];
  execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', ...ranges, name], { stdio: 'pipe' });
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return {
    name,
    uid: id('-u'),
    gid: id('-g'),
    remove: () => {
      execFileSync('userdel', [name], { stdio: 'pipe' });
    },
  };
}
