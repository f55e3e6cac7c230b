import { DockerConfig, dockerConfigDirectory } from '../common/docker-config.ts';
import type { CliContext } from './command.ts';

/** A list's format from docker's configuration file (`psFormat` and the like), when it has one. */
export async function configuredFormat({ environment }: CliContext, key: string): Promise<string | undefined> {
  const config = await new DockerConfig(dockerConfigDirectory(environment), environment).read();
  const value = config[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
