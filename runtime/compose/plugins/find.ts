import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { dockerConfigDirectory } from '../../common/docker-config.ts';

/** Where docker looks for plugins of its command, beside the person's own. */
const PLUGIN_DIRECTORIES: readonly string[] = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
];

/** The path of a plugin of docker's command, `docker-NAME`; null when there is none. */
export function dockerPlugin(name: string, environment: NodeJS.ProcessEnv): string | null {
  const own = join(dockerConfigDirectory(environment), 'cli-plugins');
  return firstProgram([own, ...PLUGIN_DIRECTORIES], `docker-${name}`);
}

/** The path of a program; null when it is nowhere on the PATH. */
export function programOnPath(name: string, environment: NodeJS.ProcessEnv): string | null {
  if (name.includes('/')) return null;
  return firstProgram((environment['PATH'] ?? '').split(':'), name);
}

function firstProgram(directories: readonly string[], name: string): string | null {
  const paths = directories.filter((one) => one !== '').map((one) => join(one, name));
  return paths.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // It is not there, or not for us.
  }
}
