/** What kind of file a mode tells of. */
export type FileKind = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo';

/** Bits of Go's `io/fs.FileMode` above the permissions. */
const BITS = {
  directory: 0x8000_0000,
  symlink: 0x0800_0000,
  device: 0x0400_0000,
  pipe: 0x0200_0000,
  socket: 0x0100_0000,
  setuid: 0x0080_0000,
  setgid: 0x0040_0000,
  charDevice: 0x0020_0000,
  sticky: 0x0010_0000,
  irregular: 0x0008_0000,
} as const;
const PERMISSIONS = 0o777;

/** Kind of a file by Go's mode; null for one that is not copied: a socket, or something unknown. */
export function kindOfMode(mode: number): FileKind | null {
  const has = (bit: number): boolean => (mode & bit) !== 0;
  if (has(BITS.directory)) return 'directory';
  if (has(BITS.symlink)) return 'symlink';
  if (has(BITS.device)) return has(BITS.charDevice) ? 'char' : 'block';
  if (has(BITS.pipe)) return 'fifo';
  return has(BITS.socket) || has(BITS.irregular) ? null : 'file';
}

/** Go's mode as POSIX permission bits, set-id bits included. */
export function permissionsOfMode(mode: number): number {
  return (
    (mode & PERMISSIONS) |
    (mode & BITS.setuid ? 0o4000 : 0) |
    (mode & BITS.setgid ? 0o2000 : 0) |
    (mode & BITS.sticky ? 0o1000 : 0)
  );
}

const KIND_BITS: Readonly<Record<FileKind, number>> = {
  file: 0,
  directory: BITS.directory,
  symlink: BITS.symlink,
  char: BITS.device + BITS.charDevice,
  block: BITS.device,
  fifo: BITS.pipe,
};

/** The reverse of both. */
export function goMode(kind: FileKind, permissions: number): number {
  const special =
    (permissions & 0o4000 ? BITS.setuid : 0) +
    (permissions & 0o2000 ? BITS.setgid : 0) +
    (permissions & 0o1000 ? BITS.sticky : 0);
  return KIND_BITS[kind] + special + (permissions & PERMISSIONS);
}
