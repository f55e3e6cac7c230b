import { randomBytes } from 'node:crypto';
import type { DockerApi } from '../docker-api.ts';
import { serveGrpc, type GrpcMethod } from '../grpc/server.ts';

/** A connection on which an engine asks for what a build needs of its client. */
export interface ClientSession {
  /** Names it to the build. */
  readonly id: string;
  close(): void;
}

/**
 * Opens a build's session: the engine calls the methods until it is closed. `sharedKey` is the same for builds of the
 * same directory, so that the engine knows its files again. Rejects with DockerApiError.
 */
export async function openSession(
  api: DockerApi,
  methods: readonly (readonly [string, GrpcMethod])[],
  sharedKey: string,
): Promise<ClientSession> {
  const id = randomBytes(13).toString('hex').slice(0, 25);
  const { stream } = await api.hijack('POST', '/session', {
    upgrade: 'h2c',
    headers: {
      'X-Docker-Expose-Session-Uuid': id,
      'X-Docker-Expose-Session-Sharedkey': sharedKey,
      'X-Docker-Expose-Session-Grpc-Method': methods.map(([path]) => path),
    },
  });
  const session = serveGrpc(stream, new Map(methods));
  // In its next tick it takes up what the engine has said already, whether it is still there or not: Node would fail.
  await new Promise<void>((wake) => {
    process.nextTick(wake);
  });
  return {
    id,
    close: () => {
      session.destroy();
      stream.destroy();
    },
  };
}
