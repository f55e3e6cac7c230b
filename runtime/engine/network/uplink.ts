import { createHash } from 'node:crypto';
import type { Logger } from '../../common/logger.ts';
import { messageOf } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import { subnetText, type BridgeNetwork } from './bridge-network.ts';

/**
 * Gives a bridge a way out: one static nft ruleset that masquerades what leaves it. As root it lives in the host's
 * network namespace, rootless in the launcher's, whose own link to the outside is pasta or slirp4netns.
 */
export class Uplink {
  readonly #launcher: Launcher;
  readonly #logger: Logger;
  readonly #table: string;

  /** `seed` tells engines on one host apart. */
  constructor(launcher: Launcher, logger: Logger, seed: string) {
    this.#launcher = launcher;
    this.#logger = logger;
    this.#table = `berth_${createHash('sha256').update(seed).digest('hex').slice(0, 12)}`;
  }

  /**
   * Never fails: containers on a host without nft still reach each other, only not the outside, and the log says so.
   */
  async connect(bridge: BridgeNetwork): Promise<void> {
    try {
      if (this.#launcher.rootless) await this.#startPasta();
      await this.#nft(ruleset(this.#table, bridge));
    } catch (error) {
      this.#logger.warn(`containers cannot reach outside networks: ${messageOf(error)}`);
    }
  }

  /** The link to the host: pasta copies the host's addresses and routes into the namespace and forwards by sockets. */
  async #startPasta(): Promise<void> {
    // A launcher that was started again finds its namespace with pasta still at work in it.
    if (await this.#hasDefaultRoute()) return;
    const argv = ['pasta', '--config-net', '--quiet', '--netns-only', '--netns', '{netns}', ...PASTA_NO_FORWARDING];
    const { exitCode, output } = await this.#launcher.runHelper(argv, '');
    if (exitCode === 127) throw new Error('pasta is not installed (package passt)');
    if (exitCode !== 0) throw new Error(`pasta: ${output.trim()}`);
  }

  async #hasDefaultRoute(): Promise<boolean> {
    const { output } = await this.#launcher.runHelper(['cat', '/proc/net/route'], '');
    return /^\S+\t00000000\t/m.test(output);
  }

  /** Removes the ruleset; missing is fine. */
  async disconnect(): Promise<void> {
    // Adding first makes the deletion succeed whether or not the table was there.
    await this.#nft(`add table ip ${this.#table}\ndelete table ip ${this.#table}\n`).catch((error: unknown) => {
      this.#logger.debug('no ruleset was removed', { error });
    });
  }

  async #nft(script: string): Promise<void> {
    const { exitCode, output } = await this.#launcher.runHelper(['nft', '-f', '-'], script);
    if (exitCode === 127) throw new Error('nft is not installed (package nftables)');
    if (exitCode !== 0) throw new Error(`nft: ${output.trim()}`);
  }
}

/**
 * Ports are published by the containers' monitors, so pasta forwards none in either direction, and the host's loopback
 * stays out of the containers' reach.
 */
const PASTA_NO_FORWARDING = ['-t', 'none', '-u', 'none', '-T', 'none', '-U', 'none', '--no-map-gw'];

/** Replaces the table as one transaction, so that it can be asserted again at any time. */
function ruleset(table: string, bridge: BridgeNetwork): string {
  const subnet = subnetText(bridge);
  return `add table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet} oifname != "${bridge.interfaceName}" masquerade
  }
}
`;
}
