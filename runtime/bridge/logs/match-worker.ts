/** Worker thread that looks for expressions in logs: one that goes astray ends with this thread, and holds nobody up. */
import { parentPort, workerData } from 'node:worker_threads';
import { logPattern } from '../../contract/log-pattern.ts';
import { AlertScanner } from './alert-scanner.ts';
import { LogScanner } from './log-scanner.ts';
import type { FromMatcher, Scanned, ToMatcher } from './match-messages.ts';

/** Which rule is being tried, for whoever ends this thread. */
const looking = new Int32Array(workerData as SharedArrayBuffer);
const scanners = new Map<number, (bytes: Uint8Array | null) => Scanned>();

function begin(message: Extract<ToMatcher, { kind: 'search' | 'watch' }>): (bytes: Uint8Array | null) => Scanned {
  if (message.kind === 'search') {
    const scanner = new LogScanner(logPattern(message.pattern, message.regex), message.context);
    return (bytes) => {
      const matches = bytes === null ? scanner.end() : scanner.push(bytes);
      return { matches, hits: [], lines: scanner.lines, last: '' };
    };
  }
  const scanner = new AlertScanner(message.rules, (rule) => {
    looking[0] = rule;
  });
  return (bytes) => {
    const hits = bytes === null ? [] : scanner.push(bytes);
    return { matches: [], hits, lines: 0, last: scanner.last };
  };
}

parentPort?.postMessage('ready');
parentPort?.on('message', (message: ToMatcher) => {
  switch (message.kind) {
    case 'search':
    case 'watch':
      scanners.set(message.scan, begin(message));
      break;
    case 'close':
      scanners.delete(message.scan);
      break;
    case 'scan': {
      const scanned = scanners.get(message.scan)?.(message.bytes) ?? { matches: [], hits: [], lines: 0, last: '' };
      const answer: FromMatcher = { ...scanned, question: message.question };
      parentPort?.postMessage(answer);
    }
  }
});
