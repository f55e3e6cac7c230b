import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestEntry } from './entry.ts';
import type { ImageName } from './registry.ts';

/** Lists that are being put together, where docker keeps them: `manifests/LIST/IMAGE` in its configuration. */
export class ManifestStore {
  readonly #root: string;

  /** `directory` is that of docker's configuration. */
  constructor(directory: string) {
    this.#root = join(directory, 'manifests');
  }

  /** The images of a list in their order; null when there is no such list. */
  async entries(list: ImageName): Promise<ManifestEntry[] | null> {
    const directory = this.#directory(list);
    const names = await readdir(directory).catch(() => null);
    if (names === null) return null;
    const texts = await Promise.all(names.sort().map((name) => readFile(join(directory, name), 'utf8')));
    return texts.map((text) => JSON.parse(text) as ManifestEntry);
  }

  /** One image of a list; null when it is not in it. */
  async entry(list: ImageName, image: ImageName): Promise<ManifestEntry | null> {
    const text = await readFile(join(this.#directory(list), fileOf(image)), 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as ManifestEntry);
  }

  async put(list: ImageName, image: ImageName, entry: ManifestEntry): Promise<void> {
    const directory = this.#directory(list);
    await mkdir(directory, { recursive: true });
    // A draft beside the list, which would count it as an image.
    const draft = join(this.#root, `.${fileOf(image)}.${process.pid}`);
    await writeFile(draft, JSON.stringify(entry), { mode: 0o644 });
    await rename(draft, join(directory, fileOf(image)));
  }

  async remove(list: ImageName): Promise<void> {
    await rm(this.#directory(list), { recursive: true, force: true });
  }

  #directory(list: ImageName): string {
    return join(this.#root, fileOf(list));
  }
}

/** A name as docker makes a file name of it: `localhost-5000_tools-latest`. */
function fileOf({ domain, repository, reference }: ImageName): string {
  const isDigest = reference.startsWith('sha256:');
  const whole = `${domain}/${repository}${isDigest ? '@' : ':'}${reference}`;
  return whole.replaceAll(':', '-').replaceAll('/', '_');
}
