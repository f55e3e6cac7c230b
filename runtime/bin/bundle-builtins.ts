import type { Plugin } from 'esbuild';

/** Modules some of whose exports are getters that load a great deal: `http` the whole of `fetch` for `WebSocket`. */
const COSTLY = /^node:(?:http|process)$/;

/**
 * Takes the exports of costly built-in modules one by one. An `import` of such a module reads all of its exports, lazy ones
 * too: 50 ms and 13 MB for `http`, whose getters nobody here uses. Those are left out; a bundle that names one is
 * refused by esbuild.
 */
export const builtinsWithoutGetters: Plugin = {
  name: 'builtins-without-getters',
  setup(build) {
    build.onResolve({ filter: COSTLY }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: COSTLY, namespace: 'builtin' }, ({ path }) => {
      const loaded = process.getBuiltinModule(path) as object;
      const names = Object.entries(Object.getOwnPropertyDescriptors(loaded))
        .filter(([name, descriptor]) => 'value' in descriptor && /^[A-Za-z_]\w*$/.test(name))
        .map(([name]) => name);
      return {
        contents: `const loaded = process.getBuiltinModule(${JSON.stringify(path)});
          export default loaded;
          ${names.map((name) => `const $${name} = loaded.${name};`).join('\n')}
          export { ${names.map((name) => `$${name} as ${name}`).join(', ')} };`,
      };
    });
  },
};
