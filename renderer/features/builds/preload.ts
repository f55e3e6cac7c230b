/**
 * Loads the page of a build ahead. Its address is gone to at the moment when the engine makes networks for the build's
 * containers, and a browser gives requests up while networks come and go.
 */
export async function preloadBuildView(): Promise<void> {
  try {
    await import('./BuildView.tsx');
  } catch {
    // Going there loads it again, and tells when that fails.
  }
}
