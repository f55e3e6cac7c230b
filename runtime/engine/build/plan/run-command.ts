import type { CommandLine, RunInstruction } from '../dockerfile/instructions.ts';
import { chomped, openingOf } from '../dockerfile/lines.ts';

/** The shell of a Linux image that names none. */
const DEFAULT_SHELL: readonly string[] = ['/bin/sh', '-c'];

/** The words of a command; those for a shell go to the image's. */
export function commandWithShell(command: CommandLine, shell: readonly string[] | undefined): string[] {
  if (command.form === 'exec') return [...command.words];
  return [...(shell === undefined || shell.length === 0 ? DEFAULT_SHELL : shell), command.line];
}

/** Where a script of a heredoc is mounted. */
export const SCRIPT_DIRECTORY = '/dev/pipes';

/**
 * What RUN runs. A line that is one heredoc is run by the shell, or as a script of its own when it begins with `#!`; with
 * several, or with words around, the shell is given the heredocs as they are.
 */
export function runCommand(
  { command, heredocs }: Pick<RunInstruction, 'command' | 'heredocs'>,
  shell: readonly string[] | undefined,
): { args: string[]; script: { name: string; content: string } | null } {
  const [first] = heredocs;
  if (command.form === 'exec' || first === undefined) return { args: commandWithShell(command, shell), script: null };
  if (openingOf(command.line.trim(), '\\') === null) {
    const line = [command.line, ...heredocs.map(({ content, name }) => `${content}${name}`)].join('\n');
    return { args: commandWithShell({ form: 'shell', line }, shell), script: null };
  }
  const content = chomped(first);
  if (content.startsWith('#!'))
    return { args: [`${SCRIPT_DIRECTORY}/${first.name}`], script: { name: first.name, content } };
  return { args: commandWithShell({ form: 'shell', line: content }, shell), script: null };
}
