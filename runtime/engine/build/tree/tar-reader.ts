import { EngineError } from '../../errors.ts';

/** What the header of one member of an archive says. */
export interface TarMember {
  /** As it stands in the archive. */
  readonly name: string;
  readonly type: 'file' | 'link' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo';
  /** Permission bits, set-id bits included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow. */
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
  /** Target of a link. */
  readonly link: string;
  readonly major: number;
  readonly minor: number;
  /** Extended attributes, by name. */
  readonly attributes: ReadonlyMap<string, Buffer>;
}

/** Takes the content of one member. */
export interface MemberSink {
  data(chunk: Buffer): Promise<void> | void;
  end(): Promise<void> | void;
}

const BLOCK = 512;
/** Bytes of an extended header: far more than any name or attribute that the kernel takes. */
const HEADER_SIZE_MAX = 1024 * 1024;

const TYPES: Readonly<Record<string, TarMember['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** What extended headers say of the next member. */
interface Extension {
  name?: string;
  link?: string;
  size?: number;
  uid?: number;
  gid?: number;
  modified?: bigint;
  attributes?: Map<string, Buffer>;
}

/**
 * Reads a plain archive (ustar, GNU and PAX forms) member by member. `visit` is told of each, with the bytes of its
 * headers, and gives a sink for its content, or null to pass it over. Throws `invalid` for what is no archive.
 */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  visit: (member: TarMember, headers: Buffer) => MemberSink | null | Promise<MemberSink | null>,
): Promise<void> {
  const input = new Input(source);
  let extension: Extension = {};
  let headers: Buffer[] = [];
  for (;;) {
    const block = await input.take(BLOCK);
    if (block === null) return;
    if (block.every((byte) => byte === 0)) {
      await input.drain();
      return;
    }
    checkSum(block);
    headers.push(block);
    const type = String.fromCharCode(block[156] ?? 0);
    const size = number(block, 124, 12);
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      const body = await readBody(input, size);
      headers.push(body);
      const text = body.subarray(0, size);
      if (type === 'x') extension = { ...extension, ...paxFields(text) };
      else if (type === 'L') extension.name = cString(text);
      else if (type === 'K') extension.link = cString(text);
      continue;
    }
    const member = memberOf(block, type, size, extension);
    const sink = await visit(member, headers.length === 1 ? block : Buffer.concat(headers));
    extension = {};
    headers = [];
    await passContent(input, member.size, sink);
  }
}

async function readBody(input: Input, size: number): Promise<Buffer> {
  if (size > HEADER_SIZE_MAX) throw malformed('an extended header is too large');
  const body = await input.take(padded(size));
  if (body === null) throw malformed('it ends in the middle of a header');
  return body;
}

async function passContent(input: Input, size: number, sink: MemberSink | null): Promise<void> {
  let left = size;
  while (left > 0) {
    const chunk = await input.some(left);
    if (chunk === null) throw malformed('it ends in the middle of a file');
    left -= chunk.length;
    const taken = sink?.data(chunk);
    if (taken !== undefined) await taken;
  }
  await input.skip(padded(size) - size);
  const ended = sink?.end();
  if (ended !== undefined) await ended;
}

function memberOf(block: Buffer, typeFlag: string, size: number, extension: Extension): TarMember {
  if (typeFlag === 'S') throw malformed('it holds a sparse file, which is not supported');
  const type = TYPES[typeFlag];
  if (type === undefined) throw malformed(`it holds an entry of the unknown type ${JSON.stringify(typeFlag)}`);
  const isUstar = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0;
  const prefix = isUstar ? cString(block.subarray(345, 500)) : '';
  const short = cString(block.subarray(0, 100));
  const name = extension.name ?? (prefix === '' ? short : `${prefix}/${short}`);
  const isDirectory = type === 'directory' || (type === 'file' && name.endsWith('/'));
  return {
    name,
    type: isDirectory ? 'directory' : type,
    mode: number(block, 100, 8) & 0o7777,
    uid: extension.uid ?? number(block, 108, 8),
    gid: extension.gid ?? number(block, 116, 8),
    size: isDirectory || type !== 'file' ? 0 : (extension.size ?? size),
    modified: extension.modified ?? BigInt(number(block, 136, 12)) * 1_000_000_000n,
    link: extension.link ?? cString(block.subarray(157, 257)),
    major: type === 'char' || type === 'block' ? number(block, 329, 8) : 0,
    minor: type === 'char' || type === 'block' ? number(block, 337, 8) : 0,
    attributes: extension.attributes ?? NO_ATTRIBUTES,
  };
}

