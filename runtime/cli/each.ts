import { DockerApiError } from '../common/docker-api.ts';
import { messageOf } from '../common/errors.ts';
import type { CliContext } from './command.ts';

/** Does the same to each name, prints what it returns, goes on after errors. Exit code 1 when any failed. */
export async function eachOf(
  context: CliContext,
  names: readonly string[],
  action: (name: string) => Promise<string>,
  { ignoreMissing = false }: { ignoreMissing?: boolean } = {},
): Promise<number> {
  let failed = 0;
  for (const name of names) {
    try {
      context.stdout.write(`${await action(name)}\n`);
    } catch (error) {
      if (!(ignoreMissing && error instanceof DockerApiError && error.status === 404)) failed += 1;
      context.stderr.write(`Error response from engine: ${messageOf(error)}\n`);
    }
  }
  return failed > 0 ? 1 : 0;
}
