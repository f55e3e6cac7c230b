import { DockerConfig, dockerConfigDirectory } from '../common/docker-config.ts';

/** Registry part of an image name: Docker Hub unless the first component looks like a host. */
export function registryOf(name: string): string {
  const first = name.split('/', 1)[0] ?? '';
  const isHost = name.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : 'docker.io';
}

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
