/** The engine in a process of its own: the app starts it, and main supervises it. Containers outlive it. */
import { messageOf } from '../../runtime/common/errors.ts';
import { createLogger } from '../../runtime/common/logger.ts';
import { socketAnswers } from '../../runtime/common/socket-answers.ts';
import { startEngine } from '../../runtime/engine/engine.ts';
import type { FromEngine } from '../messages/engine.ts';
import { chosenPaths } from './chosen-paths.ts';

const say = (message: FromEngine): void => {
  process.parentPort.postMessage(message);
};
const paths = chosenPaths(process.argv.slice(2));
// Another engine may run there, as a service or for `docker` on a terminal: then that one is shown.
const taken = await socketAnswers(paths.socket);
say({ kind: 'place', socketPath: paths.socket, taken });
if (taken) process.exit(0);

try {
  const engine = await startEngine(paths, createLogger('info'));
  const stop = (): void => {
    engine.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`the engine did not end well: ${messageOf(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.on('SIGHUP', () => {
    engine.reload();
  });
  // Main has one thing to say: that it is time to end.
  process.parentPort.on('message', stop);
  say({ kind: 'listening' });
} catch (error) {
  say({ kind: 'failed', text: messageOf(error) });
  process.exit(1);
}
