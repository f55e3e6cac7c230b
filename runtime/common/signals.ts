import { constants } from 'node:os';

/** SIGRTMIN of glibc; signals above it are named SIGRTMIN+n. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/**
 * Number of a signal given as Docker takes it: `9`, `KILL`, `SIGKILL` (any case), `RTMIN+3`. Returns null when there is
 * no such signal.
 */
export function signalNumber(text: string): number | null {
  if (/^\d{1,3}$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= SIGRTMAX ? number : null;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realtime = /^RT(MIN|MAX)([+-]\d{1,2})?$/.exec(name);
  if (realtime !== null) {
    const number = (realtime[1] === 'MIN' ? SIGRTMIN : SIGRTMAX) + Number(realtime[2] ?? 0);
    return number >= SIGRTMIN && number <= SIGRTMAX ? number : null;
  }
  const signals: Readonly<Record<string, number>> = constants.signals;
  return signals[`SIG${name}`] ?? null;
}
