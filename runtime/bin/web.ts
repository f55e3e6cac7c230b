// The browser host alone, on an engine that is already running: `node runtime/bin/web.ts --host unix:///path`.
import { parseArgs } from 'node:util';
import { projectRoot } from '../common/project-root.ts';
import { openApp } from './app.ts';

const { values: options } = parseArgs({
  options: { host: { type: 'string', short: 'H' }, port: { type: 'string' }, cache: { type: 'string' } },
});
if (options.host?.startsWith('unix://') !== true) {
  process.stderr.write('usage: node runtime/bin/web.ts --host unix:///path/to/engine.sock [--port N]\n');
  process.exit(2);
}
const app = await openApp({
  root: projectRoot,
  socketPath: options.host.slice('unix://'.length),
  cacheDirectory: options.cache ?? '',
  webOnly: true,
  port: Number(options.port ?? 0),
  print: (line) => void process.stdout.write(`${line}\n`),
});
const stop = () => {
  app.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
