import { describe, expect, it } from 'vitest';
import { LaunchError, type LaunchFailureKind } from '../launcher/types.ts';
import { explainStart } from './start-failure.ts';
import { INITIAL_STATE, type ContainerRecord } from './types.ts';

function container(name: string, hostPort: number | null = null): ContainerRecord {
  const port = { protocol: 'tcp' as const, containerPort: 80, hostAddress: '0.0.0.0', hostPort: hostPort ?? 0 };
  const state = { ...INITIAL_STATE, ports: hostPort === null ? [] : [port] };
  return { id: name, name, state } as unknown as ContainerRecord;
}

describe('why a start failed', () => {
  it.each<[LaunchFailureKind, string, string]>([
    ['command-not-found', 'exec: "/foo": No such file or directory', 'exec: "/foo": no such file or directory'],
    ['command-not-executable', 'exec: "/etc": Is a directory', 'exec: "/etc": is a directory'],
    ['bad-user', 'unable to find user x: no matching entries', 'unable to find user x: no matching entries'],
  ])('is told by %s in Go’s words', (kind, message, words) => {
    expect(explainStart(container('web'), [], new LaunchError(kind, message, 0))).toMatchObject({
      kind,
      message: `failed to create task for container: ${words}`,
    });
  });

  it.each<LaunchFailureKind>(['process-gone', 'no-answer'])('is no conflict of the caller’s: %s', (kind) => {
    const error = new LaunchError(kind, 'the launcher process ended before it answered', 0);
    expect(explainStart(container('web'), [], error)).toMatchObject({ kind: 'internal' });
  });

  it('is another container’s port, or that of somebody else', () => {
    const error = new LaunchError('port-in-use', 'listening on 0.0.0.0:8080/tcp: Address already in use', 98);
    const prefix =
      'failed to set up container networking: driver failed programming external connectivity on endpoint web: ';
    expect(explainStart(container('web'), [container('other', 8080)], error)).toMatchObject({
      message: `${prefix}Bind for 0.0.0.0:8080 failed: port is already allocated`,
    });
    expect(explainStart(container('web'), [container('other', 8081)], error)).toMatchObject({
      message: `${prefix}listening on 0.0.0.0:8080/tcp: address already in use`,
    });
  });
});
