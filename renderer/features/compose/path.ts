/** Address of a project. */
export function projectPath(name: string): string {
  return `/compose/${encodeURIComponent(name)}`;
}
