/** What a dynamic loader must know of an ELF file (System V ABI, "Dynamic Linking"). */
export interface ElfFile {
  /** 1 for 32-bit, 2 for 64-bit; with the machine it tells whether a library fits. */
  readonly elfClass: number;
  readonly machine: number;
  /** PT_INTERP, the loader; null for libraries and static programs. */
  readonly interpreter: string | null;
  /** DT_NEEDED names, in order. */
  readonly needed: readonly string[];
  /** DT_RUNPATH, or DT_RPATH when there is none; `$ORIGIN` not yet replaced. */
  readonly searchPath: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

/** Parses a little-endian ELF file; null for anything else, damaged files included. */
export function parseElf(bytes: Buffer): ElfFile | null {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[5] !== 1) return null;
  try {
    return parse(bytes);
  } catch (error) {
    // An offset that points outside the file.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function parse(bytes: Buffer): ElfFile {
  const is64 = bytes[4] === 2;
  const word = (at: number): number => (is64 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at));
  const segments = readSegments(bytes, is64, word);
  const interp = segments.find(({ type }) => type === PT_INTERP);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  const entries = dynamic === undefined ? [] : readDynamic(dynamic, is64 ? 8 : 4, word);
  const table = entries.find(([tag]) => tag === DT_STRTAB)?.[1];
  const strings = table === undefined ? 0 : fileOffset(segments, table);
  const texts = (wanted: number): string[] =>
    entries.filter(([tag]) => tag === wanted).map(([, value]) => textAt(bytes, strings + value));
  const paths = texts(DT_RUNPATH).length > 0 ? texts(DT_RUNPATH) : texts(DT_RPATH);
  return {
    elfClass: bytes.readUInt8(4),
    machine: bytes.readUInt16LE(18),
    interpreter: interp === undefined ? null : textAt(bytes, interp.offset),
    needed: texts(DT_NEEDED),
    searchPath: paths.flatMap((path) => path.split(':')).filter((path) => path !== ''),
  };
}

function readSegments(bytes: Buffer, is64: boolean, word: (at: number) => number): Segment[] {
  const start = word(is64 ? 32 : 28);
  const size = bytes.readUInt16LE(is64 ? 54 : 42);
  const count = bytes.readUInt16LE(is64 ? 56 : 44);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: bytes.readUInt32LE(at),
      offset: word(at + (is64 ? 8 : 4)),
      address: word(at + (is64 ? 16 : 8)),
      fileSize: word(at + (is64 ? 32 : 16)),
    };
  });
}

function readDynamic(segment: Segment, width: number, word: (at: number) => number): [tag: number, value: number][] {
  const entries: [number, number][] = [];
  for (let at = segment.offset; at < segment.offset + segment.fileSize; at += 2 * width) {
    const tag = word(at);
    if (tag === 0) break;
    entries.push([tag, word(at + width)]);
  }
  return entries;
}

function fileOffset(segments: readonly Segment[], address: number): number {
  const load = segments.find(
    (segment) => segment.type === PT_LOAD && address >= segment.address && address < segment.address + segment.fileSize,
  );
  if (load === undefined) throw new RangeError('an address outside the file');
  return address - load.address + load.offset;
}

function textAt(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at);
  if (at < 0 || end < 0) throw new RangeError('a name outside the file');
  return bytes.toString('latin1', at, end);
}
