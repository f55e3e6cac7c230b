import { create } from 'zustand';

/** Names of the projects whose containers are hidden below their line. It outlives the screen. */
export const useFolded = create<ReadonlySet<string>>(() => new Set());

/** Hides a project's containers, or shows them again. */
export function toggleFolded(project: string): void {
  const next = new Set(useFolded.getState());
  if (!next.delete(project)) next.add(project);
  useFolded.setState(next, true);
}
