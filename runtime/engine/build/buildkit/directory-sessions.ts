import { EngineError } from '../../errors.ts';
import type { BuildSession, BuildSessions } from './session.ts';

const FILES = '/moby.filesync.v1.FileSync/DiffCopy';

/** The sessions that the directories of a build are in: its own, or others that its attributes name. */
export function directorySessions(
  own: BuildSession,
  sessions: Pick<BuildSessions, 'find'>,
  attributes: ReadonlyMap<string, string>,
  signal: AbortSignal,
): (directory: string) => Promise<BuildSession> {
  return async (directory) => {
    const other = attributes.get(`local-sessionid:${directory}`) ?? '';
    const session = other === '' ? own : await sessions.find(other, signal);
    if (!session.supports(FILES)) throw new EngineError('invalid', 'no local sources enabled');
    return session;
  };
}
