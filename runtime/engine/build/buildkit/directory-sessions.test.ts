import { expect, it } from 'vitest';
import { directorySessions } from './directory-sessions.ts';
import type { BuildSession } from './session.ts';

const session = (id: string, hasFiles: boolean): BuildSession =>
  ({ id, supports: () => hasFiles }) as unknown as BuildSession;

it('finds a directory in the session that is named for it, also for a client whose own has no files', async () => {
  const sessions = { find: (id: string) => Promise.resolve(session(id, true)) };
  const attributes = new Map([['local-sessionid:context', 'other']]);
  const of = directorySessions(session('own', false), sessions, attributes, AbortSignal.timeout(1000));
  expect((await of('context')).id).toBe('other');
  await expect(of('dockerfile')).rejects.toThrow('no local sources enabled');
});
