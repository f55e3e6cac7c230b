import { once } from 'node:events';
import { bytesMessage } from '../../../common/buildkit/session-messages.ts';
import { duplexMethod, type GrpcMethod } from '../../../common/grpc/server.ts';
import { MessageTunnel } from '../../../common/grpc/tunnel.ts';
import { EngineError } from '../../errors.ts';
import { BuildSession, type BuildSessions } from './session.ts';

/** Names of a session's metadata, as headers of `/session` too. */
export const SESSION_HEADERS = {
  id: 'x-docker-expose-session-uuid',
  sharedKey: 'x-docker-expose-session-sharedkey',
  method: 'x-docker-expose-session-grpc-method',
} as const;

/**
 * `Control.Session`: the connection of a session as the bytes of one call, for clients of BuildKit that know nothing of
 * Docker's `/session`. It ends with either side.
 */
export function sessionMethod(sessions: BuildSessions): GrpcMethod {
  return duplexMethod([bytesMessage, bytesMessage], async (requests, send, { values, signal }) => {
    const [id = ''] = values(SESSION_HEADERS.id);
    const [sharedKey = ''] = values(SESSION_HEADERS.sharedKey);
    checkSession(sessions, id);
    const tunnel = new MessageTunnel(requests, (data) => send({ data }));
    const closed = once(tunnel, 'close');
    sessions.add(new BuildSession(tunnel, id, sharedKey, values(SESSION_HEADERS.method)));
    signal.addEventListener('abort', () => tunnel.destroy(), { once: true });
    if (signal.aborted) tunnel.destroy();
    await closed;
  });
}

/** Throws `invalid` for a session that has no id, `conflict` for one that is there. */
export function checkSession(sessions: BuildSessions, id: string): void {
  if (id === '') throw new EngineError('invalid', 'the session has no id');
  if (sessions.has(id)) throw new EngineError('conflict', `session ${id} already exists`);
}
