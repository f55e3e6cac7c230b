import { createHash } from 'node:crypto';
import type { Launcher } from '../launcher/interface.ts';
import type { BridgeNetwork } from './bridge-network.ts';
import { EngineError } from '../errors.ts';

/** The three networks every engine has. */
export class DefaultNetworks {
  readonly bridge: BridgeNetwork;
  readonly hostId: string;
  readonly noneId: string;
  readonly created: string;
  readonly #launcher: Pick<Launcher, 'ensureBridge'>;
  readonly #uplink: (bridge: BridgeNetwork) => Promise<void>;

  /** `uplink` gives the bridge a way out; it runs once, when the first container needs the bridge. */
  constructor(options: {
    bridge: BridgeNetwork;
    seed: string;
    created: string;
    launcher: Pick<Launcher, 'ensureBridge'>;
    uplink: (bridge: BridgeNetwork) => Promise<void>;
  }) {
    this.bridge = options.bridge;
    this.hostId = networkId(options.seed, 'host');
    this.noneId = networkId(options.seed, 'none');
    this.created = options.created;
    this.#launcher = options.launcher;
    this.#uplink = options.uplink;
  }

  ensureBridge(): Promise<void> {
    return this.bridge.ensure(this.#launcher, () => this.#uplink(this.bridge));
  }

  /** Makes the bridge again, if it was made, after a launcher that had to be started anew may have lost it. */
  async restore(): Promise<void> {
    if (!this.bridge.made) return;
    this.bridge.forget();
    await this.ensureBridge();
  }

  /** Id and name of a network by name, id or id prefix. Throws `not-found`. */
  find(reference: string): { id: string; name: 'bridge' | 'host' | 'none' } {
    const all = this.list();
    const found =
      all.find(({ name }) => name === reference) ??
      all.find(({ id }) => id === reference || (reference.length >= 4 && id.startsWith(reference)));
    if (found === undefined) throw new EngineError('not-found', `network ${reference} not found`);
    return found;
  }

  list(): { id: string; name: 'bridge' | 'host' | 'none' }[] {
    return [
      { id: this.bridge.id, name: 'bridge' },
      { id: this.hostId, name: 'host' },
      { id: this.noneId, name: 'none' },
    ];
  }
}

/** A stable 64-digit id for a predefined network of the engine whose data root is `seed`. */
export function networkId(seed: string, name: string): string {
  return createHash('sha256').update(`${seed}\0${name}`).digest('hex');
}
