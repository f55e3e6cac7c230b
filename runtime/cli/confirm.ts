import { createInterface } from 'node:readline/promises';
import type { CliContext } from './command.ts';

/** Asks before something is removed for good. No answer, as without a terminal, is no. */
export async function confirmed({ stdin, stdout }: CliContext, warning: string): Promise<boolean> {
  const reader = createInterface({ input: stdin, output: stdout });
  try {
    const closed = new Promise<string>((resolve) =>
      reader.once('close', () => {
        resolve('');
      }),
    );
    const answer = await Promise.race([
      reader.question(`${warning}\nAre you sure you want to continue? [y/N] `),
      closed,
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}
