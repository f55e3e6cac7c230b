/** Belongs into the title of a test that some machines must skip, so that the report names the reason there. */
export function needs(what: string, holds: boolean): string {
  return holds ? '' : ` (skipped: needs ${what})`;
}
