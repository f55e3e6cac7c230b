import type { Logger } from '../../../common/logger.ts';
import type { BuildCache } from './cache.ts';
import { gcRules, type CacheGc } from './gc-rules.ts';

/** ms between two looks at the whole cache, which reads the sizes of directories. */
const LOOK_INTERVAL = 60_000;

/** Keeps the build cache within what the engine's configuration allows. */
export class CacheCollector {
  readonly #cache: Pick<BuildCache, 'collect'>;
  readonly #gc: () => CacheGc;
  readonly #logger: Pick<Logger, 'warn'>;
  #looked: { readonly at: number; readonly gc: CacheGc } | null = null;
  #waiting: NodeJS.Timeout | null = null;

  constructor(cache: Pick<BuildCache, 'collect'>, gc: () => CacheGc, logger: Pick<Logger, 'warn'>) {
    this.#cache = cache;
    this.#gc = gc;
    this.#logger = logger;
  }

  /** After builds: at once, but not again and again while builds follow each other. */
  buildsEnded(): void {
    const gc = this.#gc();
    const wait = this.#looked?.gc === gc ? this.#looked.at + LOOK_INTERVAL - Date.now() : 0;
    if (wait <= 0) {
      this.#collect(gc);
      return;
    }
    this.#waiting ??= setTimeout(() => {
      this.#collect(this.#gc());
    }, wait);
    this.#waiting.unref();
  }

  /** What is waited for does not come. */
  close(): void {
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#waiting = null;
  }

  #collect(gc: CacheGc): void {
    this.close();
    this.#looked = { at: Date.now(), gc };
    this.#cache
      .collect((disk) => gcRules(gc, disk))
      .catch((error: unknown) => {
        this.#logger.warn('the build cache could not be made smaller', { error });
      });
  }
}
