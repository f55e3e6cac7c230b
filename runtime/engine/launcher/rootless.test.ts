import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeTestUser } from './testing/user.ts';
import { needs } from '../testing/needs.ts';

const scenario = fileURLToPath(new URL('./testing/rootless-scenario.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;

async function runScenario(as: { uid?: number; gid?: number }): Promise<Map<string, unknown>> {
  const child = spawn(process.execPath, [scenario], {
    ...as,
    cwd: '/',
    env: { PATH: process.env['PATH'], BERTH_LAUNCHER: process.env['BERTH_LAUNCHER'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(errors).toBe('');
  const findings = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; value: unknown });
  return new Map(findings.map(({ name, value }) => [name, value]));
}

describe.runIf(isRoot)(`as an ordinary user${needs('root, to make one', isRoot)}`, () => {
  test.each([true, false])('with subordinate ids: %s', async (subordinateIds) => {
    const user = makeTestUser({ subordinateIds });
    try {
      const found = await runScenario({ uid: user.uid, gid: user.gid });
      expect(found.get('identity')).toEqual({ rootless: true, mappedIds: subordinateIds ? 65537 : 1 });
      expect(found.get('root')).toEqual({ exitCode: 7, stdout: '0\nmade\n', stderr: '' });
      if (subordinateIds)
        expect(found.get('user')).toMatchObject({
          stdout: 'uid=101(web) gid=102(web) groups=102(web),103(logs),104(wheel)\n',
        });
      else expect(found.get('user')).toBe('bad-user');
      expect(found.get('terminal')).toMatch(/9 99\r\ncrw-rw-rw-.*1, +3.*\/dev\/null/);
      expect(found.get('port')).toBe('published');
      expect(found.get('neighbour')).toBe(0);
      expect(found.get('helper')).toBe(0);
      expect(found.get('exec after kill')).toEqual({ exitCode: 13, stdout: '0\n', stderr: '' });
      expect(found.get('neighbour after kill')).toBe(0);
      expect(found.get('port after kill')).toBe('published');
      expect(found.get('daemon')).toBe(1);
      expect(found.get('daemon after kill')).toBe(1);
      expect(found.get('exec after update')).toEqual({ exitCode: 14, stdout: '0\n', stderr: '' });
      expect(found.get('port after update')).toBe('published');
      expect(found.get('daemon after update')).toBe(1);
      expect(found.get('daemon at the end')).toBe(0);
      expect(found.get('killed')).toBe(137);
      expect(found.get('left')).toBe(0);
      expect(found.get('links')).toBe(false);
    } finally {
      user.remove();
    }
  });
});
