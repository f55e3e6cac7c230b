import type { ImageRecord } from './catalog.ts';
import type { ImageStore } from './image-store.ts';

/** RFC 3339 time of an image that says nothing of its age, as Docker shows it. */
const NO_TIME = '0001-01-01T00:00:00Z';

/** Creation time in seconds since the epoch, 0 when unknown or malformed. */
export function createdSeconds(image: ImageRecord): number {
  return secondsOf(image.document.created ?? undefined);
}

/** Creation time in milliseconds since the epoch, with what is below as a fraction; 0 when unknown or malformed. */
export function createdMilliseconds(image: ImageRecord): number {
  const text = image.document.created ?? '';
  const value = Date.parse(text);
  return Number.isNaN(value) ? 0 : value + Number(`0.${/\.\d{3}(\d+)/.exec(text)?.[1] ?? '0'}`);
}

function secondsOf(time: string | undefined): number {
  const value = Date.parse(time ?? '');
  return Number.isNaN(value) ? 0 : Math.floor(value / 1000);
}

/** Digests by which the image is known in repositories; Docker's list shows `<none>@<none>` for dangling images. */
function repoDigests(store: ImageStore, image: ImageRecord): string[] {
  return store.catalog.familiarNames(image.id, 'digest');
}

/**
 * ImageSummary of the Docker Engine API. `shared`: compute SharedSize, in bytes. `isListed` picks the names that are
 * shown: a list filtered by reference shows only those that matched.
 */
export function imageSummary(
  store: ImageStore,
  image: ImageRecord,
  containers: number,
  shared: boolean,
  isListed: (name: string) => boolean = () => true,
): object {
  const size = store.sizeOf(image);
  return {
    Id: image.id,
    ParentId: image.parent ?? '',
    RepoTags: store.catalog.familiarNames(image.id, 'tag').filter(isListed),
    RepoDigests: repoDigests(store, image).filter(isListed),
    Created: createdSeconds(image),
    Size: size,
    SharedSize: shared ? store.sharedSizeOf(image) : -1,
    VirtualSize: size,
    Labels: image.document.config.Labels ?? null,
    Containers: containers,
  };
}

/** ImageInspect of the Docker Engine API. */
export function imageInspect(store: ImageStore, image: ImageRecord): object {
  const { document } = image;
  const size = store.sizeOf(image);
  const paths = store.layerPaths(image.id);
  const [top, ...lower] = paths;
  return {
    Id: image.id,
    RepoTags: store.catalog.familiarNames(image.id, 'tag'),
    RepoDigests: repoDigests(store, image),
    Parent: image.parent ?? '',
    Comment: document.comment || (document.history.at(-1)?.comment ?? ''),
    Created: document.created ?? NO_TIME,
    Container: '',
    // Gone from the API with 1.45; but Compose 1, which speaks any version, cannot recreate a container without it.
    ContainerConfig: UNSET_CONFIG,
    DockerVersion: document.dockerVersion,
    Author: document.author,
    Config: inspectConfig(image),
    Architecture: document.architecture,
    ...(document.variant === '' ? {} : { Variant: document.variant }),
    Os: document.os,
    ...(document.osVersion === '' ? {} : { OsVersion: document.osVersion }),
    Size: size,
    VirtualSize: size,
    GraphDriver: {
      Name: 'overlay2',
      Data: {
        ...(lower.length === 0 ? {} : { LowerDir: lower.join(':') }),
        ...(top === undefined ? {} : { UpperDir: top }),
      },
    },
    RootFS: { Type: 'layers', Layers: document.diffIds },
    Metadata: { LastTagTime: image.lastTagged === 0 ? NO_TIME : new Date(image.lastTagged).toISOString() },
  };
}

/** A container's settings of which none is set, as Docker shows them. */
const UNSET_CONFIG = {
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Image: '',
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
} as const;

/** The image's settings with the fields that Docker always shows. */
function inspectConfig(image: ImageRecord): object {
  return { ...UNSET_CONFIG, ...image.document.config };
}

/** History of the Docker Engine API: newest step first; only the newest has an id, as the others are no images. */
export function imageHistory(store: ImageStore, image: ImageRecord): object[] {
  const { history } = image.document;
  let layer = 0;
  const lines = history.map((step) => {
    const chainId = step.empty_layer === true ? undefined : image.chain[layer++];
    return {
      Id: '<missing>',
      Created: secondsOf(step.created),
      CreatedBy: step.created_by ?? '',
      Tags: null as string[] | null,
      Size: chainId === undefined ? 0 : (store.catalog.layer(chainId)?.size ?? 0),
      Comment: step.comment ?? '',
    };
  });
  // Images of some builders have layers that their history does not know.
  for (; layer < image.chain.length; layer += 1) {
    const chainId = image.chain[layer];
    const size = chainId === undefined ? 0 : (store.catalog.layer(chainId)?.size ?? 0);
    lines.push({ Id: '<missing>', Created: createdSeconds(image), CreatedBy: '', Tags: null, Size: size, Comment: '' });
  }
  lines.reverse();
  const tags = store.catalog.familiarNames(image.id, 'tag');
  const [newest] = lines;
  if (newest !== undefined) lines[0] = { ...newest, Id: image.id, Tags: tags.length === 0 ? null : tags };
  return lines;
}
