import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError, messageOf } from '../errors.ts';
import { booleanFilter, filterImages, nameFilter } from '../images/filters.ts';
import type { ImageStore, ImageUser } from '../images/image-store.ts';
import type { ImageRecord } from '../images/catalog.ts';
import { wrongPlatform } from '../images/container-image.ts';
import { choosePlatform, hostPlatform, normalizePlatform, parsePlatform, type Platform } from '../images/platform.ts';
import type { OnProgress, ProgressMessage } from '../images/progress.ts';
import { parseReference, repositoryOf, withTag, type Reference } from '../images/reference.ts';
import { imageHistory, imageInspect, imageSummary } from '../images/views.ts';
import { parseRegistryAuth } from '../registry/credentials.ts';
import { isDigest } from '../store/digest.ts';
import { parseFilters } from './filters.ts';
import { queryFlag, sendJson, speaksBefore, type ApiContext, type Router } from './router.ts';

/** What the image routes need. */
export interface ImageRouteParts {
  readonly images: ImageStore;
  /** Containers, stopped ones too, that were made from an image. */
  readonly imageUsers: (imageId: string) => readonly ImageUser[];
}

/** Registers the image part of the Docker Engine API. */
export function registerImageRoutes(router: Router, parts: ImageRouteParts): void {
  const { images } = parts;
  router.add('GET', '/images/json', (context) => {
    listImages(context, parts);
  });
  router.add('POST', '/images/create', (context) => createImage(context, images));
  router.add('POST', '/images/load', (context) => loadImages(context, images));
  router.add('POST', '/images/prune', async (context) => {
    const { deleted, reclaimed } = await images.prune(parseFilters(context.query));
    sendJson(context, 200, { ImagesDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed });
  });
  router.add('GET', '/images/get', (context) => saveImages(context, images, context.query.getAll('names')));
  router.add('GET', '/images/search', async (context) => {
    const { query } = context;
    const limit = query.get('limit') ?? '';
    if (!/^-?\d*$/.test(limit))
      throw new EngineError('invalid', `strconv.Atoi: parsing ${JSON.stringify(limit)}: invalid syntax`);
    const search = { term: query.get('term') ?? '', limit: Number(limit), filters: parseFilters(query) };
    sendJson(context, 200, await images.remote.search(search, credentialsOf(context), context.signal));
  });
  router.add('GET', '/images/{name...}/get', (context) => saveImages(context, images, [name(context)]));
  router.add('GET', '/images/{name...}/json', (context) => {
    if (queryFlag(context.query, 'manifests') && !speaksBefore(context, 49) && context.query.has('platform'))
      throw new EngineError('invalid', 'conflicting options: manifests and platform options cannot both be set');
    sendJson(context, 200, imageInspect(images, imageFor(context, images, 49)));
  });
  router.add('GET', '/images/{name...}/history', (context) => {
    sendJson(context, 200, imageHistory(images, imageFor(context, images, 48)));
  });
  router.add('POST', '/images/{name...}/tag', async (context) => {
    const repo = context.query.get('repo') ?? '';
    const tag = context.query.get('tag') ?? '';
    const reference = parseReference(repo);
    await images.tag(name(context), tag === '' ? reference : withTag(reference, tag));
    context.response.writeHead(201, { 'Content-Length': 0 }).end();
  });
  router.add('POST', '/images/{name...}/push', (context) => pushImages(context, images));
  router.add('DELETE', '/images/{name...}', async (context) => {
    const force = queryFlag(context.query, 'force');
    const noprune = queryFlag(context.query, 'noprune');
    if (name(context).trim() === '') throw new EngineError('invalid', 'image name cannot be blank');
    const platforms = speaksBefore(context, 50) ? [] : context.query.getAll('platforms').map(platformOfJson);
    if (platforms.length > 1) throw new EngineError('invalid', 'multiple platforms are not supported');
    const [platform] = platforms;
    if (platform !== undefined) requirePlatform(images.resolve(name(context)), name(context), platform);
    sendJson(context, 200, await images.remove(name(context), { force, noprune }));
  });
}

