/** The Docker Engine API version this engine speaks (the reference document's). */
export const API_VERSION = '1.51';
/** The oldest version a client may ask for, as Docker 25 to 28 have it. */
export const MINIMUM_API_VERSION = '1.24';

/** Splits `/v1.41/containers/json` into its version (the newest when absent) and the path. */
export function parseVersionedPath(pathname: string): { version: readonly [number, number]; path: string } {
  const found = /^\/v(\d{1,3})\.(\d{1,3})(\/.*)$/.exec(pathname);
  if (found === null) {
    const [major, minor] = API_VERSION.split('.').map(Number);
    return { version: [major ?? 1, minor ?? 0], path: pathname };
  }
  return { version: [Number(found[1]), Number(found[2])], path: found[3] ?? '/' };
}
