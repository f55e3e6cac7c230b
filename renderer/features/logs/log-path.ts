/** Address of a container's log at a time (RFC 3339 with nanoseconds). */
export function logPathAt(id: string, time: string): string {
  return `/containers/${id}/logs/${time}`;
}
