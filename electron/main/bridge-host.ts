import { ipcMain, MessageChannelMain, utilityProcess, type UtilityProcess } from 'electron';
import { isNonce, isOurPage } from './sender.ts';
import { windowIds } from './windows.ts';
import { openableUrl } from './external.ts';

/** Name of the channel on which a page asks for its port, and on which the port is handed over. */
const PORT_CHANNEL = 'berth:port';
const OPEN_CHANNEL = 'berth:open-external';
/** Restarts after a crash, spread out so that a bridge that cannot start does not spin. In milliseconds. */
const RESTART_DELAY_MS = 1000;

/**
 * Keeps the bridge process running and connects pages to it. Main only hands the two ends of a channel out: no log
 * line and no key stroke ever crosses it.
 */
export class BridgeHost {
  readonly #entry: string;
  readonly #env: Record<string, string>;
  readonly #openExternal: (url: string) => Promise<void>;
  #process: UtilityProcess | null = null;
  #stopping = false;
  /** Documents that have had their port, by frame; a second request of the same document is refused. */
  readonly #served = new WeakMap<object, Set<string>>();

  constructor(entry: string, env: Record<string, string>, openExternal: (url: string) => Promise<void>) {
    this.#entry = entry;
    this.#env = env;
    this.#openExternal = openExternal;
  }

  start(): void {
    const child = utilityProcess.fork(this.#entry, [], {
      serviceName: 'Berth bridge',
      stdio: 'inherit',
      env: this.#env,
    });
    this.#process = child;
    child.once('exit', () => {
      this.#process = null;
      if (this.#stopping) return;
      setTimeout(() => {
        if (!this.#stopping) this.start();
      }, RESTART_DELAY_MS);
    });
  }

  /** Answers pages. Call once. */
  listen(): void {
    ipcMain.on(PORT_CHANNEL, (event, nonce: unknown) => {
      if (!isOurPage(event, windowIds) || !isNonce(nonce) || this.#process === null) return;
      const nonces = this.#served.get(event.sender) ?? new Set<string>();
      if (nonces.has(nonce)) return;
      nonces.add(nonce);
      this.#served.set(event.sender, nonces);
      const { port1, port2 } = new MessageChannelMain();
      this.#process.postMessage({ kind: 'port' }, [port1]);
      event.senderFrame?.postMessage(PORT_CHANNEL, nonce, [port2]);
    });
    ipcMain.on(OPEN_CHANNEL, (event, url: unknown) => {
      const openable = openableUrl(url);
      if (isOurPage(event, windowIds) && openable !== null) void this.#openExternal(openable);
    });
  }

  /** Ends the bridge. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#process;
    if (child === null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
      child.kill();
    });
  }
}
