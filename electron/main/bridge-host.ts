import { ipcMain, MessageChannelMain, utilityProcess, type UtilityProcess } from 'electron';
import type { FromBridge, ToBridge } from '../messages/bridge.ts';
import { openableUrl } from './external.ts';
import { isNonce, isOurPage } from './sender.ts';
import { windowIds } from './windows.ts';

/** Name of the channel on which a page asks for its port, and on which the port is handed over. */
const PORT_CHANNEL = 'berth:port';
const OPEN_CHANNEL = 'berth:open-external';
/** Restarts after a crash, spread out so that a bridge that cannot start does not spin. In milliseconds. */
const RESTART_DELAY_MS = 1000;

export interface BridgeHostOptions {
  /** The bundle of the bridge's process. */
  readonly entry: string;
  /** Opens an address that was found harmless. */
  readonly openExternal: (url: string) => Promise<void>;
  /** Called with what the bridge says. */
  readonly heard: (message: FromBridge) => void;
}

/**
 * Keeps the bridge process running and connects pages to it. Main only hands the two ends of a channel out: no log
 * line and no key stroke ever crosses it.
 */
export class BridgeHost {
  readonly #options: BridgeHostOptions;
  #env: Record<string, string> = {};
  #process: UtilityProcess | null = null;
  #stopping = false;
  /** Pages that asked before the bridge ran. */
  readonly #waiting: (() => void)[] = [];
  /** Documents that have had their port, by frame; a second request of the same document is refused. */
  readonly #served = new WeakMap<object, Set<string>>();

  constructor(options: BridgeHostOptions) {
    this.#options = options;
  }

  /** Starts the process with an environment of its own, whose values must be strings. */
  start(env: Record<string, string>): void {
    this.#env = env;
    const child = utilityProcess.fork(this.#options.entry, [], {
      serviceName: 'Berth bridge',
      stdio: 'inherit',
      env,
    });
    this.#process = child;
    child.on('message', this.#options.heard);
    child.once('exit', () => {
      this.#process = null;
      if (this.#stopping) return;
      setTimeout(() => {
        if (!this.#stopping) this.start(this.#env);
      }, RESTART_DELAY_MS);
    });
    for (const serve of this.#waiting.splice(0)) serve();
  }

  /** Says something to the bridge; nothing while it does not run. */
  say(message: ToBridge): void {
    this.#process?.postMessage(message);
  }

  /** Answers pages. Call once. */
  listen(): void {
    ipcMain.on(PORT_CHANNEL, (event, nonce: unknown) => {
      if (!isOurPage(event, windowIds) || !isNonce(nonce)) return;
      const nonces = this.#served.get(event.sender) ?? new Set<string>();
      if (nonces.has(nonce)) return;
      nonces.add(nonce);
      this.#served.set(event.sender, nonces);
      const serve = (): void => {
        if (event.sender.isDestroyed()) return;
        const { port1, port2 } = new MessageChannelMain();
        this.#process?.postMessage({ kind: 'port' } satisfies ToBridge, [port1]);
        event.senderFrame?.postMessage(PORT_CHANNEL, nonce, [port2]);
      };
      if (this.#process === null) this.#waiting.push(serve);
      else serve();
    });
    ipcMain.on(OPEN_CHANNEL, (event, url: unknown) => {
      const openable = openableUrl(url);
      if (isOurPage(event, windowIds) && openable !== null) void this.#options.openExternal(openable);
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
