import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Mutex } from '../../common/mutex.ts';
import { EngineError } from '../errors.ts';
import { contains, parseAddress, parseSubnet } from '../network/address.ts';
import { isLoopback, type RegistryOptions } from '../registry/session.ts';
import { proxySettings, type ProxySettings } from '../registry/proxy.ts';
import { readIfThere, syncDirectory } from '../store/files.ts';
import {
  AT_START,
  checkConfiguration,
  DEFAULTS,
  parseConfiguration,
  type Configuration,
  type ConfigurationKey,
  type ConfigurationProblem,
} from './configuration.ts';
import { NOTHING_MANAGED, readManaged, type ManagedOptions } from './managed.ts';

/** The engine's settings: what its configuration file said when it was last read. */
export class Settings {
  /** Of the configuration file, which need not exist; null for an engine that has none. */
  readonly path: string | null;
  readonly #atStart: Configuration;
  #current: Configuration;
  #text: string;
  /** One text at a time is put into the file. */
  readonly #writing = new Mutex();

  #managed: ManagedOptions;

  private constructor(path: string | null, text: string, managed: ManagedOptions) {
    this.path = path;
    this.#text = text;
    this.#managed = managed;
    this.#atStart = configured(path, text, managed);
    this.#current = this.#atStart;
  }

  /**
   * Reads the file, and that of the administrator, if there may be one. Throws `invalid`, naming the field, when the engine cannot
   * be configured with them, `forbidden` for one of the administrator's that others may write.
   */
  static open(path: string, managedPath: string | null = null): Settings {
    return new Settings(path, readIfThere(path), managedOf(managedPath ?? ''));
  }

  /** With nothing set. */
  static none(): Settings {
    return new Settings(null, '', NOTHING_MANAGED);
  }

  get current(): Configuration {
    return this.#current;
  }

  /** What the file said, as it was written. */
  get text(): string {
    return this.#text;
  }

  /** What the administrator has set: it holds whatever the file says, and is not changed from here. */
  get managed(): ManagedOptions {
    return this.#managed;
  }

  /** The file that sets an option. */
  sourceOf(key: ConfigurationKey): string {
    return key in this.#managed.options ? this.#managed.path : (this.path ?? '');
  }

  /** What is in the file and takes effect only when the engine is started again. */
  get waiting(): readonly ConfigurationKey[] {
    return AT_START.filter((key) => !isSame(this.#atStart[key], this.#current[key]));
  }

  /** The proxies that are in force: the file's, or else the environment's. */
  get proxies(): ProxySettings {
    return proxySettings(this.#current.proxies, process.env);
  }

  /** What registries are spoken to by, always as it is now. */
  readonly registry: Partial<RegistryOptions> = liveRegistryOptions(() => this.#current);

  /** Reads the files again. Returns what has changed. Throws as `open` and stays as it was when one is wrong. */
  reload(): readonly ConfigurationKey[] {
    const text = this.path === null ? '' : readIfThere(this.path);
    const managed = managedOf(this.#managed.path);
    const configuration = configured(this.path, text, managed);
    const before = this.#current;
    this.#current = configuration;
    this.#text = text;
    this.#managed = managed;
    return (Object.keys(DEFAULTS) as ConfigurationKey[]).filter((key) => !isSame(before[key], configuration[key]));
  }

  /**
   * Puts another text into the file, whole or not at all even where the power goes, unless something is wrong with it or
   * `further` finds something. Returns what is wrong. Throws for the administrator's file as `open`.
   */
  async write(
    text: string,
    further: (configuration: Configuration) => readonly ConfigurationProblem[] = () => [],
  ): Promise<readonly ConfigurationProblem[]> {
    if (this.path === null) throw new EngineError('unsupported', 'this engine has no configuration file');
    // As it is now, when this is read again.
    const managed = managedOf(this.#managed.path);
    const { configuration, problems: wrong } = parseConfiguration(text, managed.options);
    const found = [...lockedProblems(text, this.#text, managed), ...wrong];
    const problems = found.length > 0 ? found : further(configuration);
    if (problems.length > 0) return problems;
    const { path } = this;
    await this.#writing.run(() => replaceFile(path, text));
    return [];
  }
}

function liveRegistryOptions(current: () => Configuration): Partial<RegistryOptions> {
  return {
    get retries() {
      return current()['max-download-attempts'];
    },
    get mirrors() {
      return current()['registry-mirrors'].map((mirror) => new URL(mirror));
    },
    get parallelDownloads() {
      return current()['max-concurrent-downloads'];
    },
    get parallelUploads() {
      return current()['max-concurrent-uploads'];
    },
    get proxies() {
      return proxySettings(current().proxies, process.env);
    },
    isInsecure: (host) => isInsecureRegistry(host, current()['insecure-registries']),
  };
}

/** Whether a `host[:port]` is declared insecure: by its name as it is written, or by an address in a declared subnet. */
export function isInsecureRegistry(host: string, declared: readonly string[]): boolean {
  if (isLoopback(host) || declared.includes(host)) return true;
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '');
  const address = parseAddress(name);
  return declared.some((one) => {
    const subnet = address !== null && one.includes('/') ? parseSubnet(one) : null;
    return subnet !== null && address !== null && contains(subnet, address);
  });
}

async function replaceFile(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const draft = `${path}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  await syncDirectory(directory);
}

function managedOf(path: string): ManagedOptions {
  return path === '' ? NOTHING_MANAGED : readManaged(path);
}

/** What both files say together. Throws `invalid` for what is wrong in one of them, or with one beside the other. */
function configured(path: string | null, text: string, managed: ManagedOptions): Configuration {
  assertNone(checkConfiguration(managed.options).problems, managed.path);
  const { configuration, problems } = parseConfiguration(text, managed.options);
  const isManaged = Object.keys(managed.options).length > 0;
  assertNone(problems, `${path ?? ''}${isManaged ? ` and the managed settings in ${managed.path}` : ''}`);
  return configuration;
}

/** What a new text would change of the administrator's options. To take one out, or to say the same, is no change. */
function lockedProblems(text: string, before: string, { path, options }: ManagedOptions): ConfigurationProblem[] {
  const [next, last] = [text, before].map(documentIn);
  return Object.entries(options).flatMap(([field, managed]) => {
    const value = next?.[field];
    if (value === undefined || isSame(value, managed) || isSame(value, last?.[field])) return [];
    return [{ field, message: `the administrator of this machine has set it in ${path}: it cannot be changed here` }];
  });
}

function documentIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(text) as Record<string, unknown> | null) };
  } catch {
    return {}; // None, or told of as the mistake that it is.
  }
}

function assertNone(problems: readonly ConfigurationProblem[], path: string): void {
  const [first] = problems;
  if (first === undefined) return;
  const where = first.field === '' ? '' : `${first.field}: `;
  throw new EngineError('invalid', `unable to configure the engine with file ${path}: ${where}${first.message}`);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
