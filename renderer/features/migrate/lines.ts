import type { MigrationOffer, MigrationStep, OfferedImage } from '../../../runtime/contract/migrate.ts';
import { migrate as texts } from '../../strings/migrate.ts';
import { keyOf, type Key } from './choice.ts';

/** One thing that can be brought over, as it is shown. */
export interface Line {
  readonly key: Key;
  readonly name: string;
  /** What is said below its name. */
  readonly notes: readonly string[];
  /** What should be thought of before it is brought over; empty for nothing. */
  readonly warning: string;
  /** Why it cannot be brought over; empty when it can. */
  readonly blocked: string;
  readonly size: number | null;
}

/** What an engine has, by kind. */
export function linesOf({ images, volumes, containers }: MigrationOffer): Record<MigrationStep['kind'], Line[]> {
  return {
    image: images.map((image) => ({
      key: keyOf({ kind: 'image', id: image.id }),
      name: imageName(image),
      notes: image.names.length > 1 ? [texts.furtherNames(image.names.length - 1)] : [],
      warning: image.here === 'taken' ? texts.taken : '',
      blocked: image.here === 'same' ? texts.here : '',
      size: image.size,
    })),
    volume: volumes.map(({ name, anonymous, size, isHere, writers }) => ({
      key: keyOf({ kind: 'volume', id: name }),
      name: anonymous && /^[0-9a-f]{64}$/.test(name) ? name.slice(0, 12) : name,
      notes: anonymous ? [texts.anonymous] : [],
      warning: writers.length > 0 && !isHere ? texts.writers(writers.join(', ')) : '',
      blocked: isHere ? texts.nameTaken : '',
      size,
    })),
    container: containers.map(({ id, name, image, isHere }) => ({
      key: keyOf({ kind: 'container', id }),
      name,
      notes: [image],
      warning: '',
      blocked: isHere ? texts.nameTaken : '',
      size: null,
    })),
  };
}

function imageName({ id, names }: OfferedImage): string {
  return names[0] ?? `${id.replace(/^sha256:/, '').slice(0, 12)} ${texts.nameless}`;
}
