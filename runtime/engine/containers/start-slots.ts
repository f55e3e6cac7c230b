import { availableParallelism } from 'node:os';
import { Slots } from '../store/slots.ts';

/** A start that takes longer (in milliseconds) waits for something else than a processor: a disk, a server of files. */
const PATIENCE_MS = 500;

/**
 * Places of starts that are under way. A start is nearly all work of the processors, so that more at once are no sooner
 * done; but they keep every other request waiting: with 64 at once on two processors a list took 20 times as long.
 */
export function startSlots(): Slots {
  return new Slots(availableParallelism() + 1, PATIENCE_MS);
}
