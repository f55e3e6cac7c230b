import { goTime } from './list.ts';

/** An RFC 3339 time as Go prints it, with the part of a second it has. */
export function goStampText(stamp: string): string {
  const fraction = /\.(\d*?)0*(?=[Z+-])/.exec(stamp)?.[1] ?? '';
  // Both are in the engine's zone in Docker's answers; ours are in UTC.
  return stamp.endsWith('Z') && fraction !== ''
    ? `${new Date(stamp).toISOString().slice(0, 19).replace('T', ' ')}.${fraction} +0000 UTC`
    : stamp.endsWith('Z')
      ? `${stamp.slice(0, 19).replace('T', ' ')} +0000 UTC`
      : goTime(Date.parse(stamp) / 1000, fraction === '' ? '' : `.${fraction}`);
}
