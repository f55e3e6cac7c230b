import type { Plugin } from 'esbuild';

const BUILTIN = /^node:/;

/** Functions behind getters that we call. */
const CALLED: readonly string[] = ['parseArgs'];

/**
 * Takes the exports of built-in modules one by one. An `import` of such a module reads all of its exports, those too
 * whose getters load a great deal (50 ms and 13 MB for `http`, the whole of `fetch` behind its `WebSocket`), and makes
 * a module of its own for each that is imported. Functions that we call are fetched at the call; anything else behind a
 * getter is left out, and a bundle that names it is refused by esbuild.
 */
export const builtinsWithoutGetters: Plugin = {
  name: 'builtins-without-getters',
  setup(build) {
    build.onResolve({ filter: BUILTIN }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: BUILTIN, namespace: 'builtin' }, ({ path }) => {
      const loaded = process.getBuiltinModule(path) as object;
      const exported = Object.entries(Object.getOwnPropertyDescriptors(loaded)).flatMap(
        ([name, descriptor]): [string, string][] => {
          if (!/^[A-Za-z_]\w*$/.test(name)) return [];
          if ('value' in descriptor) return [[name, `loaded.${name}`]];
          return CALLED.includes(name) ? [[name, `(...words) => loaded.${name}(...words)`]] : [];
        },
      );
      return {
        contents: `const loaded = process.getBuiltinModule(${JSON.stringify(path)});
          export default loaded;
          ${exported.map(([name, value]) => `const $${name} = ${value};`).join('\n')}
          export { ${exported.map(([name]) => `$${name} as ${name}`).join(', ')} };`,
      };
    });
  },
};
