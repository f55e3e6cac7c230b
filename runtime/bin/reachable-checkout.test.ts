import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { closedDirectory } from './reachable-checkout.ts';

it.each([
  ['/root/code/berth', { '/root': 0o700 }, '/root'],
  ['/srv/berth', { '/srv/berth': 0o750 }, '/srv/berth'],
  ['/srv/berth', {}, null],
  ['/', {}, null],
])('of %s, with %j, others may not enter %s', (path, modes: Record<string, number>, closed) => {
  expect(closedDirectory(path, (one) => ({ mode: modes[one] ?? 0o755 }))).toBe(closed);
});

it.runIf(process.getuid?.() === 0)('lets an ordinary user in where its directory does not (needs root)', () => {
  const home = mkdtempSync('/tmp/berth-closed-');
  try {
    mkdirSync(`${home}/checkout`);
    writeFileSync(
      `${home}/checkout/tell.mjs`,
      `import { execFileSync } from 'node:child_process';
      const words = ['--reuid', '65534', '--clear-groups', 'cat', new URL('file', import.meta.url).pathname];
      process.stdout.write(process.argv[2] + execFileSync('setpriv', words));`,
    );
    writeFileSync(`${home}/checkout/file`, 'read');
    chmodSync(home, 0o700);
    const module = new URL('reachable-checkout.ts', import.meta.url).href;
    const script = `import { runReachably } from '${module}';
      process.exitCode = runReachably('${home}/checkout', 'tell.mjs', ['it is ']);`;
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(told).toBe('it is read');
  } finally {
    rmSync(home, { recursive: true });
  }
});
