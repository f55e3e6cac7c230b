import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemCredentialStore } from './credential-store.ts';

/** Credentials as the Docker Engine API takes them (AuthConfig). */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

/** The key under which Docker keeps the credentials of Docker Hub. */
const HUB_KEY = 'https://index.docker.io/v1/';
/** ms for a credential helper; some ask the user to unlock a key ring. */
const HELPER_TIME = 60_000;
/** Bytes of a helper's answer. */
const HELPER_ANSWER_MAX = 1024 * 1024;

type JsonObject = Record<string, unknown>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A shell's way to run a program with one line as its input, in a pipe, and as the shell's own process. */
const PIPED = 'IFS= read -r line; exec "$0" "$1" <<END\n$line\nEND\n';

/** A shell's exit code of a program that is not there. */
const COMMAND_NOT_FOUND = 127;

/** The directory of the docker command's configuration. */
export function dockerConfigDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const set = environment['DOCKER_CONFIG'] ?? '';
  return set === '' ? join(environment['HOME'] ?? homedir(), '.docker') : set;
}

/** Registry part of an image name: Docker Hub unless the first component looks like a host. */
export function registryOf(name: string): string {
  const first = name.split('/', 1)[0] ?? '';
  return name.includes('/') && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
}

/** The host that an image name's registry is known by in the configuration. */
export function registryKey(registry: string): string {
  const isHub = registry === '' || ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(registry);
  return isHub ? HUB_KEY : registry;
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

/** `~/.docker/config.json`: credentials in the file or in credential helpers. Fields it does not know are kept. */
export class DockerConfig {
  readonly #path: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(directory = dockerConfigDirectory(), environment: NodeJS.ProcessEnv = process.env) {
    this.#path = join(directory, 'config.json');
    this.#environment = environment;
  }

  /** The whole file; empty when there is none. Throws when it is not JSON. */
  async read(): Promise<JsonObject> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
      throw error;
    }
    try {
      return objectOf(JSON.parse(text === '' ? '{}' : text));
    } catch (error) {
      throw new Error(`${this.#path} is not valid JSON`, { cause: error });
    }
  }

  /** Credentials for a registry (`docker.io`, `ghcr.io`, `localhost:5000`), or null. */
  async credentialsFor(registry: string): Promise<RegistryCredentials | null> {
    const config = await this.read();
    const key = registryKey(registry);
    const helper = helperFor(config, key);
    if (helper !== null) {
      const found = await this.#fromHelper(helper, key);
      if (found !== null) return found;
    }
    const auths = objectOf(config['auths']);
    const name = Object.keys(auths).find((entry) => entry === key || hostOf(entry) === hostOf(key));
    return name === undefined ? null : fromEntry(objectOf(auths[name]), key);
  }

  /** The X-Registry-Auth header for a registry; the value for anonymous access when there are no credentials. */
  async registryAuthHeader(registry: string): Promise<string> {
    const credentials = await this.credentialsFor(registry);
    return Buffer.from(JSON.stringify(credentials ?? {})).toString('base64url');
  }

  /**
   * Keeps credentials: in the helper that the configuration names, or in the file. The first login of somebody who has
   * chosen neither goes to the system's own store, where there is one.
   */
  async store(registry: string, credentials: RegistryCredentials): Promise<void> {
    const config = await this.#withStore(await this.read());
    const key = registryKey(registry);
    const { username = '', password = '', identitytoken = '' } = credentials;
    const helper = helperFor(config, key);
    const auths = objectOf(config['auths']);
    if (helper !== null) {
      const isToken = identitytoken !== '';
      const entry = {
        ServerURL: key,
        Username: isToken ? '<token>' : username,
        Secret: isToken ? identitytoken : password,
      };
      await this.#run(helper, 'store', JSON.stringify(entry));
      auths[key] = {};
    } else {
      const auth = Buffer.from(`${username}:${identitytoken === '' ? password : ''}`).toString('base64');
      auths[key] = { auth, ...(identitytoken === '' ? {} : { identitytoken }) };
    }
    await this.#write({ ...config, auths });
  }

  /** Where somebody may be logged in: `docker.io`, `ghcr.io`. No helper is asked. */
  async registries(): Promise<readonly string[]> {
    const config = await this.read();
    const keys = [...Object.keys(objectOf(config['auths'])), ...Object.keys(objectOf(config['credHelpers']))];
    return [...new Set(keys.map((key) => (key === HUB_KEY ? 'docker.io' : hostOf(key))))];
  }

  /** Whom somebody is logged in as, and where; without any secret. */
  async logins(): Promise<readonly { registry: string; username: string; helper: string }[]> {
    const config = await this.read();
    const names = new Set([...Object.keys(objectOf(config['auths'])), ...Object.keys(objectOf(config['credHelpers']))]);
    const found: { registry: string; username: string; helper: string }[] = [];
    for (const key of names) {
      const registry = key === HUB_KEY ? 'docker.io' : hostOf(key);
      const helper = helperFor(config, registryKey(registry));
      // A helper that is locked or gone still tells that there is a login.
      const credentials = await this.credentialsFor(registry).catch(() => ({ username: '', serveraddress: key }));
      if (credentials === null) continue;
      found.push({ registry, username: credentials.username ?? '', helper: helper ?? '' });
    }
    return found.sort((a, b) => (a.registry < b.registry ? -1 : 1));
  }

  /** Forgets credentials. */
  async erase(registry: string): Promise<void> {
    const config = await this.read();
    const key = registryKey(registry);
    const helper = helperFor(config, key);
    if (helper !== null) await this.#run(helper, 'erase', key);
    const auths = objectOf(config['auths']);
    const kept = Object.fromEntries(Object.entries(auths).filter(([name]) => hostOf(name) !== hostOf(key)));
    await this.#write({ ...config, auths: kept });
  }

  /** Sets one field of the file; undefined takes it out. */
  async set(name: string, value: string | undefined): Promise<void> {
    const kept = Object.entries(await this.read()).filter(([one]) => one !== name);
    await this.#write(Object.fromEntries(value === undefined ? kept : [...kept, [name, value]]));
  }

  async #withStore(config: JsonObject): Promise<JsonObject> {
    const isChosen = ['credsStore', 'credHelpers'].some((name) => config[name] !== undefined);
    if (isChosen || Object.keys(objectOf(config['auths'])).length > 0) return config;
    const store = await systemCredentialStore(this.#environment);
    if (store === null) return config;
    // A helper whose key ring is not there (a session without one) must not stand in the way of a login.
    const answers = await this.#run(store, 'list', '').then(
      () => true,
      () => false,
    );
    return answers ? { ...config, credsStore: store } : config;
  }

  async #write(config: JsonObject): Promise<void> {
    await mkdir(join(this.#path, '..'), { recursive: true, mode: 0o700 });
    const draft = `${this.#path}.${randomUUID()}`;
    try {
      await writeFile(draft, JSON.stringify(config, null, '\t') + '\n', { mode: 0o600, flag: 'wx' });
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async #fromHelper(helper: string, key: string): Promise<RegistryCredentials | null> {
    const answer = await this.#run(helper, 'get', key);
    if (answer === null) return null;
    const parsed = objectOf(JSON.parse(answer));
    const username = textOf(parsed['Username']);
    const secret = textOf(parsed['Secret']);
    // By convention of the helpers, this name says that the secret is a token.
    if (username === '<token>') return { identitytoken: secret, serveraddress: key };
    return { username, password: secret, serveraddress: key };
  }

  /** Runs a credential helper; null when it knows nothing. Throws when it is missing or fails otherwise. */
  #run(helper: string, action: 'get' | 'store' | 'erase' | 'list', input: string): Promise<string | null> {
    const program = `docker-credential-${helper}`;
    return new Promise((resolve, reject) => {
      // Node gives a socket where a program expects a pipe, and a script cannot open that as /dev/stdin.
      const child = spawn('/bin/sh', ['-c', PIPED, program, action], {
        stdio: ['pipe', 'pipe', 'ignore'],
        env: this.#environment,
        timeout: HELPER_TIME,
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
        if (output.length > HELPER_ANSWER_MAX) child.kill('SIGKILL');
      });
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      child.on('error', (error) => {
        reject(new Error(`cannot run the credential helper ${program}: ${error.message}`, { cause: error }));
      });
      child.on('close', (code) => {
        if (code === COMMAND_NOT_FOUND)
          reject(new Error(`cannot run the credential helper ${program}: it is not there`));
        else if (code === 0) resolve(output);
        else if (/credentials not found/i.test(output)) resolve(null);
        else reject(new Error(`the credential helper ${program} failed: ${output.trim().slice(0, 200)}`));
      });
    });
  }
}

/** The helper for a registry: its own, or the general store. Names that could be paths are ignored. */
function helperFor(config: JsonObject, key: string): string | null {
  const own = objectOf(config['credHelpers']);
  const helper = own[key] ?? own[hostOf(key)] ?? config['credsStore'];
  return typeof helper === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(helper) ? helper : null;
}

function fromEntry(entry: JsonObject, key: string): RegistryCredentials | null {
  const token = entry['identitytoken'];
  if (typeof token === 'string' && token !== '') return { identitytoken: token, serveraddress: key };
  let { username, password } = entry;
  const { auth } = entry;
  if (typeof auth === 'string' && auth !== '') {
    const pair = Buffer.from(auth, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon < 0) return null;
    username = pair.slice(0, colon);
    password = pair.slice(colon + 1).replace(/\0+$/, '');
  }
  if (typeof username !== 'string' || typeof password !== 'string' || username === '') return null;
  return { username, password, serveraddress: key };
}
