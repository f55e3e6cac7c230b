import type { LaunchError } from '../launcher/types.ts';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { IMAGE_SCHEMA, ImageStore, type ImageUser } from '../images/image-store.ts';
import type { RegistryOptions } from '../registry/session.ts';
import { openDatabase } from '../store/database.ts';
import { EventBus } from '../system/events.ts';
import { directLauncher } from './direct-launcher.ts';

/** Bytes of a tar archive with these files. */
export async function tarOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, content] of Object.entries(files)) pack.entry({ name, mtime: new Date(0) }, Buffer.from(content));
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const sha256 = (bytes: Buffer | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A small image in registry form. */
export interface TestImage {
  readonly config: Buffer;
  readonly layers: readonly { readonly plain: Buffer; readonly gzip: Buffer }[];
  readonly manifest: Buffer;
}

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** Makes an image of layers with incompressible content of `size` bytes each. */
export async function makeImage(
  layerCount: number,
  size = 1000,
  labels: Record<string, string> = {},
  base?: TestImage,
): Promise<TestImage> {
  const layers = [...(base?.layers ?? [])];
  for (let index = layers.length; index < layerCount; index += 1) {
    const plain = await tarOf({ [`file${index}`]: randomBytes(size) });
    layers.push({ plain, gzip: gzipSync(plain) });
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '2026-01-02T03:04:05Z',
      config: { Cmd: ['/bin/true'], Labels: labels },
      rootfs: { type: 'layers', diff_ids: layers.map(({ plain }) => sha256(plain)) },
    }),
  );
  const descriptor = (mediaType: string, bytes: Buffer): object => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: layers.map(({ gzip }) => descriptor('application/vnd.oci.image.layer.v1.tar+gzip', gzip)),
    }),
  );
  return { config, layers, manifest };
}

/** The image as a `docker save` archive. */
export async function dockerArchive(image: TestImage, tags: readonly string[]): Promise<Buffer> {
  const entries: Record<string, string | Buffer> = { 'config.json': image.config };
  for (const [index, { plain }] of image.layers.entries()) entries[`${index}/layer.tar`] = plain;
  const layers = image.layers.map((_, index) => `${index}/layer.tar`);
  entries['manifest.json'] = JSON.stringify([{ Config: 'config.json', RepoTags: tags, Layers: layers }]);
  return tarOf(entries);
}

/** An image store on a data root of its own. */
export class TestStore {
  readonly root = mkdtempSync(join(tmpdir(), 'img-'));
  readonly events = new EventBus();
  readonly warnings: string[] = [];
  users: ImageUser[] = [];
  /** Answers of the launcher to come that are its death instead. */
  launcherDeaths = 0;
  /** What every layer is answered with instead, until it is null again. */
  launcherFailure: LaunchError | null = null;
  #store: ImageStore | null = null;

  async open(registry: Partial<RegistryOptions> = {}): Promise<ImageStore> {
    const launcher = await directLauncher(process.getuid?.() === 0 ? [] : ['--keep-owner'], (applied) => {
      if (this.launcherFailure !== null) return this.launcherFailure;
      this.launcherDeaths -= 1;
      return this.launcherDeaths < 0 ? applied : 'dies';
    });
    this.#store = await ImageStore.open({
      dataRoot: this.root,
      database: openDatabase(join(this.root, 'berth.db'), [IMAGE_SCHEMA]),
      launcher,
      events: this.events,
      imageUsers: () => this.users,
      registry: { stallTime: 1000, retries: 3, retryDelay: 10, ...registry },
      onWarning: (message) => this.warnings.push(message),
    });
    return this.#store;
  }

  /** Everything in the store's directories, the trash too. */
  async leftOvers(): Promise<string[]> {
    await this.#store?.close();
    return ['blobs/sha256', 'ingest', 'layers', 'layers/.new', 'trash'].flatMap((name) =>
      readdirSync(join(this.root, name))
        .filter((entry) => entry !== '.new')
        .map((entry) => `${name}/${entry}`),
    );
  }

  async remove(): Promise<void> {
    await this.#store?.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const streamOf = (bytes: Buffer): Readable => Readable.from([bytes]);
