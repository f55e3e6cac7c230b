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
  DEFAULTS,
  parseConfiguration,
  type Configuration,
  type ConfigurationKey,
  type ConfigurationProblem,
} from './configuration.ts';

/** The engine's settings: what its configuration file said when it was last read. */
export class Settings {
  /** Of the configuration file, which need not exist; null for an engine that has none. */
  readonly path: string | null;
  readonly #atStart: Configuration;
  #current: Configuration;
  #text: string;
  /** One text at a time is put into the file. */
  readonly #writing = new Mutex();

  private constructor(path: string | null, text: string) {
    const { configuration, problems } = parseConfiguration(text);
    assertNone(problems, path ?? '');
    this.path = path;
    this.#text = text;
    this.#atStart = configuration;
    this.#current = configuration;
  }

  /** Reads the file. Throws `invalid`, naming the field, when the engine cannot be configured with it. */
  static open(path: string): Settings {
    return new Settings(path, readIfThere(path));
  }

  /** With nothing set. */
  static none(): Settings {
    return new Settings(null, '');
  }

  get current(): Configuration {
    return this.#current;
  }

  /** What the file said, as it was written. */
  get text(): string {
    return this.#text;
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

  /** Reads the file again. Returns what has changed. Throws `invalid` and stays as it was when the file is wrong. */
  reload(): readonly ConfigurationKey[] {
    const text = this.path === null ? '' : readIfThere(this.path);
    const { configuration, problems } = parseConfiguration(text);
    assertNone(problems, this.path ?? '');
    const before = this.#current;
    this.#current = configuration;
    this.#text = text;
    return (Object.keys(DEFAULTS) as ConfigurationKey[]).filter((key) => !isSame(before[key], configuration[key]));
  }

  /**
   * Puts another text into the file, whole or not at all even where the power goes, unless something is wrong with it or
   * `further` finds something. Returns what is wrong.
   */
  async write(
    text: string,
    further: (configuration: Configuration) => readonly ConfigurationProblem[] = () => [],
  ): Promise<readonly ConfigurationProblem[]> {
    if (this.path === null) throw new EngineError('unsupported', 'this engine has no configuration file');
    const { configuration, problems: found } = parseConfiguration(text);
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

function assertNone(problems: readonly ConfigurationProblem[], path: string): void {
  const [first] = problems;
  if (first === undefined) return;
  const where = first.field === '' ? '' : `${first.field}: `;
  throw new EngineError('invalid', `unable to configure the engine with file ${path}: ${where}${first.message}`);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
