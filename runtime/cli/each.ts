import { DockerApiError } from '../common/docker-api.ts';
import type { CliContext } from './command.ts';
import { explain } from './explain.ts';

/** Whether a name of nothing is a failure, is told of only, or passed over. */
type WhatIsMissing = 'fails' | 'told' | 'passes';

/** Does the same to each name, prints what it returns, goes on after errors. Exit code 1 when any failed. */
export async function eachOf(
  context: CliContext,
  names: readonly string[],
  action: (name: string) => Promise<string>,
  { missing = 'fails' }: { readonly missing?: WhatIsMissing } = {},
): Promise<number> {
  let failed = 0;
  for (const name of names) {
    try {
      context.stdout.write(`${await action(name)}\n`);
    } catch (error) {
      const isForgiven = missing !== 'fails' && error instanceof DockerApiError && error.status === 404;
      if (isForgiven && missing === 'passes') continue;
      if (!isForgiven) failed += 1;
      context.stderr.write(`${explain(error, context.api.address)}\n`);
    }
  }
  return failed > 0 ? 1 : 0;
}