const NO_ATTRIBUTES: ReadonlyMap<string, Buffer> = new Map();

/** The records `LENGTH KEY=VALUE\n` of a PAX header. */
function paxFields(text: Buffer): Extension {
  const fields: Extension = {};
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(0x20, at);
    const length = Number(text.toString('latin1', at, space));
    const equals = text.indexOf(0x3d, space);
    if (space < 0 || equals < 0 || !Number.isInteger(length) || length <= 0 || at + length > text.length)
      throw malformed('an extended header is damaged');
    const key = text.toString('utf8', space + 1, equals);
    const value = text.subarray(equals + 1, at + length - 1);
    at += length;
    if (key === 'path') fields.name = value.toString();
    else if (key === 'linkpath') fields.link = value.toString();
    else if (key === 'size') fields.size = Number(value);
    else if (key === 'uid') fields.uid = Number(value);
    else if (key === 'gid') fields.gid = Number(value);
    else if (key === 'mtime') fields.modified = nanoseconds(value.toString());
    else if (key.startsWith('SCHILY.xattr.'))
      (fields.attributes ??= new Map()).set(key.slice('SCHILY.xattr.'.length), Buffer.from(value));
    else if (key.startsWith('GNU.sparse.')) throw malformed('it holds a sparse file, which is not supported');
  }
  return fields;
}

function nanoseconds(text: string): bigint {
  const [, sign = '', seconds = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  const value = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
  return sign === '' ? value : -value;
}

/** An octal number, or GNU's binary form for what does not fit. */
function number(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f;
    for (let index = at + 1; index < at + length; index += 1) value = value * 256 + (block[index] ?? 0);
    if (!Number.isSafeInteger(value)) throw malformed('a number is too large');
    return value;
  }
  const text = cString(block.subarray(at, at + length)).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw malformed('a number is damaged');
  return Number.parseInt(text, 8);
}

function checkSum(block: Buffer): void {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK; index += 1) if (index < 148 || index >= 156) sum += block[index] ?? 0;
  if (sum !== number(block, 148, 8)) throw malformed('a header is damaged');
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function malformed(why: string): EngineError {
  return new EngineError('invalid', `the archive cannot be read: ${why}`);
}

/** Bytes as they come, given out in the portions that are asked for. */
class Input {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    return true;
  }

  /** Exactly `size` bytes, or null at the end. Throws when it ends inside them. */
  async take(size: number): Promise<Buffer | null> {
    while (this.#held.length < size) {
      if (await this.#more()) continue;
      if (this.#held.length === 0) return null;
      throw malformed('it ends in the middle of a block');
    }
    const taken = this.#held.subarray(0, size);
    this.#held = this.#held.subarray(size);
    return taken;
  }

  /** Some bytes, at most `most`; null at the end. */
  async some(most: number): Promise<Buffer | null> {
    while (this.#held.length === 0) if (!(await this.#more())) return null;
    const taken = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /**
   * Passes over padding, as much of it as there is: after the last file none need follow. docker's client sends contexts
   * so whose Dockerfile it was given on its standard input.
   */
  async skip(size: number): Promise<void> {
    for (let left = size; left > 0;) {
      const chunk = await this.some(left);
      if (chunk === null) return;
      left -= chunk.length;
    }
  }

  /** What follows the end mark is padding. */
  async drain(): Promise<void> {
    this.#held = Buffer.alloc(0);
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return;
    }
  }
}