function name(context: ApiContext): string {
  return context.params['name'] ?? '';
}

/** The image that a path names. From API 1.`since` on it has to be for the platform that is asked for, if one is. */
function imageFor(context: ApiContext, images: ImageStore, since: number): ImageRecord {
  const image = images.resolve(name(context));
  const platform = speaksBefore(context, since) ? undefined : platformOf(context);
  if (platform !== undefined) requirePlatform(image, name(context), platform);
  return image;
}

function requirePlatform(image: ImageRecord, name: string, platform: Platform): void {
  if (choosePlatform([{ platform: image.document }], platform) === undefined)
    throw wrongPlatform(name, image.document, platform);
}

function listImages(context: ApiContext, { images, imageUsers }: ImageRouteParts): void {
  const filters = parseFilters(context.query);
  const all = queryFlag(context.query, 'all');
  const shared = queryFlag(context.query, 'shared-size');
  // Who asks for the images of each platform is told, too, whether they are used.
  const isCounted = shared || queryFlag(context.query, 'manifests');
  const parents = new Set(images.list().map(({ parent }) => parent));
  const dangling = booleanFilter(filters, 'dangling');
  const isListed = nameFilter(filters);
  const listed = filterImages(images, filters).filter((image) => {
    // Without a name, and only a step on the way to another image.
    const isStep = images.catalog.namesOf(image.id).length === 0 && parents.has(image.id);
    return all || dangling !== undefined || !isStep;
  });
  sendJson(
    context,
    200,
    // Docker counts containers only when it was asked for sizes.
    listed.map((image) => imageSummary(images, image, isCounted ? imageUsers(image.id).length : -1, shared, isListed)),
  );
}

/** The JSON lines of a long operation. The status can still be an error until the first line is out. */
class ProgressStream {
  readonly #context: ApiContext;

  constructor(context: ApiContext) {
    this.#context = context;
  }

  readonly write: OnProgress = (message: ProgressMessage) => {
    const { response } = this.#context;
    if (response.destroyed) return;
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write(JSON.stringify(message) + '\r\n');
  };

  /** Runs `work`; a failure after the first line becomes the last line. */
  async run(work: () => Promise<void>): Promise<void> {
    const { response } = this.#context;
    try {
      await work();
    } catch (error) {
      if (!response.headersSent) throw error;
      const message = messageOf(error);
      this.write({ errorDetail: { message }, error: message });
    }
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end();
  }
}

function platformOf(context: ApiContext): Platform | undefined {
  const [text = '', ...more] = context.query.getAll('platform');
  if (more.length > 0) throw new EngineError('invalid', 'multiple platform parameters not supported');
  if (text === '') return undefined;
  return text.startsWith('{') ? platformOfJson(text) : parsePlatform(text);
}

function platformOfJson(text: string): Platform {
  try {
    const { os = '', architecture = '', variant = '' } = JSON.parse(text) as Record<string, unknown>;
    return normalizePlatform({ os: String(os), architecture: String(architecture), variant: String(variant) });
  } catch (error) {
    throw new EngineError('invalid', 'the platform is not valid JSON', { cause: error });
  }
}

function credentialsOf(context: ApiContext): ReturnType<typeof parseRegistryAuth> {
  const header = context.request.headers['x-registry-auth'];
  return parseRegistryAuth(Array.isArray(header) ? header[0] : header);
}

async function createImage(context: ApiContext, images: ImageStore): Promise<void> {
  const { query } = context;
  const from = query.get('fromImage') ?? '';
  if (from !== '') return pull(context, images, from);
  const source = query.get('fromSrc') ?? '';
  if (source === '') throw new EngineError('invalid', 'neither fromImage nor fromSrc is given');
  return importFrom(context, images, source);
}

async function pull(context: ApiContext, images: ImageStore, from: string): Promise<void> {
  const tag = context.query.get('tag') ?? '';
  const parsed = parseReference(from);
  const references = await pullTargets(context, images, parsed, tag);
  const platform = platformOf(context);
  const stream = new ProgressStream(context);
  await stream.run(async () => {
    for (const reference of references) {
      await images.pull(reference, {
        credentials: credentialsOf(context),
        onProgress: stream.write,
        signal: context.signal,
        ...(platform === undefined ? {} : { platform }),
      });
    }
  });
}

