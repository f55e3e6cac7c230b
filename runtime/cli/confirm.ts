import { createInterface } from 'node:readline/promises';
import type { CliContext } from './command.ts';

/** Asks before something is removed for good. No answer, as without a terminal, is no. */
export function confirmed(context: CliContext, warning: string): Promise<boolean> {
  return agreed(context, `${warning}\nAre you sure you want to continue?`);
}

/** Asks a question whose answer is yes or no. */
export async function agreed({ stdin, stdout }: CliContext, question: string): Promise<boolean> {
  const reader = createInterface({ input: stdin, output: stdout });
  try {
    const closed = new Promise<string>((resolve) =>
      reader.once('close', () => {
        resolve('');
      }),
    );
    const answer = await Promise.race([reader.question(`${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}
