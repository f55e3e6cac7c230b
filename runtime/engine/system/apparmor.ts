import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { EngineError, messageOf } from '../errors.ts';
import { readOrEmpty } from '../store/files.ts';
import { DEFAULT_PROFILE, defaultProfile } from './apparmor-profile.ts';

/** What AppArmor is to the containers of this engine. */
export interface AppArmorFacts {
  /** Whether a profile that is asked for is applied. */
  readonly isEnabled: boolean;
  /** The profile of containers that ask for none; '' for none. */
  readonly defaultProfile: string;
}

export const NO_APPARMOR: AppArmorFacts = { isEnabled: false, defaultProfile: '' };

/** `Y` on a host whose kernel runs it. */
const ENABLED = '/sys/module/apparmor/parameters/enabled';
/** Of securityfs; not in a container, where AppArmor is the host's. */
const POLICY = '/sys/kernel/security/apparmor';
/** Where it is installed; not every PATH has the `sbin`. */
const PARSERS = ['/usr/sbin/apparmor_parser', '/sbin/apparmor_parser', '/usr/bin/apparmor_parser'];
/** A parser that does not come back must not hold up starts for ever, in milliseconds. */
const PARSER_TIMEOUT = 30_000;

/** How this host is looked at, and its parser run. */
export interface AppArmorHost {
  read(path: string): string;
  isWritable(path: string): boolean;
  isProgram(path: string): boolean;
  /** Runs a program with a text for its standard input. Rejects with what it has said. */
  run(program: string, args: readonly string[], input: string): Promise<void>;
}

/**
 * AppArmor on this host. Of the system's engine every container that does not say otherwise has the default profile, which is
 * loaded under a name of its own: a dockerd beside it takes a loaded `docker-default` for its own, and replaces it.
 */
export class AppArmor {
  readonly facts: AppArmorFacts;
  /** What a person should know who reads `docker info`. */
  readonly warnings: readonly string[];
  readonly #host: AppArmorHost;
  readonly #parser: string;
  /** Of the engine and its launcher. */
  readonly #labels: () => readonly string[];
  #loading: Promise<void> | null = null;
  #isOfThisRun = false;

  private constructor(host: AppArmorHost, rootless: boolean, labels: () => readonly string[]) {
    this.#host = host;
    this.#labels = labels;
    const isEnabled = host.read(ENABLED).trim() === 'Y' && host.isWritable(`${POLICY}/.access`);
    // An ordinary user loads no profiles, and dockerd as one knows no AppArmor: what is asked for is all that is applied.
    const mayLoad = isEnabled && !rootless && host.isWritable(`${POLICY}/.replace`);
    this.#parser = mayLoad ? (PARSERS.find((path) => host.isProgram(path)) ?? '') : '';
    this.facts = { isEnabled, defaultProfile: this.#parser === '' ? '' : DEFAULT_PROFILE };
    this.warnings =
      mayLoad && this.#parser === ''
        ? ['WARNING: AppArmor does not confine containers: apparmor_parser is not installed']
        : [];
  }

  static find(rootless: boolean, launcherPid: number, host: AppArmorHost = THIS_HOST): AppArmor {
    return new AppArmor(host, rootless, () =>
      ['self', String(launcherPid)].map((pid) => labelOf(host, pid)).filter((label) => label !== ''),
    );
  }

  /** Loads the default profile ahead of the first start, which then need not wait. Never rejects: the start will tell. */
  prepare(): void {
    if (this.facts.defaultProfile !== '') void this.ensure(DEFAULT_PROFILE).catch(() => undefined);
  }

  /**
   * Makes sure that the default profile is loaded if that is the one: in this run of the engine once, as an earlier version's
   * may be there, and again when it was unloaded. Throws `internal`.
   */
  async ensure(profile: string): Promise<void> {
    if (profile !== DEFAULT_PROFILE || this.#parser === '') return;
    if (this.#loading === null && this.#isOfThisRun && this.#isLoaded()) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  #isLoaded(): boolean {
    return `\n${this.#host.read(`${POLICY}/profiles`)}`.includes(`\n${DEFAULT_PROFILE} (`);
  }

  async #load(): Promise<void> {
    try {
      await this.#host.run(this.#parser, ['--replace', '--skip-cache', '--quiet'], defaultProfile(this.#labels()));
    } catch (error) {
      throw new EngineError(
        'internal',
        `AppArmor enabled on system but the ${DEFAULT_PROFILE} profile could not be loaded: ${messageOf(error)}`,
        { cause: error },
      );
    }
    this.#isOfThisRun = true;
  }
}

/** Without the mode that follows a profile's name. */
function labelOf(host: AppArmorHost, pid: string): string {
  const own = host.read(`/proc/${pid}/attr/apparmor/current`) || host.read(`/proc/${pid}/attr/current`);
  return own.trim().replace(/ \([a-z]+\)$/, '');
}

const THIS_HOST: AppArmorHost = {
  read: readOrEmpty,
  isWritable: (path) => may(path, constants.W_OK),
  isProgram: (path) => may(path, constants.X_OK),
  run: (program, args, input) =>
    new Promise((resolve, reject) => {
      const child = execFile(program, args, { timeout: PARSER_TIMEOUT }, (error, _, stderr) => {
        if (error === null) resolve();
        else reject(new Error(`${program}: ${stderr.trim() || error.message}`, { cause: error }));
      });
      // One that ends before it has read everything says why by its exit code.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    }),
};

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
