import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectionTo } from './docker-address.ts';
import { DockerApi } from './docker-api.ts';

let directory = '';
const path = process.env['PATH'];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ssh-'));
  process.env['PATH'] = `${directory}:${path ?? ''}`;
});
afterEach(() => {
  if (path !== undefined) process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

function standIn(script: string): void {
  writeFileSync(join(directory, 'ssh'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, 'ssh'), 0o755);
}

it('tells what ssh said, also when its input is closed before anything could be written to it', async () => {
  standIn('exec <&-; sleep 0.3; echo "Connection refused" >&2; exit 255');
  const api = new DockerApi(connectionTo('ssh://nobody@nowhere'));
  // Long enough that not all of it is in a pipe before the end.
  await expect(api.json('POST', '/x', { body: { text: 'x'.repeat(1 << 20) } })).rejects.toThrow('Connection refused');
  api.close();
});
