import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Mutex } from '../../common/mutex.ts';
import type { Logger } from '../../common/logger.ts';
import { messageOf } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import type { BridgeNetwork } from './bridge-network.ts';
import { isChangedSince, type FirewallStamp } from './firewall-stamp.ts';
import { forwardChanges } from './foreign-firewall.ts';
import { ruleset } from './ruleset.ts';

/**
 * Gives bridges a way out and keeps them apart: one nft table with the engine's rules. As root it lives in the host's
 * network namespace, rootless in the launcher's, whose own link to the outside is pasta.
 */
export class Uplink {
  readonly #launcher: Launcher;
  readonly #logger: Logger;
  readonly #table: string;
  readonly #changes = new Mutex();
  /** Where pasta writes its process id; also tells in its command line whose it is. */
  readonly #pidFile: string;
  /** What the firewall was when the rules were asserted last. */
  #asserted: FirewallStamp = 0n;
  #look: NodeJS.Timeout | undefined;

  /** The data root also tells engines on one host apart. */
  constructor(launcher: Launcher, logger: Logger, dataRoot: string) {
    this.#launcher = launcher;
    this.#logger = logger;
    this.#table = `berth_${engineMark(dataRoot)}`;
    this.#pidFile = join(dataRoot, 'pasta.pid');
  }

  /**
   * Asserts the rules of all networks. Never fails: containers on a host without nft still reach each other, only not
   * the outside, and the log says so.
   */
  apply(networks: () => readonly BridgeNetwork[]): Promise<void> {
    return this.#changes.run(() => this.#assert(networks()));
  }

  async #assert(networks: readonly BridgeNetwork[]): Promise<void> {
    try {
      await this.#nft(ruleset(this.#table, networks));
      if (this.#launcher.rootless) await this.#connectNamespace();
      else await this.#passForeignFirewalls(networks);
    } catch (error) {
      this.#logger.warn(`containers cannot reach outside networks: ${messageOf(error)}`);
    }
  }

