import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launcher } from '../launcher/interface.ts';

/** Named volumes of driver `local`: `volumes/<name>/_data` in the data root, owned by the containers' root. */
export class VolumeDirectory {
  readonly #root: string;
  readonly #launcher: Pick<Launcher, 'makeDirectory'>;

  constructor(dataRoot: string, launcher: Pick<Launcher, 'makeDirectory'>) {
    this.#root = join(dataRoot, 'volumes');
    this.#launcher = launcher;
  }

  /** Host path of a volume's content. The name was checked by `assertVolumeName`. */
  path(name: string): string {
    return join(this.#root, name, '_data');
  }

  /** Makes the volume if it is not there. */
  async ensure(name: string): Promise<void> {
    await mkdir(join(this.#root, name), { recursive: true, mode: 0o711 });
    await this.#launcher.makeDirectory(this.path(name), 0o755);
  }
}
