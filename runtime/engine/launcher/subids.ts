import { readFile } from 'node:fs/promises';

/** One range of subordinate ids of a user (subuid(5)). */
export interface SubordinateRange {
  readonly first: number;
  readonly count: number;
}

/**
 * The ranges that a subuid(5) or subgid(5) file gives to a user, by name or number. Lines that are malformed, and
 * ranges that hold the user's own id (which would be mapped twice), are left out.
 */
export function parseSubordinateIds(text: string, userName: string, userId: number): SubordinateRange[] {
  const ranges: SubordinateRange[] = [];
  for (const line of text.split('\n')) {
    const match = /^([^:#\s]+):(\d{1,10}):(\d{1,10})\s*$/.exec(line);
    if (match === null || (match[1] !== userName && match[1] !== String(userId))) continue;
    const first = Number(match[2]);
    const count = Number(match[3]);
    if (count === 0 || first + count > 0xffffffff || (userId >= first && userId < first + count)) continue;
    if (!ranges.some((range) => range.first === first)) ranges.push({ first, count });
  }
  return ranges;
}

/** The map newuidmap(1) takes: the user as root, then the ranges from 1 up. Null when there are no ranges. */
export function idMap(ownId: number, ranges: readonly SubordinateRange[]): string | null {
  if (ranges.length === 0) return null;
  const parts = [`0 ${ownId} 1`];
  let inside = 1;
  for (const range of ranges) {
    parts.push(`${inside} ${range.first} ${range.count}`);
    inside += range.count;
  }
  return parts.join(' ');
}

async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The user's id maps from /etc/subuid and /etc/subgid; null when either file has no range for the user. */
export async function readIdMaps(
  userName: string,
  userId: number,
  groupId: number,
): Promise<{ uids: string; gids: string } | null> {
  const [users, groups] = await Promise.all([readOptional('/etc/subuid'), readOptional('/etc/subgid')]);
  const uids = idMap(userId, parseSubordinateIds(users, userName, userId));
  const gids = idMap(groupId, parseSubordinateIds(groups, userName, userId));
  return uids === null || gids === null ? null : { uids, gids };
}
