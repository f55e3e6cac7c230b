import { access, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { messageOf } from '../common/errors.ts';
import type { ComposeTemplate } from '../contract/compose-templates.ts';
import { BridgeError } from '../rpc/error.ts';
import { TEMPLATES } from './compose-templates.ts';

/** Names by which a folder's project is found; the first is what a new one is called. */
const FILE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'] as const;

/**
 * Makes a folder with a Compose file in it; `~/` is the person's own directory. Returns the folder. Rejects with
 * BridgeError where a project is already, or nothing can be written.
 */
export async function createProject(
  written: string,
  template: ComposeTemplate,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const directory = written.startsWith('~/')
    ? join(environment['HOME'] ?? homedir(), written.slice(2))
    : written.replace(/(.)\/+$/, '$1');
  if (!isAbsolute(directory)) throw new BridgeError('invalid', `There can be no folder ${written}.`);
  for (const name of FILE_NAMES) {
    const isThere = await access(join(directory, name)).then(
      () => true,
      () => false,
    );
    if (isThere) throw new BridgeError('conflict', `There is a Compose file in ${directory} already.`);
  }
  const path = join(directory, FILE_NAMES[0]);
  try {
    await mkdir(directory, { recursive: true });
    // Never over what came into being meanwhile.
    await writeFile(path, TEMPLATES[template], { flag: 'wx' });
  } catch (error) {
    throw new BridgeError('invalid', `${path} cannot be written.`, { detail: messageOf(error) });
  }
  return directory;
}
