import { DockerApiError } from '../common/docker-api.ts';
import { messageOf } from '../common/errors.ts';
import { StartError } from './start-error.ts';

/** Why something failed, as it is printed. What an engine answered begins with docker's words, which scripts look for. */
export function explain(error: unknown, address: string): string {
  if (error instanceof DockerApiError || error instanceof StartError)
    return `Error response from daemon: ${error.message}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isSocket = error instanceof Error && 'syscall' in error && error.syscall === 'connect';
  if (isSocket && (code === 'ENOENT' || code === 'ECONNREFUSED'))
    return `Cannot connect to the engine at ${address}. Is it running? Start it with 'berth engine' or open the app.`;
  return messageOf(error);
}
