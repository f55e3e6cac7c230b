import type { Configuration } from 'electron-builder';

/**
 * Packages for Linux: deb, AppImage, and the bare directory, which needs no network. Only what is listed goes in.
 * Engine and launcher are unpacked with all they need, because nothing can be executed from inside the archive.
 */
const configuration: Configuration = {
  appId: 'dev.berth.app',
  productName: 'Berth',
  copyright: 'Apache License 2.0',
  directories: { output: 'dist/packages', buildResources: 'assets/icons' },
  files: [
    'dist/electron/*.{mjs,cjs}',
    'dist/renderer/**',
    '!dist/renderer/**/*.map',
    'dist/runtime/*.mjs',
    'assets/*.json',
    'build/launcher/berth-launcher',
    'package.json',
    // Dependencies come by themselves, but all are in the bundles, save one that is native and one that is loaded late.
    '!node_modules/!(node-pty|yaml)/**',
    '!node_modules/@*/**',
    '!node_modules/**/*.{ts,cts,mts,map,md,cc,h,gyp,gypi}',
    '!node_modules/yaml/browser/**',
    '!node_modules/node-pty/{scripts,src,third_party,deps,typings}/**',
    '!node_modules/node-pty/prebuilds/{darwin,win32}-*/**',
  ],
  asarUnpack: ['build/**', 'dist/runtime/**', 'assets/**', 'node_modules/**', 'package.json'],
  protocols: [{ name: 'Berth', schemes: ['berth'] }],
  // node-pty is N-API: one build serves Node and Electron.
  npmRebuild: false,
  linux: {
    target: ['dir', 'deb', 'AppImage'],
    category: 'Development',
    synopsis: 'A desktop app that is a container engine',
    executableName: 'berth-app',
  },
  deb: { depends: ['uidmap', 'passt | slirp4netns', 'nftables'] },
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
};
export default configuration;
