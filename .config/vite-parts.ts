import type { Plugin } from 'vite';

/** Writes `parts.json` beside the page: the scripts and style sheets that it may come to need, by their addresses. */
export function parts(): Plugin {
  return {
    name: 'berth-parts',
    generateBundle(_options, bundle) {
      const names = Object.keys(bundle)
        .filter((name) => /^assets\/.*\.(js|css)$/.test(name))
        .sort();
      this.emitFile({ type: 'asset', fileName: 'parts.json', source: JSON.stringify(names) });
    },
  };
}
