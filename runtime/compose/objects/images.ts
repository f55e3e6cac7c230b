import { DockerApiError } from '../../common/docker-api.ts';
import { jsonLines } from '../../common/lines.ts';
import { ComposeError } from '../errors.ts';
import type { Service } from '../model/project.ts';
import { reported, type ComposeContext } from '../operations/context.ts';

interface InspectedImage {
  readonly Id: string;
  readonly Created?: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Metadata?: { readonly LastTagTime?: string };
}

/** The id of an image that is there, or null. */
export async function imageId(context: ComposeContext, reference: string): Promise<string | null> {
  return (await inspectImage(context, reference))?.Id ?? null;
}

/** Removes an image that has no name any more, unless something uses it. */
export async function removeUnnamed(context: ComposeContext, id: string): Promise<void> {
  const image = await inspectImage(context, id);
  if (image === null || (image.RepoTags ?? []).length > 0) return;
  await context.api.json('DELETE', `/images/${id}`).catch((error: unknown) => {
    if (!(error instanceof DockerApiError) || (error.status !== 404 && error.status !== 409)) throw error;
  });
}

async function inspectImage({ api }: ComposeContext, reference: string): Promise<InspectedImage | null> {
  try {
    return await api.json<InspectedImage>('GET', `/images/${reference}/json`);
  } catch (error) {
    if (error instanceof DockerApiError && error.status === 404) return null;
    throw error;
  }
}

/** `name[:tag][@digest]`, apart as the API wants it. */
function nameAndTag(reference: string): { name: string; tag: string } {
  const digest = reference.indexOf('@');
  if (digest >= 0) return { name: reference.slice(0, digest), tag: reference.slice(digest + 1) };
  const colon = reference.indexOf(':', reference.lastIndexOf('/') + 1);
  return colon < 0
    ? { name: reference, tag: 'latest' }
    : { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/** Pulls a service's image. Throws ComposeError with the registry's reason. */
export async function pullImage(context: ComposeContext, service: Service): Promise<void> {
  const { name, tag } = nameAndTag(service.image);
  await reported(context, `Image ${service.image}`, ['Pulling', 'Pulled'], async () => {
    const stream = await context.api.open('POST', '/images/create', {
      query: { fromImage: name, tag, platform: service.platform },
      headers: await context.registryAuth(name),
      signal: context.signal,
    });
    for await (const line of jsonLines<{ error?: string }>(stream))
      if (line.error !== undefined) throw new ComposeError(`cannot pull ${service.image}: ${line.error}`);
  });
}

/** Pushes a service's image. Throws ComposeError with the registry's reason. */
export async function pushImage(context: ComposeContext, service: Service): Promise<void> {
  const { name, tag } = nameAndTag(service.image);
  await reported(context, `Image ${service.image}`, ['Pushing', 'Pushed'], async () => {
    const auth = await context.registryAuth(name);
    const stream = await context.api.open('POST', `/images/${name}/push`, {
      query: { tag },
      // A push needs the header even when it is anonymous.
      headers: { 'X-Registry-Auth': Buffer.from('{}').toString('base64url'), ...auth },
      signal: context.signal,
    });
    for await (const line of jsonLines<{ error?: string }>(stream))
      if (line.error !== undefined) throw new ComposeError(`cannot push ${service.image}: ${line.error}`);
  });
}

/** When an image gets to this age in milliseconds, it is asked for anew. */
function refreshAge(policy: string | undefined, after: string | undefined): number | null {
  const day = 24 * 3600 * 1000;
  const text =
    policy === 'daily' ? '1d' : policy === 'weekly' ? '1w' : (/^every_(.+)$/.exec(policy ?? '')?.[1] ?? after);
  if (text === undefined) return null;
  const units: Readonly<Record<string, number>> = { w: 7 * day, d: day, h: 3600 * 1000, m: 60 * 1000, s: 1000 };
  return [...text.matchAll(/(\d+)([wdhms])/g)].reduce(
    (total, [, count = '0', unit = 's']) => total + Number(count) * (units[unit] ?? 0),
    0,
  );
}

/** Whether a service's image has to be pulled by its own policy, or by one asked for. */
export async function needsPull(
  context: ComposeContext,
  service: Service,
  asked: string | undefined,
): Promise<boolean> {
  const policy = asked ?? service.pull_policy;
  if (policy === 'always') return true;
  if (policy === 'never' || policy === 'build') return false;
  const image = await inspectImage(context, service.image);
  if (image === null) return true;
  const age = refreshAge(policy, service.pull_refresh_after);
  if (age === null) return false;
  const tagged = Date.parse(image.Metadata?.LastTagTime ?? image.Created ?? '');
  return Number.isNaN(tagged) || Date.now() - tagged > age;
}
