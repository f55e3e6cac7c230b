import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { EngineError, messageOf } from '../../errors.ts';

const run = promisify(execFile);

/** Runs git with these words. Returns what it prints, trimmed. */
export type Git = (...words: string[]) => Promise<string>;

const OUTPUT_MAX = 64 * 1024 * 1024;

/**
 * The host's git in a directory, whatever repository is around that; `granted` are variables besides. It throws `invalid` for what git refuses,
 * `unavailable` without git.
 */
export function gitIn(directory: string, granted: NodeJS.ProcessEnv, signal: AbortSignal): Git {
  const env = { ...environment(directory), ...granted };
  return async (...words) => {
    try {
      const { stdout } = await run('git', ['-C', directory, ...words], { signal, env, maxBuffer: OUTPUT_MAX });
      return stdout.trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new EngineError('unavailable', 'this needs the program git, which is not installed', { cause: error });
      const { stderr = '' } = error as { stderr?: string };
      throw new EngineError('invalid', `git: ${stderr.trim() === '' ? messageOf(error) : stderr.trim()}`, {
        cause: error,
      });
    }
  };
}

/** By ssh without anything that says who this person is: neither keys nor agent, nor what is configured about them. */
const STRANGER = 'ssh -F /dev/null -o BatchMode=yes -o IdentityFile=none';

/** Variables for git to show those who serve by ssh the keys of an agent, and no others. */
export function withAgent(socket: string): NodeJS.ProcessEnv {
  return { SSH_AUTH_SOCK: socket, GIT_SSH_COMMAND: STRANGER };
}

/** Variables for git to be who this person is by ssh. */
export function asThisPerson(): NodeJS.ProcessEnv {
  return { SSH_AUTH_SOCK: process.env['SSH_AUTH_SOCK'], GIT_SSH_COMMAND: 'ssh -o BatchMode=yes' };
}

/**
 * No questions, no commands of a repository's choosing, no configuration and no keys of a person's: a Dockerfile or a list
 * of submodules of somebody else's could name repositories that only this person may read.
 */
function environment(directory: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
    GIT_CEILING_DIRECTORIES: dirname(directory),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_SSH_COMMAND: `${STRANGER} -o IdentityAgent=none`,
    // For what has no proxy of its own kind; the others come from the engine's settings.
    all_proxy: process.env['all_proxy'] ?? process.env['ALL_PROXY'],
  };
}
