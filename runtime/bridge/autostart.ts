import { readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Autostart } from '../contract/system.ts';
import { BridgeError } from '../rpc/error.ts';
import { replaceFile } from './replace-file.ts';

/** Where desktops look for what a person wants started (Desktop Application Autostart Specification). */
export function autostartFile(environment: NodeJS.ProcessEnv = process.env): string {
  const set = environment['XDG_CONFIG_HOME'] ?? '';
  return join(set === '' ? join(environment['HOME'] ?? homedir(), '.config') : set, 'autostart', 'berth.desktop');
}

/** A word of an `Exec` line: quoted for the launcher, then escaped as any string of the file (Desktop Entry Specification, 4). */
function execWord(word: string): string {
  const quoted = `"${word.replaceAll(/["`$\\]/g, String.raw`\$&`)}"`;
  return quoted.replaceAll('%', '%%').replaceAll('\\', String.raw`\\`);
}

/** The entry that has a desktop run a command when its session begins. */
export function autostartEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Berth',
    'Comment=Starts the container engine, and with it the containers that are to run always',
    `Exec=${command.map(execWord).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** Whether the engine starts when this person logs in to the desktop. */
export class AutostartService {
  readonly #command: readonly string[];
  readonly #path: string;

  /** `command` starts the engine; empty where nobody knows how. */
  constructor(command: readonly string[], path = autostartFile()) {
    this.#command = command;
    this.#path = path;
  }

  /** What is set. An entry that a desktop's own settings have switched off counts as off. */
  async state(): Promise<Autostart> {
    const entry = await readFile(this.#path, 'utf8').catch(() => null); // There is none.
    const off = entry === null || /^(Hidden=true|X-GNOME-Autostart-enabled=false)\s*$/m.test(entry);
    return { offered: this.#command.length > 0, enabled: !off };
  }

  /** Switches it on or off. Rejects when the file cannot be written. */
  async set(enabled: boolean): Promise<Autostart> {
    if (enabled) {
      if (this.#command.length === 0) {
        throw new BridgeError('unsupported', 'The app does not know how it was started.');
      }
      await replaceFile(this.#path, autostartEntry(this.#command), 0o644);
    } else await rm(this.#path, { force: true });
    return await this.state();
  }
}
