import type { EngineEvent } from '../../runtime/contract/contract.ts';
import type { Handlers, ServerChannel } from '../../runtime/rpc/server.ts';
import type { RunningContainer } from '../messages/bridge.ts';

/** Changes come in bursts (a project comes up); the tray is told once for each. In milliseconds. */
const QUIET_MS = 200;
/** How soon an engine that went away is asked again, in milliseconds. */
const RETRY_MS = 2000;

/**
 * Tells `report` which containers run, now and after every change, until `signal` is aborted. While no engine answers
 * there are none.
 */
export async function followRunning(
  handlers: Pick<Handlers, 'containers.list' | 'events'>,
  report: (containers: readonly RunningContainer[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = '[]';
  const tell = (containers: readonly RunningContainer[]): void => {
    const text = JSON.stringify(containers);
    if (text === last || signal.aborted) return;
    last = text;
    report(containers);
  };
  const look = async (): Promise<void> => {
    const all = await handlers['containers.list']({}, signal);
    tell(all.filter(({ state }) => state === 'running').map(({ id, name }) => ({ id, name })));
  };
  while (!signal.aborted) {
    const changes = new Changes(look, signal);
    try {
      const events = handlers.events({}, changes.channel);
      await look();
      await events;
    } catch {
      // The engine is not there (yet, or any more): the page says so, and here it only means that nothing runs.
      tell([]);
    } finally {
      changes.stop();
    }
    await pause(RETRY_MS, signal);
  }
}

/** The receiving end of the engine's events: looks once after each burst. */
class Changes {
  readonly #look: () => Promise<void>;
  readonly channel: ServerChannel<EngineEvent>;
  #timer: NodeJS.Timeout | null = null;

  constructor(look: () => Promise<void>, signal: AbortSignal) {
    this.#look = look;
    this.channel = {
      signal,
      item: () => {
        this.#timer ??= setTimeout(() => {
          this.#timer = null;
          // One that fails is made up for when the engine answers again, for then its events end too.
          this.#look().catch(() => undefined);
        }, QUIET_MS);
        return Promise.resolve();
      },
      data: () => Promise.resolve(),
      onData: () => undefined,
      onItem: () => undefined,
      onEnd: () => undefined,
    };
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
