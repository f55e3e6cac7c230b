import type { ServerResponse } from 'node:http';
import { LaunchError } from '../launcher/types.ts';
import { EngineError, messageOf, type EngineErrorKind } from '../errors.ts';

const STATUS: Record<EngineErrorKind, number> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'not-modified': 304,
  conflict: 409,
  'too-large': 413,
  unavailable: 503,
  unsupported: 501,
  internal: 500,
};

/** The HTTP status of any error: the one place where the engine's error kinds meet HTTP. */
export function statusOf(error: unknown): number {
  if (error instanceof EngineError) return STATUS[error.kind];
  if (error instanceof LaunchError) return launchStatus(error);
  return 500;
}

function launchStatus(error: LaunchError): number {
  switch (error.kind) {
    case 'command-not-found':
    case 'command-not-executable':
    case 'bad-user':
    case 'bad-cwd':
    case 'bad-mount':
      return 400;
    case 'process-gone':
    case 'no-answer':
      return 409;
    case 'port-in-use':
    case 'bad-label':
    case 'internal':
      return 500;
  }
}

/** Sends an error in the Docker Engine API's shape (`ErrorResponse`), or ends the connection when the head is out. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = statusOf(error);
  if (status === 304) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ message: messageOf(error) }) + '\n');
}
