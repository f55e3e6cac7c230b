/** Worker thread that looks for expressions in logs: one that goes astray ends with this thread, and holds nobody up. */
import { parentPort } from 'node:worker_threads';
import { logPattern } from '../../contract/log-pattern.ts';
import { LogScanner } from './log-scanner.ts';
import type { FromMatcher, ToMatcher } from './match-messages.ts';

const scanners = new Map<number, LogScanner>();

parentPort?.on('message', (message: ToMatcher) => {
  switch (message.kind) {
    case 'open':
      scanners.set(message.scan, new LogScanner(logPattern(message.pattern, message.regex), message.context));
      break;
    case 'close':
      scanners.delete(message.scan);
      break;
    case 'scan': {
      const scanner = scanners.get(message.scan);
      const matches = (message.bytes === null ? scanner?.end() : scanner?.push(message.bytes)) ?? [];
      const answer: FromMatcher = { question: message.question, matches, lines: scanner?.lines ?? 0 };
      parentPort?.postMessage(answer);
    }
  }
});
