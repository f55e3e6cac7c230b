// Bundles the engine and the command into dist/runtime, as packages have them: `node runtime/bin/bundle.ts`. One file
// each instead of 400 modules halves the time an engine takes to start.
import { build } from 'esbuild';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../common/project-root.ts';
import { builtinsWithoutGetters } from './bundle-builtins.ts';

const directory = join(projectRoot, 'dist/runtime');
await rm(directory, { recursive: true, force: true });
await build({
  absWorkingDir: projectRoot,
  entryPoints: {
    main: 'runtime/bin/berth.ts',
    'layer-worker': 'runtime/engine/store/layer-worker.ts',
    'checkpoint-worker': 'runtime/engine/store/checkpoint-worker.ts',
    'match-worker': 'runtime/bridge/logs/match-worker.ts',
    'engine-process': 'electron/engine-process/engine-process.ts',
    'doctor-process': 'electron/engine-process/doctor-process.ts',
  },
  outdir: directory,
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Names stay, so that a stack trace in a report can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  // Native, and what only builds the page from its sources.
  external: ['node-pty', 'vite', 'esbuild'],
  plugins: [builtinsWithoutGetters],
  // Gives bundled CommonJS modules the `require` that ES modules lack.
  banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
});
await copyFile(join(projectRoot, 'runtime/bin/berth.mjs'), join(directory, 'berth.mjs'));
