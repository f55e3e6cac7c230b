/** One message of a pull, push or load. */
export interface ProgressLine {
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly stream?: string;
  readonly error?: string;
}

/** Prints progress: layers redrawn in place on a terminal, one line per change of state elsewhere. */
export class ProgressPrinter {
  readonly #sink: NodeJS.WriteStream;
  readonly #rows = new Map<string, number>();

  constructor(sink: NodeJS.WriteStream) {
    this.#sink = sink;
  }

  print(line: ProgressLine): void {
    if (line.stream !== undefined) {
      this.#sink.write(line.stream);
      return;
    }
    if (line.status === undefined) return;
    const id = line.id ?? '';
    const text = `${id === '' ? '' : `${id}: `}${line.status}`;
    if (!this.#sink.isTTY || id === '') {
      if ((line.progressDetail?.total ?? 0) === 0 || !this.#sink.isTTY) this.#printPlain(text, line);
      return;
    }
    const row = this.#rows.get(id);
    if (row === undefined) {
      this.#rows.set(id, this.#rows.size);
      this.#sink.write(`${text}${bar(line)}\n`);
      return;
    }
    const up = this.#rows.size - row;
    this.#sink.write(`\u001b[${up}A\r\u001b[2K${text}${bar(line)}\u001b[${up}B\r`);
  }

  #printPlain(text: string, line: ProgressLine): void {
    if ((line.progressDetail?.current ?? 0) > 0) return; // Bytes that move are only for eyes.
    this.#rows.clear();
    this.#sink.write(`${text}\n`);
  }
}

function bar({ progressDetail }: ProgressLine): string {
  const { current = 0, total = 0 } = progressDetail ?? {};
  if (total <= 0) return '';
  const done = Math.min(50, Math.floor((current / total) * 50));
  return ` [${'='.repeat(done)}>${' '.repeat(50 - done)}] ${Math.floor((current / total) * 100)}%`;
}
