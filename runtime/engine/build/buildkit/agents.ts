import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { AgentOwner, AgentSource, OpenAgent } from '../plan/options.ts';
import { bytesMessage, SESSION_METHODS } from '../../../common/buildkit/session-messages.ts';
import type { BuildSession } from './session.ts';

/** The ssh agents that a client forwards: a socket on this machine for each, whose connections go to the client. */
export function sessionAgents(
  session: BuildSession,
  execRoot: string,
  signal: AbortSignal,
  onWarning: (message: string) => void,
): AgentSource {
  return {
    open: async (id, owner) => {
      if (!(await session.hasAgent(id, signal))) return null;
      return listen(session, { id, owner, execRoot, signal }, onWarning);
    },
  };
}

async function listen(
  session: BuildSession,
  agent: {
    readonly id: string;
    readonly owner: AgentOwner;
    readonly execRoot: string;
    readonly signal: AbortSignal;
  },
  onWarning: (message: string) => void,
): Promise<OpenAgent> {
  const root = join(agent.execRoot, 'agents');
  // Only who may enter it, or has the socket mounted, gets to an agent.
  await mkdir(root, { recursive: true, mode: 0o700 });
  const path = join(root, randomBytes(8).toString('hex'));
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    forward(session, agent, socket).catch((error: unknown) => {
      if (!agent.signal.aborted) onWarning(`an ssh agent of a build failed: ${messageOf(error)}`);
      socket.destroy();
    });
  });
  server.listen(path);
  await once(server, 'listening');
  await giveTo(path, agent.owner);
  return {
    path,
    release: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      await rm(path, { force: true });
    },
  };
}

async function giveTo(path: string, { uid, gid, mode }: AgentOwner): Promise<void> {
  if (process.getuid?.() === 0) {
    await chown(path, uid, gid);
    await chmod(path, mode);
    return;
  }
  // Its owner stays the engine's user, so another one in the container needs the rights of others.
  await chmod(path, uid === 0 ? mode : 0o666);
}

async function forward(
  session: BuildSession,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
  socket: Socket,
): Promise<void> {
  const metadata = { 'buildkit.ssh.id': id };
  const call = session.call(SESSION_METHODS.forwardAgent, [bytesMessage, bytesMessage], { metadata, signal });
  socket.once('close', () => {
    call.cancel();
  });
  const up = (async () => {
    for await (const data of socket as AsyncIterable<Buffer>) await call.send({ data });
    call.end();
  })();
  up.catch(() => undefined);
  for await (const { data } of call.responses()) {
    if (!socket.write(data)) await once(socket, 'drain');
  }
  socket.end();
  await up;
}
