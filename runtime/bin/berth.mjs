#!/usr/bin/env node
// Plain JavaScript that any Node can read: it makes sure that the rest runs on Node 24, which strips types and has
// SQLite. A Node 24 comes with the project as the package `node`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const REQUIRED_MAJOR = 24;
const main = new URL('./berth.ts', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= REQUIRED_MAJOR) {
  await import(main.href);
} else {
  const node = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`berth needs Node ${REQUIRED_MAJOR} or newer (${error.message}); run npm ci, which brings one`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
