/** Which line of a log is meant: its time (RFC 3339), and how many lines before it are of that time, too. */
export interface LinePlace {
  readonly time: string;
  readonly nth: number;
}

/** Address of a container's log at a line. */
export function logPathAt(id: string, { time, nth }: LinePlace): string {
  return `/containers/${id}/logs/${time}${nth === 0 ? '' : `~${String(nth)}`}`;
}

/** The line that an address has in it. */
export function placeOf(address: string): LinePlace {
  const [time = '', nth = ''] = address.split('~', 2);
  return { time, nth: /^\d{1,6}$/.test(nth) ? Number(nth) : 0 };
}
