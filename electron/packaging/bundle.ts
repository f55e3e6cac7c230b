// Bundles the desktop app's entries into dist/electron: `node electron/packaging/bundle.ts`.
import { build, type BuildOptions } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
  // Native, or given by Electron itself.
  external: ['electron', 'node-pty'],
};
/** Gives bundled CommonJS modules the `require` that ES modules lack. */
const banner = { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" };

await build({
  ...shared,
  entryPoints: ['electron/main/main.ts'],
  outfile: 'dist/electron/main.mjs',
  format: 'esm',
  banner,
});
await build({
  ...shared,
  entryPoints: ['electron/bridge-process/bridge-process.ts'],
  outfile: 'dist/electron/bridge.mjs',
  format: 'esm',
  banner,
});
await build({
  ...shared,
  entryPoints: ['runtime/bridge/logs/match-worker.ts'],
  outfile: 'dist/electron/match-worker.mjs',
  format: 'esm',
  banner,
});
// A sandboxed preload script must be one CommonJS file.
await build({
  ...shared,
  entryPoints: ['electron/preload/preload.ts'],
  outfile: 'dist/electron/preload.cjs',
  format: 'cjs',
  minify: true,
});
