import type { Session } from 'electron';

/** What the page may do without asking; everything else is refused without asking. */
const ALLOWED: ReadonlySet<string> = new Set(['clipboard-sanitized-write', 'clipboard-read', 'notifications']);

/** Whether a permission is granted to the page. */
export function isPermitted(permission: string): boolean {
  return ALLOWED.has(permission);
}

/** Sets the permissions of a session. Both handlers are needed: one answers requests, the other silent checks. */
export function restrictPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    answer(isPermitted(permission));
  });
  session.setPermissionCheckHandler((_contents, permission) => isPermitted(permission));
  session.setDevicePermissionHandler(() => false);
}
