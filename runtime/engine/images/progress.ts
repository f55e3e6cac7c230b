/** One line of the JSON stream that Docker's pull, push, load and import answer with. */
export interface ProgressMessage {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly stream?: string;
  readonly aux?: Readonly<Record<string, unknown>>;
  readonly errorDetail?: { readonly message: string };
  readonly error?: string;
}

export type OnProgress = (message: ProgressMessage) => void;

/** ms between two progress lines of one layer: what a terminal can show. */
const INTERVAL = 100;

/** Short form of a digest, as progress lines and tables show it. */
export function shortId(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** Progress of one layer, with the moving lines thinned out. */
export class LayerProgress {
  readonly #emit: OnProgress;
  readonly #id: string;
  #last = 0;

  constructor(emit: OnProgress, id: string) {
    this.#emit = emit;
    this.#id = id;
  }

  say(status: string): void {
    this.#emit({ status, progressDetail: {}, id: this.#id });
  }

  move(status: string, current: number, total: number): void {
    const now = performance.now();
    if (now - this.#last < INTERVAL && current < total) return;
    this.#last = now;
    this.#emit({ status, progressDetail: { current, total }, id: this.#id });
  }
}
