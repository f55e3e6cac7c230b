import { DockerConfig, dockerConfigDirectory, registryOf } from '../common/docker-config.ts';

/** The X-Registry-Auth header for an image name; push needs one even when it is anonymous. */
export async function registryAuthHeader(
  name: string,
  environment: NodeJS.ProcessEnv,
  always = false,
): Promise<Record<string, string>> {
  const config = new DockerConfig(dockerConfigDirectory(environment), environment);
  const registry = registryOf(name);
  const known = await config.credentialsFor(registry);
  return known === null && !always ? {} : { 'X-Registry-Auth': await config.registryAuthHeader(registry) };
}
