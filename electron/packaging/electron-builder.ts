import type { Configuration } from 'electron-builder';

/**
 * Packages for Linux: deb, AppImage, and the bare directory, which needs no network. Only what is listed goes in.
 * Engine and launcher are unpacked, because nothing can be executed from inside the archive.
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
    'runtime/{bin,cli,common,engine}/**/*.{ts,mjs}',
    '!**/*.test.ts',
    'build/launcher',
    'node_modules/node-pty/{package.json,lib/**/*.js,build/Release/pty.node}',
    'package.json',
  ],
  asarUnpack: ['build/launcher', 'runtime/**', 'node_modules/node-pty/build/Release/**'],
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
