import { LaunchError } from '../launcher/types.ts';
import type { ContainerRecord } from './types.ts';

/**
 * Why a container could not be started, in the words that clients look for: the docker CLI makes its exit codes 126 and
 * 127 from them, and tools see by them that a port is another container's. `others` are those that may have its ports.
 */
export function explainStart(record: ContainerRecord, others: readonly ContainerRecord[], error: unknown): unknown {
  if (!(error instanceof LaunchError)) return error;
  if (error.kind !== 'port-in-use') {
    // To whom a process is gone that he named there is a conflict; this one he has not, and a new try may do.
    const kind = error.kind === 'process-gone' || error.kind === 'no-answer' ? 'internal' : error.kind;
    return new LaunchError(kind, `failed to create task for container: ${goErrorText(error)}`, error.errno);
  }
  const reason = allocated(others, error.message) ?? goErrorText(error);
  const prefix = `failed to set up container networking: driver failed programming external connectivity on endpoint ${record.name}: `;
  return new LaunchError(error.kind, `${prefix}${reason}`, error.errno);
}

/** A reason of the system's, which Go spells without a capital: `permission denied`, `no such file or directory`. */
function goErrorText({ kind, message }: LaunchError): string {
  if (kind === 'internal') return message;
  return message.replace(/: [A-Z][a-z ]+$/, (words) => words.toLowerCase());
}

/** Docker's words when the port that the launcher names is published by another container; null when it is not. */
function allocated(others: readonly ContainerRecord[], message: string): string | null {
  const [, address = '', port = '', protocol = ''] = /^listening on (.+):(\d+)\/(\w+): /.exec(message) ?? [];
  const isTaken = others.some(({ state }) =>
    state.ports.some((one) => one.hostPort === Number(port) && one.protocol === protocol),
  );
  return isTaken ? `Bind for ${address}:${port} failed: port is already allocated` : null;
}
