import { access, constants } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { ComposeError } from '../errors.ts';
import type { Project, ProjectFile, Service } from '../model/project.ts';
import { createBody, type ContainerFacts } from '../plan/create-body.ts';
import { endpoints as endpointsOf } from '../plan/endpoints.ts';
import { grantedFiles } from '../plan/mounts.ts';
import { removeContainer } from '../objects/containers.ts';
import type { ComposeContext } from './context.ts';

/** From this API version on a container can be made on several networks at once. */
const SEVERAL_NETWORKS = '1.44';

/** Makes a container of a service, not started, and returns its id. One that cannot be finished is removed again. */
export async function createContainer(
  context: ComposeContext,
  project: Project,
  service: Service,
  facts: ContainerFacts,
): Promise<string> {
  const { api } = context;
  const body = createBody(project, service, facts);
  const endpoints = Object.entries(endpointsOf(project, service, facts));
  const atOnce = isAtLeast(api.version, SEVERAL_NETWORKS) ? endpoints : endpoints.slice(0, 1);
  const later = endpoints.slice(atOnce.length);
  const created = await api.json<{ Id: string; Warnings?: readonly string[] | null }>('POST', '/containers/create', {
    query: { name: facts.name, platform: service.platform },
    body: { ...body, NetworkingConfig: { EndpointsConfig: Object.fromEntries(atOnce) } },
  });
  for (const warning of created.Warnings ?? [])
    context.progress({ object: `Container ${facts.name}`, status: warning, state: 'warning' });
  try {
    for (const [name, config] of later)
      await api.json('POST', `/networks/${encodeURIComponent(name)}/connect`, {
        body: { Container: created.Id, EndpointConfig: config },
      });
    await putFiles(context, project, service, created.Id);
  } catch (error) {
    await removeContainer(api, created.Id, { force: true, volumes: true });
    throw error;
  }
  return created.Id;
}

function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = least.split('.').map(Number);
  return major === wantedMajor ? minor >= wantedMinor : major > wantedMajor;
}

/** Configs and secrets that are no file of the host are written into the container. */
async function putFiles(context: ComposeContext, project: Project, service: Service, id: string): Promise<void> {
  const files = grantedFiles(project, service).filter(({ file }) => file.file === undefined);
  if (files.length === 0) return;
  const archive = pack();
  for (const { target, file, uid, gid, mode } of files)
    archive.entry({ name: target.replace(/^\/+/, ''), mode, uid, gid }, contentOf(context, file));
  archive.finalize();
  await context.api.json('PUT', `/containers/${id}/archive`, {
    query: { path: '/', copyUIDGID: 'true' },
    stream: Readable.from(archive),
  });
}

function contentOf(context: ComposeContext, file: ProjectFile): string {
  if (file.external)
    throw new ComposeError(
      `"${file.name}" is external: configs and secrets kept by the engine need Swarm, which there is none`,
    );
  if (file.content !== undefined) return file.content;
  const value = context.variable(file.environment ?? '');
  if (value === undefined)
    throw new ComposeError(
      `the environment variable "${file.environment ?? ''}", which "${file.name}" is made of, is not set`,
    );
  return value;
}

/** Whether what a service is given is there, before anything is made. Throws ComposeError. */
export async function assertFiles(context: ComposeContext, project: Project, service: Service): Promise<void> {
  for (const { file } of grantedFiles(project, service)) {
    if (file.file === undefined) {
      contentOf(context, file);
      continue;
    }
    try {
      await access(file.file, constants.R_OK);
    } catch {
      throw new ComposeError(`the file ${file.file}, which service "${service.name}" is given, cannot be read`);
    }
  }
}
