import react from '@vitejs/plugin-react';
import { join } from 'node:path';
import { defineConfig } from 'vite';
import { about } from './vite-about.ts';
import { parts } from './vite-parts.ts';

/** Builds the page (`renderer/`) into `dist/renderer`, from where both hosts serve it. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react(), about(join(import.meta.dirname, '..')), parts()],
  publicDir: '../assets/public',
  css: { transformer: 'lightningcss' },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome130',
    // The page's policy forbids what the polyfill does, and every browser it runs in preloads by itself.
    modulePreload: { polyfill: false },
    // Inlined files would be data: URLs, which the policy forbids for fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      // React dominates the first load and changes least: kept apart so that it stays cached across releases.
      output: { codeSplitting: { groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// }] } },
    },
  },
});
