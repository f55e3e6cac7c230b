import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { ExternalTerminals } from '../contract/system.ts';
import { BridgeError } from '../rpc/error.ts';
import type { DockerClient } from './docker-client.ts';
import type { DockerContainer } from './docker-types.ts';

/** Stands for the command in a person's own words for a terminal. */
const PLACE = '{command}';
/** Programs that open a window with a terminal, and what comes before the command in each; the desktop's choice first. */
const TERMINALS: Readonly<Record<string, readonly string[]>> = {
  'x-terminal-emulator': ['-e'],
  ptyxis: ['--'],
  'gnome-terminal': ['--'],
  konsole: ['-e'],
  'xfce4-terminal': ['-x'],
  'mate-terminal': ['-x'],
  kitty: [],
  alacritty: ['-e'],
  foot: [],
  wezterm: ['start', '--'],
  xterm: ['-e'],
};
/** bash where it is, else sh. */
const SHELL = ['/bin/sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];
/** A terminal that ends so soon did not open, in milliseconds. */
const AT_ONCE_MS = 700;

/** Terminals of the desktop that the app's host runs on. Everything is started by its words, never by way of a shell. */
export class ExternalTerminalService {
  readonly #docker: DockerClient;
  readonly #command: readonly string[];
  readonly #environment: NodeJS.ProcessEnv;

  /** `command`: our own command line, with what runs it; empty where it is looked for. */
  constructor(docker: DockerClient, command: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
    this.#docker = docker;
    this.#command = command;
    this.#environment = environment;
  }

  /** Which terminals there are, the one that is taken by itself first. */
  async list(): Promise<ExternalTerminals> {
    const found: string[] = [];
    for (const name of Object.keys(TERMINALS)) if ((await this.#find(name)) !== null) found.push(name);
    return { found };
  }

  /** Opens a shell of a container. `terminal`: one of the list, or empty; `template`: words of a person's own, or empty. */
  async open(containerId: string, terminal: string, template: string): Promise<Record<string, never>> {
    const { dockerHost } = this.#docker;
    if (!dockerHost.startsWith('unix://'))
      throw new BridgeError('unsupported', 'A terminal of the desktop opens only on an engine of this machine.');
    if ((this.#environment['DISPLAY'] ?? '') === '' && (this.#environment['WAYLAND_DISPLAY'] ?? '') === '')
      throw new BridgeError('unsupported', 'The app was started without a desktop, so it can open no terminal there.');
    // The whole id from the engine: what the page says is never a word of a command.
    const { Id } = await this.#docker.json<DockerContainer>('GET', `/containers/${containerId}/json`);
    const command = [...(await this.#engineCommand()), '--host', dockerHost, 'exec', '-it', Id, ...SHELL];
    const words = template === '' ? await this.#known(terminal, command) : templateWords(template, command);
    await this.#start(words);
    return {};
  }

  async #known(terminal: string, command: readonly string[]): Promise<string[]> {
    const name = terminal === '' ? (await this.list()).found[0] : terminal;
    const before = name === undefined || !Object.hasOwn(TERMINALS, name) ? undefined : TERMINALS[name];
    const program = name === undefined ? null : await this.#find(name);
    if (before === undefined || program === null)
      throw new BridgeError('not-found', 'No terminal of the desktop was found.', {
        hint: 'Install one, or say in the settings how yours is started.',
      });
    return [program, ...before, ...command];
  }

  async #engineCommand(): Promise<readonly string[]> {
    if (this.#command.length > 0) return this.#command;
    for (const name of ['berth', 'docker']) {
      const program = await this.#find(name);
      if (program !== null) return [program];
    }
    throw new BridgeError('not-found', 'Neither “berth” nor “docker” is on the app’s search path.');
  }

  async #find(name: string): Promise<string | null> {
    for (const directory of (this.#environment['PATH'] ?? '').split(delimiter)) {
      if (!directory.startsWith('/')) continue;
      const path = join(directory, name);
      const isThere = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return path;
    }
    return null;
  }

  /** Resolves once the terminal runs, or has handed its work to one that does. */
  async #start([program = '', ...words]: readonly string[]): Promise<void> {
    const child = spawn(program, words, {
      detached: true,
      stdio: 'ignore',
      cwd: homedir(),
      env: this.#environment,
    });
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    child.once('error', (error) => {
      reject(
        new BridgeError('not-found', `The terminal “${program}” cannot be started.`, {
          detail: error.message,
          hint: 'Choose another in the settings.',
        }),
      );
    });
    const timer = setTimeout(resolve, AT_ONCE_MS, undefined);
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(undefined);
      else reject(new BridgeError('internal', `The terminal “${program}” ended at once.`));
    });
    child.unref();
    await promise;
  }
}

/**
 * A person's own words for a terminal, as `tilix -e {command}`: quotes keep words together, nothing else has a meaning.
 * Without a place for it the command comes last. Throws `invalid`.
 */
export function templateWords(template: string, command: readonly string[]): string[] {
  const words = [...template.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
  if (words.length === 0 || words[0] === PLACE || /["']/.test(template.replaceAll(/"[^"]*"|'[^']*'/g, '')))
    throw new BridgeError('invalid', 'This does not say how a terminal is started.', {
      hint: 'For example: tilix -e {command}',
    });
  return words.includes(PLACE) ? words.flatMap((word) => (word === PLACE ? command : [word])) : [...words, ...command];
}