  /**
   * What a start has seen of the host's firewall. Somebody may have flushed it since: then the rules are asserted again,
   * in a moment and beside the start.
   */
  saw(stamp: FirewallStamp, networks: () => readonly BridgeNetwork[]): void {
    if (this.#look !== undefined || !isChangedSince(this.#asserted, stamp)) return;
    this.#look = setTimeout(() => {
      this.#look = undefined;
      void this.#changes.run(async () => {
        if (isChangedSince(this.#asserted, stamp)) await this.#assert(networks());
      });
    }, LOOK_MS).unref();
  }

  /** Nothing is looked after any more. */
  close(): void {
    clearTimeout(this.#look);
  }

  /** Without iptables on the host there is no such chain. */
  async #passForeignFirewalls(networks: readonly BridgeNetwork[]): Promise<void> {
    const open = networks.filter(({ record }) => !record.internal);
    for (const [family, program] of [
      [4, 'iptables'],
      [6, 'ip6tables'],
    ] as const) {
      const names = open.filter(({ pools }) => pools.some((pool) => pool.family === family));
      const listing = await this.#rule([program, '-w', '-S', 'FORWARD']);
      // A listing that the launcher has cut does not tell what is there already.
      if (listing.exitCode !== 0 || listing.output.length > LISTING_MAX) continue;
      const interfaces = names.map(({ interfaceName }) => interfaceName);
      for (const words of forwardChanges(listing.output, this.#table, interfaces)) {
        const { exitCode, output } = await this.#rule([program, '-w', ...words]);
        if (exitCode !== 0) this.#logger.warn(`${program} ${words.join(' ')}: ${output.trim()}`);
      }
    }
  }

  /**
   * The link to the host: pasta copies the host's addresses and routes into the namespace and forwards by sockets;
   * slirp4netns, where pasta is not to be had, makes a network of its own.
   */
  async #connectNamespace(): Promise<void> {
    // A launcher that was started again finds its namespace with pasta still at work in it.
    if (await this.#hasDefaultRoute()) return;
    this.#endForgotten();
    const pid = ['--pid', this.#pidFile];
    const argv = [
      'pasta',
      '--config-net',
      '--quiet',
      ...pid,
      '--netns-only',
      '--netns',
      '{netns}',
      ...PASTA_NO_FORWARDING,
    ];
    const { exitCode, output } = await this.#launcher.runHelper(argv, '');
    if (exitCode === 0) return;
    const slirp = await this.#launcher.runHelper(SLIRP, '');
    if (slirp.exitCode === 0) return;
    throw new Error(
      exitCode === 127
        ? 'neither pasta (package passt) nor slirp4netns is installed'
        : `pasta: ${output.trim()}; slirp4netns: ${slirp.output.trim()}`,
    );
  }

  /**
   * The launcher's guard ends pasta with the last process that needs it. Where the guard itself was killed, pasta is left
   * in a namespace that nobody is in any more.
   */
  #endForgotten(): void {
    try {
      const pid = Number(readFileSync(this.#pidFile, 'utf8'));
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (words.includes(this.#pidFile)) process.kill(pid, 'SIGKILL');
    } catch (error) {
      // None was started, or it has ended: so it should be.
      this.#logger.debug('no pasta of an earlier time', { error: messageOf(error) });
    }
    rmSync(this.#pidFile, { force: true });
  }

  async #hasDefaultRoute(): Promise<boolean> {
    const { output } = await this.#launcher.runHelper(['cat', '/proc/net/route'], '');
    return /^\S+\t00000000\t/m.test(output);
  }

  /** Removes the rules; missing is fine. */
  async disconnect(): Promise<void> {
    if (!this.#launcher.rootless) await this.#passForeignFirewalls([]);
    // Adding first makes the deletion succeed whether or not the table was there.
    await this.#nft(`add table inet ${this.#table}\ndelete table inet ${this.#table}\n`).catch((error: unknown) => {
      this.#logger.debug('no ruleset was removed', { error });
    });
  }

  /** Runs a program that has to do with rules. */
  async #rule(argv: readonly string[], input = ''): Promise<{ exitCode: number; output: string }> {
    const result = await this.#launcher.runHelper(argv, input);
    this.#asserted = result.firewall;
    return result;
  }

  async #nft(script: string): Promise<void> {
    const { exitCode, output } = await this.#rule(['nft', '-f', '-'], script);
    if (exitCode === 127) throw new Error('nft is not installed (package nftables)');
    // The first line names the cause; each rule after it fails for want of the table.
    if (exitCode !== 0) throw new Error(`nft: ${output.trim().split('\n', 1)[0] ?? ''}`);
  }
}

/**
 * slirp4netns stays in the foreground, and says on a descriptor that it is ready: the shell waits for that word and leaves
 * it behind. Its standard input is the namespace, which a command in the background would not inherit as that.
 */
const SLIRP = [
  'sh',
  '-c',
  'exec 4<&0; word=$({ slirp4netns --configure --mtu=65520 --disable-host-loopback --ready-fd=5 --netns-type=path ' +
    '/proc/self/fd/4 tap0 5>&1 >/dev/null 2>&1 & } | head -c 1); test "$word" = 1',
  '{netns}',
];

/** Milliseconds: who starts containers beside us (dockerd) changes the rules several times in a row. */
const LOOK_MS = 100;

/** Bytes of a helper's output that surely came whole: the launcher passes on 6 KiB. */
const LISTING_MAX = 6000;

/** What the engine's things on the host carry in their names, so that engines on one host do not meet. */
export function engineMark(seed: string): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 12);
}

/**
 * Ports are published by the containers' monitors, so pasta forwards none in either direction, and the host's loopback
 * stays out of the containers' reach.
 */
const PASTA_NO_FORWARDING = ['-t', 'none', '-u', 'none', '-T', 'none', '-U', 'none', '--no-map-gw'];
