import { DockerApiError } from '../../common/docker-api.ts';
import { ComposeError } from '../errors.ts';
import type { Project, ProjectVolume } from '../model/project.ts';
import { volumeHash } from '../plan/hash.ts';
import { LABELS, objectLabels, projectFilter } from '../plan/labels.ts';
import { reported, type ComposeContext } from '../operations/context.ts';
import { divergedKeys, type Comparison } from './diverged-keys.ts';

interface Volume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** A project's volumes on the engine. */
export async function projectVolumes({ api }: ComposeContext, project: string): Promise<readonly Volume[]> {
  const { Volumes } = await api.json<{ Volumes: readonly Volume[] | null }>('GET', '/volumes', {
    query: { filters: projectFilter(project) },
  });
  return Volumes ?? [];
}

/**
 * Makes the volumes that these services need and that are not there. Returns the keys of those that were made of
 * something else than the files say now. Throws ComposeError.
 */
export function ensureVolumes(context: ComposeContext, project: Project, keys: Iterable<string>): Promise<string[]> {
  return divergedKeys(project.volumes, keys, (key, volume) => ensureVolume(context, project, key, volume));
}

async function ensureVolume(
  context: ComposeContext,
  project: Project,
  key: string,
  volume: ProjectVolume,
): Promise<Comparison> {
  const existing = await context.api
    .json<Volume>('GET', `/volumes/${encodeURIComponent(volume.name)}`)
    .catch((error: unknown) => {
      if (error instanceof DockerApiError && error.status === 404) return null;
      throw error;
    });
  if (volume.external) {
    if (existing === null) throw new ComposeError(`external volume "${volume.name}" not found`);
    return 'as written';
  }
  if (existing !== null) {
    const owner = existing.Labels?.[LABELS.project];
    if (owner !== project.name)
      context.progress({
        object: `Volume ${volume.name}`,
        status: 'exists already, made by somebody else; say `external: true` to use it without this notice',
        state: 'warning',
      });
    const hash = existing.Labels?.[LABELS.hash];
    return owner !== project.name || hash === undefined || hash === volumeHash(volume) ? 'as written' : 'diverged';
  }
  await createVolume(context, project, key, volume);
  return 'as written';
}

/** Makes a volume of a project, by its key in the file. */
export async function createVolume(
  context: ComposeContext,
  project: Project,
  key: string,
  volume: ProjectVolume,
): Promise<void> {
  await reported(context, `Volume ${volume.name}`, ['Creating', 'Created'], () =>
    context.api.json('POST', '/volumes/create', {
      body: {
        Name: volume.name,
        Driver: volume.driver ?? 'local',
        DriverOpts: volume.driver_opts ?? {},
        Labels: objectLabels(project, 'volume', key, volume.labels, volumeHash(volume)),
      },
    }),
  );
}

/** Removes every volume that was made for a project. One in use is left, with a notice. */
export async function removeVolumes(context: ComposeContext, project: string): Promise<void> {
  await Promise.all(
    (await projectVolumes(context, project)).map(async ({ Name }) => {
      const object = `Volume ${Name}`;
      context.progress({ object, status: 'Removing', state: 'working' });
      try {
        await context.api.json('DELETE', `/volumes/${encodeURIComponent(Name)}`);
        context.progress({ object, status: 'Removed', state: 'done' });
      } catch (error) {
        if (!(error instanceof DockerApiError)) throw error;
        const isGone = error.status === 404;
        context.progress({
          object,
          status: isGone ? 'Removed' : 'Resource is still in use',
          state: isGone ? 'done' : 'warning',
        });
      }
    }),
  );
}
