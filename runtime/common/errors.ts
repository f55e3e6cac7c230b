/** What Node says of a system call that failed: its code, the reason, the call and what it was about. */
const SYSTEM_ERROR = /^E[A-Z0-9]+: ([^,]+), (\w+)(?: '(.*?)')?(?: -> '(.*)')?$/s;

/**
 * The sentence of any thrown value. Of a failed system call it says what failed and why, as Docker's own errors do:
 * `mkdir /var/lib/x: read-only file system`.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, reason = '', ...about] = SYSTEM_ERROR.exec(error.message) ?? [];
  // What did not match is undefined, whatever the types say.
  return reason === '' ? error.message : `${about.filter(Boolean).join(' ')}: ${reason}`;
}