/** A tag or digest in `tag` outranks one in the name; with neither, every tag of the repository is pulled. */
async function pullTargets(context: ApiContext, images: ImageStore, parsed: Reference, tag: string): Promise<string[]> {
  const repository = repositoryOf(parsed);
  if (parsed.digest !== null) return [`${repository}@${parsed.digest}`];
  if (isDigest(tag)) return [`${repository}@${tag}`];
  if (tag !== '') return [`${repository}:${withTag(parsed, tag).tag ?? 'latest'}`];
  if (parsed.tag !== null) return [`${repository}:${parsed.tag}`];
  const tags = await images.remote.tags(parsed, credentialsOf(context), context.signal);
  return tags.map((found) => `${repository}:${found}`);
}

async function importFrom(context: ApiContext, images: ImageStore, source: string): Promise<void> {
  const { query } = context;
  const repo = query.get('repo') ?? '';
  const tag = query.get('tag') ?? '';
  const parsed = repo === '' ? null : parseReference(repo);
  if (parsed !== null && parsed.digest !== null) throw new EngineError('invalid', 'cannot import digest reference');
  const reference = parsed === null ? null : withTag(parsed, tag === '' ? (parsed.tag ?? 'latest') : tag);
  const stream = new ProgressStream(context);
  await stream.run(async () => {
    const image = await images.import(await importSource(context, images, source, stream.write), {
      reference,
      source,
      platform: platformOf(context) ?? hostPlatform(),
      message: query.get('message') ?? '',
      changes: query.getAll('changes'),
      signal: context.signal,
    });
    stream.write({ status: image.id });
  });
}

/** The archive that `source` names: `-` is the body of the request, anything else an address without need of `http:`. */
async function importSource(
  context: ApiContext,
  images: ImageStore,
  source: string,
  onProgress: OnProgress,
): Promise<Readable> {
  if (source === '-') return context.request;
  const url = URL.canParse(source) && /^https?:/i.test(source) ? source : `http://${source}`;
  if (!URL.canParse(url)) throw new EngineError('invalid', `invalid address to import from: ${source}`);
  const archive = await images.remote.download(new URL(url), context.signal);
  onProgress({ status: `Downloading from ${url}` });
  return archive;
}

async function loadImages(context: ApiContext, images: ImageStore): Promise<void> {
  const stream = new ProgressStream(context);
  const isQuiet = queryFlag(context.query, 'quiet');
  const platform = platformOf(context);
  await stream.run(async () => {
    await images.load(context.request, {
      signal: context.signal,
      onProgress: (message) => {
        if (!isQuiet || message.stream !== undefined) stream.write(message);
      },
      ...(platform === undefined ? {} : { platform }),
    });
  });
}

async function pushImages(context: ApiContext, images: ImageStore): Promise<void> {
  const tag = context.query.get('tag') ?? '';
  const stream = new ProgressStream(context);
  await stream.run(() =>
    images.push(name(context), tag === '' ? null : tag, {
      credentials: credentialsOf(context),
      onProgress: stream.write,
      signal: context.signal,
    }),
  );
}

async function saveImages(context: ApiContext, images: ImageStore, names: readonly string[]): Promise<void> {
  const wanted = names.filter((entry) => entry !== '');
  if (wanted.length === 0) throw new EngineError('invalid', 'no image is named');
  const platform = speaksBefore(context, 48) ? undefined : platformOf(context);
  if (platform !== undefined) {
    for (const one of wanted) requirePlatform(images.catalog.resolveForSave(one).image, one, platform);
  }
  const archive: Readable = images.save(wanted);
  context.response.writeHead(200, { 'Content-Type': 'application/x-tar' });
  try {
    await pipeline(archive, context.response);
  } catch (error) {
    // The head is out: a broken-off body is the only way left to say that the archive is not whole.
    if (!context.response.destroyed) {
      context.response.destroy(error instanceof Error ? error : undefined);
      await once(context.response, 'close');
    }
  }
}
