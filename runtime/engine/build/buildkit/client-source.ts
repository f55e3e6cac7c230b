import type { Readable } from 'node:stream';
import type { GitAccess } from '../execute/git-access.ts';
import { ArchiveSource, type BuildSource } from '../source.ts';
import { SessionSource } from './session-source.ts';
import type { BuildSession } from './session.ts';
import type { SolveParts } from './solve.ts';

/** What stands for the client's directory as an address. */
export const CLIENT_CONTEXT = 'client-session';

/** Where a build of our own command that has a session finds its files. */
export interface ClientContext {
  readonly session: BuildSession;
  /** `client-session` for the client's directory; else as for a build without a session. */
  readonly remote: string;
  readonly upload: Readable | null;
  readonly keepGitDir: boolean;
  readonly access: GitAccess;
}

/** The files of such a build: further directories come from the session, whatever the context is. */
export function clientSource(
  parts: SolveParts,
  { session, remote, upload, keepGitDir, access }: ClientContext,
  signal: AbortSignal,
): BuildSource {
  const sessionOf = (): Promise<BuildSession> => Promise.resolve(session);
  const directories = { context: 'context', dockerfile: 'dockerfile', remote: '', keepGitDir, access, sessionOf };
  const own = new SessionSource(directories, parts.kept, parts, signal);
  if (remote === CLIENT_CONTEXT) return own;
  const archive = new ArchiveSource(parts, { context: upload, remote, keepGitDir, access, signal });
  return {
    get origin() {
      return archive.origin;
    },
    get fetched() {
      return archive.fetched;
    },
    dockerfile: (name, progress) => archive.dockerfile(name, progress),
    context: () => archive.context(),
    named: (name, what, progress) =>
      what.startsWith('local:') ? own.named(name, what, progress) : archive.named(name, what),
    dispose: async () => {
      await own.dispose();
      await archive.dispose();
    },
  };
}
