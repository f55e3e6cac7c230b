import { DockerApiError, type DockerApi } from '../../common/docker-api.ts';
import { isOfProject, LABELS, projectFilter } from '../plan/labels.ts';

/** A container of a project, from the list. */
export interface ProjectContainer {
  readonly id: string;
  /** Without the slash. */
  readonly name: string;
  readonly project: string;
  readonly service: string;
  readonly number: number;
  readonly oneOff: boolean;
  readonly hash: string;
  /** The image's id when the container was made. */
  readonly imageId: string;
  readonly image: string;
  readonly command: string;
  /** `created`, `running`, `paused`, `exited`, ... */
  readonly state: string;
  /** `Up 3 minutes (healthy)`. */
  readonly status: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly networks: readonly string[];
  /** `HostConfig.NetworkMode`. */
  readonly networkMode: string;
  readonly ports: readonly { IP?: string; PrivatePort: number; PublicPort?: number; Type: string }[];
  readonly labels: Readonly<Record<string, string>>;
  /** Names of volumes, and paths of what else is mounted. */
  readonly mounts: readonly string[];
  readonly localVolumes: number;
}

interface LabelledImage {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  readonly Command: string;
  readonly Created: number;
  readonly State: string;
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Ports: ProjectContainer['ports'] | null;
  readonly HostConfig?: { readonly NetworkMode?: string };
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, unknown>> | null };
  readonly Mounts?: readonly { readonly Name?: string; readonly Source?: string; readonly Driver?: string }[] | null;
}

/** All containers of a project, those of `run` too, by service and number. */
export async function projectContainers(api: DockerApi, project: string): Promise<ProjectContainer[]> {
  return described(await list(api, projectFilter(project)));
}

/**
 * The containers of every project. A container has its image's labels, too, and whoever made an image could name files of
 * this machine by them, for a project of any name: what only the image says of places is left out.
 */
export async function composeContainers(api: DockerApi): Promise<ProjectContainer[]> {
  const filters = JSON.stringify({ label: [LABELS.project] });
  const [containers, labelled] = await Promise.all([
    list(api, filters),
    api.json<readonly LabelledImage[]>('GET', '/images/json', { query: { filters } }),
  ]);
  const ofImage = new Map(labelled.map(({ Id, Labels }) => [Id, Labels ?? {}]));
  return described(
    containers.map((one) => ({ ...one, Labels: withoutPlaces(one.Labels ?? {}, ofImage.get(one.ImageID) ?? {}) })),
  );
}

/** Labels that name places on this machine. */
const PLACES: ReadonlySet<string> = new Set([LABELS.directory, LABELS.files, LABELS.envFiles]);

function withoutPlaces(
  labels: Readonly<Record<string, string>>,
  ofImage: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = Object.entries(labels).filter(([name, value]) => !PLACES.has(name) || ofImage[name] !== value);
  return Object.fromEntries(own);
}

function list(api: DockerApi, filters: string): Promise<readonly Listed[]> {
  return api.json('GET', '/containers/json', { query: { all: 1, filters } });
}

function described(listed: readonly Listed[]): ProjectContainer[] {
  return listed
    .filter(({ Labels }) => isOfProject(Labels ?? {}))
    .map((one): ProjectContainer => {
      const labels = one.Labels ?? {};
      const mounts = one.Mounts ?? [];
      return {
        id: one.Id,
        name: (one.Names[0] ?? '').replace(/^\//, ''),
        project: labels[LABELS.project] ?? '',
        service: labels[LABELS.service] ?? '',
        number: Number(labels[LABELS.number] ?? 0),
        oneOff: labels[LABELS.oneOff]?.toLowerCase() === 'true' || LABELS.hook in labels,
        hash: labels[LABELS.hash] ?? '',
        imageId: labels[LABELS.image] ?? '',
        image: one.Image,
        command: one.Command,
        state: one.State,
        status: one.Status,
        created: one.Created,
        networkMode: one.HostConfig?.NetworkMode ?? '',
        networks: Object.keys(one.NetworkSettings?.Networks ?? {}),
        ports: one.Ports ?? [],
        labels,
        mounts: mounts.map(({ Name, Source }) => (Name === undefined || Name === '' ? (Source ?? '') : Name)),
        localVolumes: mounts.filter(({ Driver }) => Driver === 'local').length,
      };
    })
    .sort((a, b) => (a.service === b.service ? a.number - b.number : a.service < b.service ? -1 : 1));
}

/** A container's place on a network, as it was asked for. */
interface Endpoint {
  readonly Aliases?: readonly string[] | null;
  readonly Links?: readonly string[] | null;
  readonly IPAMConfig?: object | null;
  readonly DriverOpts?: object | null;
  readonly GwPriority?: number;
}

/** What `inspect` tells that operations need. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string } | null;
  };
  readonly Config: { readonly Tty: boolean; readonly Image: string };
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[] | null;
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, Endpoint>> | null;
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>> | null;
  };
}

export function inspectContainer(api: DockerApi, id: string): Promise<InspectedContainer> {
  return api.json<InspectedContainer>('GET', `/containers/${id}/json`);
}

/** Does something that may find its object gone, or already as it should be: that is success. */
export async function unlessGone(action: Promise<unknown>): Promise<void> {
  try {
    await action;
  } catch (error) {
    if (!(error instanceof DockerApiError) || ![304, 404].includes(error.status)) throw error;
  }
}

/** Removes a container with its anonymous volumes, if asked; one that is gone already is fine. */
export async function removeContainer(
  api: DockerApi,
  id: string,
  { force, volumes }: { force: boolean; volumes: boolean },
): Promise<void> {
  await unlessGone(api.json('DELETE', `/containers/${id}`, { query: { force: force ? 1 : 0, v: volumes ? 1 : 0 } }));
}
