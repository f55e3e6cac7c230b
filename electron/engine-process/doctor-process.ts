/** Examines the machine and the app's own store once: reading every blob would hold the engine up in its own process. */
import { examineEngine } from '../../runtime/bin/examine-engine.ts';
import { messageOf } from '../../runtime/common/errors.ts';
import type { FromDoctor } from '../messages/doctor.ts';
import { chosenPaths } from './chosen-paths.ts';

const say = (message: FromDoctor): void => {
  process.parentPort.postMessage(message);
};
try {
  const words = process.argv.slice(2);
  say({ kind: 'found', findings: await examineEngine(chosenPaths(words), words.includes('--deep')) });
} catch (error) {
  say({ kind: 'failed', text: messageOf(error) });
}
