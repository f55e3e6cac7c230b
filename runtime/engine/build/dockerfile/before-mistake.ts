import { parseDockerfile, type Dockerfile } from './parse.ts';
import { DockerfileError } from './source.ts';

/** What of a Dockerfile can be read: its instructions above the one that is wrong; null where nothing can. */
export function readBeforeMistake(text: string, name: string, { span }: DockerfileError): Dockerfile | null {
  const above = text.split('\n').slice(0, span.start - 1);
  try {
    return parseDockerfile(above.join('\n'), name);
  } catch (error) {
    if (error instanceof DockerfileError) return null;
    throw error;
  }
}
