import { duplexPair } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import {
  bytesMessage,
  secretRequest,
  secretResponse,
  SESSION_METHODS,
} from '../../../common/buildkit/session-messages.ts';
import { GrpcClient } from '../../../common/grpc/client.ts';
import { serveGrpc, unaryMethod } from '../../../common/grpc/server.ts';
import { MessageTunnel } from '../../../common/grpc/tunnel.ts';
import { grpcCodeOf } from './error-codes.ts';
import { SESSION_HEADERS, sessionMethod } from './session-method.ts';
import { BuildSessions } from './session.ts';

const PATH = '/moby.buildkit.v1.Control/Session';

/** A client's connection to an engine that serves nothing but sessions. */
function connect(sessions: BuildSessions): GrpcClient {
  const [own, other] = duplexPair();
  const server = serveGrpc(other, new Map([[PATH, sessionMethod(sessions)]]), grpcCodeOf);
  const client = new GrpcClient(own);
  onTestFinished(() => {
    client.close();
    server.destroy();
  });
  return client;
}

function open(client: GrpcClient, id: string, signal: AbortSignal) {
  const metadata = {
    ...(id === '' ? {} : { [SESSION_HEADERS.id]: id }),
    [SESSION_HEADERS.sharedKey]: 'shared',
    [SESSION_HEADERS.method]: [SESSION_METHODS.secret, SESSION_METHODS.checkAgent],
  };
  return client.call(PATH, [bytesMessage, bytesMessage], { metadata, signal });
}

test('a session is opened, used and ended inside a call', async () => {
  const sessions = new BuildSessions();
  const leave = new AbortController();
  const call = open(connect(sessions), 's1', leave.signal);
  const value = Buffer.alloc(300_000, 'secret');
  const tunnel = new MessageTunnel(call.responses(), (data) => call.send({ data }));
  tunnel.on('error', () => undefined);
  const served = serveGrpc(
    tunnel,
    new Map([[SESSION_METHODS.secret, unaryMethod([secretRequest, secretResponse], () => ({ data: value }))]]),
  );
  const session = await sessions.find('s1', AbortSignal.timeout(5_000));
  expect(session.sharedKey).toBe('shared');
  expect(session.supports(SESSION_METHODS.checkAgent)).toBe(true);
  expect(session.supports(SESSION_METHODS.upload)).toBe(false);
  const received = await session.secret('any', AbortSignal.timeout(5_000));
  expect(received?.equals(value)).toBe(true);
  const closed = new Promise<void>((resolve) => {
    session.onClose(resolve);
  });
  leave.abort();
  await closed;
  expect(sessions.has('s1')).toBe(false);
  served.destroy();
});

test('a session needs an id that no other has', async () => {
  const sessions = new BuildSessions();
  const client = connect(sessions);
  const { signal } = new AbortController();
  await expect(open(client, '', signal).responses().next()).rejects.toThrow('the session has no id');
  open(client, 'twice', signal);
  await sessions.find('twice', AbortSignal.timeout(5_000));
  await expect(open(client, 'twice', signal).responses().next()).rejects.toThrow('session twice already exists');
});
