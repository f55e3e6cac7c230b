import { constants } from 'node:os';
import type { Launcher } from '../launcher/interface.ts';
import { LaunchError, type MountStep } from '../launcher/types.ts';
import { stoppedView, type ViewParts } from './container-view.ts';
import { mountsOf } from './mount-points.ts';
import { withLookedUp } from './planner.ts';
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
        .filter(({ type, nocopy }) => type === 'volume' && nocopy !== true)
        .map(({ destination }) => destination),
    );
    // A tmpfs is made anew at each start: what would be copied now is gone then. A part of a disk or a share is somebody's already.
    const all = this.#parts.planner
      .mountSteps(record)
      .filter(({ type, destination, part }) => wanted.has(destination) && type !== 'tmpfs' && part === undefined)
      .map((step): MountStep => ({ ...step, readonly: false }));
    const steps = await withLookedUp(all);
    const whole = steps.filter((step) => !isPart(step));
    if (whole.length > 0) await this.#fill(record, whole);
    for (const part of steps.filter(isPart)) {
      await this.#fill(record, [part]).catch((error: unknown) => {
        // A part that is not there, or not yet, is told of at the start; and a file is filled with nothing.
        if (!(error instanceof LaunchError) || !NO_DIRECTORY.has(error.errno)) throw error;
      });
    }
  }

  #fill(record: ContainerRecord, steps: readonly MountStep[]): Promise<unknown> {
    return this.#launcher.storage.fill(stoppedView(record, this.#parts, 'bare'), steps);
  }
}

const NO_DIRECTORY: ReadonlySet<number> = new Set([constants.errno.ENOENT, constants.errno.ENOTDIR]);

/** Whether a step is for what lies at a path inside a volume. */
function isPart({ type, data }: MountStep): boolean {
  return type === 'bind' && data !== '';
}
