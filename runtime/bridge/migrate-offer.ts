import type { ContainerState } from '../contract/contract.ts';
import type { MigrationOffer, OfferedImage } from '../contract/migrate.ts';
import { BridgeError } from '../rpc/error.ts';
import type { DockerClient } from './docker-client.ts';
import type { DockerContainerRow, DockerImageRow, DockerInfo } from './docker-types.ts';
import { isHelper } from './helper.ts';
import { VolumeService } from './volumes.ts';

/** A name as every engine means it: podman says `docker.io/library/` where Docker says nothing. */
export function shortName(name: string): string {
  return name.replace(/^(?:index\.)?docker\.io\/(?:library\/)?/, '');
}

/** The name of a container, without the slash. */
export function nameOf({ Id, Names }: Pick<DockerContainerRow, 'Id' | 'Names'>): string {
  return Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12);
}

/** The images of an engine, without the bridge's own. */
export async function imagesOf(docker: DockerClient, signal: AbortSignal): Promise<DockerImageRow[]> {
  const rows = await docker.json<DockerImageRow[]>('GET', '/images/json', { signal });
  return rows.filter(({ Labels }) => !isHelper(Labels));
}

/** Names of an image that are names: an engine says `<none>:<none>` for none. */
export function namesOf({ RepoTags }: Pick<DockerImageRow, 'RepoTags'>): string[] {
  return (RepoTags ?? []).filter((name) => !name.includes('<none>'));
}

/** What an engine has, held against what is here. Rejects with `invalid` when both are one. */
export async function offerOf(from: DockerClient, here: DockerClient, signal: AbortSignal): Promise<MigrationOffer> {
  const info = (docker: DockerClient) => docker.json<DockerInfo & { ID?: string }>('GET', '/info', { signal });
  const [there, own] = await Promise.all([info(from), info(here)]);
  if (there.ID !== undefined && there.ID !== '' && there.ID === own.ID)
    throw new BridgeError('invalid', 'This is the engine that is shown already.');
  const all = (docker: DockerClient) =>
    docker.json<DockerContainerRow[]>('GET', '/containers/json', { query: { all: true }, signal });
  const [images, ownImages, volumes, ownVolumes, rows, ownRows, sizes] = await Promise.all([
    imagesOf(from, signal),
    imagesOf(here, signal),
    new VolumeService(from).list(signal),
    new VolumeService(here).list(signal),
    all(from),
    all(here),
    // Not every engine counts them.
    new VolumeService(from).sizes(signal).catch((): Record<string, number> => ({})),
  ]);
  const takenVolumes = new Set(ownVolumes.map(({ name }) => name));
  const takenNames = new Set(ownRows.map(nameOf));
  return {
    engine: there.Name ?? '',
    images: images
      .map((image) => ({
        id: image.Id,
        names: namesOf(image).map(shortName),
        size: image.Size,
        here: hereOf(image, ownImages),
      }))
      .sort((a, b) => (labelOf(a) < labelOf(b) ? -1 : 1)),
    volumes: volumes
      .map(({ name, anonymous, usedBy }) => ({
        name,
        anonymous,
        size: sizes[name] ?? null,
        isHere: takenVolumes.has(name),
        writers: usedBy.filter(({ running }) => running).map((user) => user.name),
      }))
      .sort((a, b) => Number(a.anonymous) - Number(b.anonymous) || (a.name < b.name ? -1 : 1)),
    containers: rows
      .filter(({ Labels }) => !isHelper(Labels))
      .map((row) => ({
        id: row.Id,
        name: nameOf(row),
        image: shortName(row.Image),
        imageId: row.ImageID,
        state: row.State as ContainerState,
        volumes: (row.Mounts ?? []).flatMap(({ Type, Name }) =>
          Type === 'volume' && Name !== undefined ? [Name] : [],
        ),
        isHere: takenNames.has(nameOf(row)),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Nameless ones come last. */
function labelOf({ id, names }: Pick<OfferedImage, 'id' | 'names'>): string {
  return names[0] ?? `~${id}`;
}

function hereOf(image: DockerImageRow, own: readonly DockerImageRow[]): OfferedImage['here'] {
  const names = namesOf(image).map(shortName);
  const same = own.find(({ Id }) => Id === image.Id);
  const ownNames = new Set((same === undefined ? [] : namesOf(same)).map(shortName));
  if (same !== undefined && names.every((name) => ownNames.has(name))) return 'same';
  const taken = new Set(own.filter((one) => one !== same).flatMap((one) => namesOf(one).map(shortName)));
  return names.some((name) => taken.has(name)) ? 'taken' : 'no';
}
