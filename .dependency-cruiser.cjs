/** Who may import whom. One fence beside the tsconfig of each environment and the lint rules. */
const inside = (path) => `^${path}/`;
/** `from` may import its own folder and what is listed; anything else of the project is an error. */
function fence(name, from, allowed, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: inside(from), pathNot: '\\.test\\.tsx?$|/testing/|/test/' },
    to: {
      path: '^(runtime|renderer|electron|e2e)/',
      pathNot: [from, ...allowed].map(inside).join('|'),
    },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Types may know each other; code may not.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['\\.d\\.ts$', '\\.test\\.tsx?$', '^e2e/', '^[^/]+$', '\\.config\\.[cm]?[jt]s$', '\\.mjs$'],
      },
      to: {},
    },
    fence('contract', 'runtime/contract', [], 'The contract runs anywhere and knows nobody.'),
    fence('rpc', 'runtime/rpc', ['runtime/contract']),
    fence('common', 'runtime/common', []),
    fence('engine', 'runtime/engine', ['runtime/common'], 'The engine is driven by its public API only.'),
    fence(
      'bridge',
      'runtime/bridge',
      ['runtime/contract', 'runtime/rpc', 'runtime/compose', 'runtime/common'],
      'The bridge speaks the Docker API and never imports the engine.',
    ),
    fence('compose', 'runtime/compose', ['runtime/common'], 'Compose drives any engine by the Docker API.'),
    fence('cli', 'runtime/cli', ['runtime/compose', 'runtime/common']),
    fence('web', 'runtime/web', ['runtime/bridge', 'runtime/rpc', 'runtime/contract', 'runtime/common']),
    fence('bin', 'runtime/bin', ['runtime']),
    fence('electron-messages', 'electron/messages', ['runtime/contract', 'runtime/common']),
    fence('electron-main', 'electron/main', [
      'electron/messages',
      'electron/packaging',
      'runtime/contract',
      'runtime/common',
    ]),
    fence(
      'electron-engine',
      'electron/engine-process',
      ['electron/messages', 'runtime/bin', 'runtime/engine', 'runtime/common'],
      'Only this process carries the engine.',
    ),
    fence('electron-preload', 'electron/preload', ['runtime/contract']),
    fence('electron-bridge', 'electron/bridge-process', [
      'electron/messages',
      'runtime/bridge',
      'runtime/rpc',
      'runtime/contract',
      'runtime/common',
    ]),
    fence('strings', 'renderer/strings', [], 'Texts know nobody.'),
    fence('ui', 'renderer/ui', ['renderer/strings'], 'The design system knows no container.'),
    fence('platform', 'renderer/platform', ['renderer/strings', 'runtime/contract', 'runtime/rpc']),
    fence('data', 'renderer/data', [
      'renderer/platform',
      'renderer/strings',
      'renderer/ui',
      'runtime/contract',
      'runtime/rpc',
    ]),
    fence('features', 'renderer/features', [
      'renderer/strings',
      'renderer/ui',
      'renderer/data',
      'renderer/platform',
      'runtime/contract',
      'runtime/rpc',
    ]),
    fence('app', 'renderer/app', ['renderer', 'runtime/contract', 'runtime/rpc']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^(\\.cache|dist|build)/' },
  },
};
