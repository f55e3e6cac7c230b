const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CTRL_U = 0x15;
const ESCAPE = 0x1b;
const DELETE = 0x7f;
/** One more than this and the kernel, too, would take no more in a line (`MAX_CANON` of Linux, 4,096 with its end). */
const MAX_LINE_BYTES = 4095;

/** What becomes of what is typed. */
export interface LineDisciplineTargets {
  /** Shows on the terminal what was typed. */
  echo(text: string): void;
  /** A whole line, or what was typed before Ctrl+D. */
  send(bytes: Uint8Array): Promise<void>;
  interrupt(): void;
  /** Ctrl+D on an empty line: there is no more. */
  end(): void;
}

/**
 * What a terminal in its canonical mode does, for a program that has none of its own (termios(3), ICANON and ECHO): shows
 * what is typed, lets it be corrected, and hands it over line by line.
 */
export class LineDiscipline {
  readonly #targets: LineDisciplineTargets;
  #line: number[] = [];
  #inEscape = false;

  constructor(targets: LineDisciplineTargets) {
    this.#targets = targets;
  }

  /** Takes what was typed. Resolves when the program can take more. */
  async input(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) await this.#take(byte);
  }

  async #take(byte: number): Promise<void> {
    if (this.#inEscape) {
      // An arrow or another key that sends a sequence; its last byte is a letter or "~" (ECMA-48, 5.4).
      if (byte >= 0x40 && byte !== 0x5b && byte !== 0x4f) this.#inEscape = false;
      return;
    }
    switch (byte) {
      case ESCAPE:
        this.#inEscape = true;
        return;
      case CTRL_C:
        this.#line = [];
        this.#targets.echo('^C\r\n');
        this.#targets.interrupt();
        return;
      case CTRL_D:
        if (this.#line.length === 0) this.#targets.end();
        else await this.#hand();
        return;
      case BACKSPACE:
      case DELETE:
        this.#erase();
        return;
      case CTRL_U:
        while (this.#line.length > 0) this.#erase();
        return;
      case CARRIAGE_RETURN:
      case LINE_FEED:
        this.#targets.echo('\r\n');
        this.#line.push(LINE_FEED);
        await this.#hand();
        return;
      default:
        if (byte < 0x20 && byte !== 0x09) return;
        if (this.#line.length >= MAX_LINE_BYTES) return;
        this.#line.push(byte);
        this.#show();
    }
  }

  /** Shows the last character once all of its bytes are there. */
  #show(): void {
    const start = this.#lastStart();
    const character = new TextDecoder().decode(Uint8Array.from(this.#line.slice(start)));
    if (!character.includes('\uFFFD')) this.#targets.echo(character);
  }

  #erase(): void {
    if (this.#line.length === 0) return;
    this.#line.length = this.#lastStart();
    this.#targets.echo('\b \b');
  }

  /** Where the last character begins: bytes that go on are 10xxxxxx (UTF-8). */
  #lastStart(): number {
    let start = this.#line.length - 1;
    while (start > 0 && ((this.#line[start] ?? 0) & 0xc0) === 0x80) start -= 1;
    return start;
  }

  async #hand(): Promise<void> {
    const line = Uint8Array.from(this.#line);
    this.#line = [];
    await this.#targets.send(line);
  }
}

/** Output of such a program for a terminal: a line feed alone would not go back to the left (OPOST, ONLCR). */
export function forTerminal(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(LINE_FEED)) return bytes;
  const shown: number[] = [];
  let before = 0;
  for (const byte of bytes) {
    if (byte === LINE_FEED && before !== CARRIAGE_RETURN) shown.push(CARRIAGE_RETURN);
    shown.push(byte);
    before = byte;
  }
  return Uint8Array.from(shown);
}
