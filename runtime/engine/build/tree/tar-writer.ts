import type { TarMember } from './tar-reader.ts';

const BLOCK = 512;
const TYPE_FLAGS: Readonly<Record<TarMember['type'], string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};
/** Largest numbers of the octal fields. */
const ID_MAX = 0o7777777;
const SIZE_MAX = 0o77777777777;

/** The end of an archive. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

/** The header blocks of one member: ustar, with a PAX header before it where that is not enough. */
export function tarHeader(member: TarMember): Buffer {
  const name = member.type === 'directory' && !member.name.endsWith('/') ? `${member.name}/` : member.name;
  const records = paxRecords({ ...member, name });
  const header = ustar(name, member, TYPE_FLAGS[member.type], member.size);
  if (records.length === 0) return header;
  const body = Buffer.concat(records);
  const extended = ustar('PaxHeaders/entry', { ...member, mode: 0o644, uid: 0, gid: 0, link: '' }, 'x', body.length);
  return Buffer.concat([extended, body, tarPadding(body.length), header]);
}

/** The zeros after `size` bytes of content. */
export function tarPadding(size: number): Buffer {
  return TAR_END.subarray(0, (BLOCK - (size % BLOCK)) % BLOCK);
}

function paxRecords(member: TarMember): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: string | Buffer): void => {
    records.push(paxRecord(key, Buffer.from(value as string)));
  };
  if (Buffer.byteLength(member.name) > 100) add('path', member.name);
  if (Buffer.byteLength(member.link) > 100) add('linkpath', member.link);
  if (member.size > SIZE_MAX) add('size', String(member.size));
  if (member.uid > ID_MAX) add('uid', String(member.uid));
  if (member.gid > ID_MAX) add('gid', String(member.gid));
  if (member.modified < 0n || member.modified % 1_000_000_000n !== 0n) {
    const seconds = member.modified / 1_000_000_000n;
    const rest = member.modified % 1_000_000_000n;
    const fraction = (rest < 0n ? -rest : rest).toString().padStart(9, '0');
    add('mtime', `${member.modified < 0n && seconds === 0n ? '-' : ''}${seconds}.${fraction}`);
  }
  for (const [key, value] of member.attributes) add(`SCHILY.xattr.${key}`, value);
  return records;
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function ustar(name: string, member: TarMember, flag: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => {
    block.write(
      value
        .toString(8)
        .padStart(length - 1, '0')
        .slice(-(length - 1)),
      at,
      'latin1',
    );
  };
  block.write(name, 0, 100);
  octal(member.mode, 100, 8);
  octal(Math.min(member.uid, ID_MAX), 108, 8);
  octal(Math.min(member.gid, ID_MAX), 116, 8);
  octal(Math.min(size, SIZE_MAX), 124, 12);
  const seconds = member.modified < 0n ? 0 : Number(member.modified / 1_000_000_000n);
  octal(Math.min(seconds, SIZE_MAX), 136, 12);
  block.write(flag, 156, 'latin1');
  block.write(member.link, 157, 100);
  block.write('ustar\u000000', 257, 'latin1');
  octal(member.major, 329, 8);
  octal(member.minor, 337, 8);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return block;
}
