import type { Launcher } from '../launcher/interface.ts';
import type { MountStep } from '../launcher/types.ts';
import { stoppedView, type ViewParts } from './container-view.ts';
import { mountsOf } from './mount-points.ts';
import type { ContainerRecord } from './types.ts';

/** Fills the empty volumes of a new container with what its image has at their places, as Docker does at creation. */
export class CopyUp {
  readonly #parts: ViewParts;
  readonly #launcher: Pick<Launcher, 'storage'>;

  constructor(parts: ViewParts, launcher: Pick<Launcher, 'storage'>) {
    this.#parts = parts;
    this.#launcher = launcher;
  }

  /** The container's directories exist; it has never run. */
  async fill(record: ContainerRecord): Promise<void> {
    const wanted = new Set(
      mountsOf(record)
        .filter(({ type, nocopy, subpath = '' }) => type === 'volume' && nocopy !== true && subpath === '')
        .map(({ destination }) => destination),
    );
    // A tmpfs is made anew at each start: what would be copied now is gone then.
    const steps = this.#parts.planner
      .mountSteps(record)
      .filter(({ type, destination }) => wanted.has(destination) && type !== 'tmpfs')
      .map((step): MountStep => ({ ...step, readonly: false }));
    if (steps.length === 0) return;
    await this.#launcher.storage.fill(stoppedView(record, this.#parts, 'bare'), steps);
  }
}
