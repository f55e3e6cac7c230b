import { BridgeError } from '../../runtime/rpc/error.ts';
import { isServed } from '../platform/host.ts';
import { language, preferredLanguage, SETTINGS_KEY } from '../strings/language.ts';
import { call, useConnection, type ConnectionPhase } from './connection.ts';
import { drop } from './drop.ts';
import { parseSettings, updateSettings, useSettings, type Settings } from './settings.ts';

/** Longest that the first sight of the page waits for what was chosen before, in milliseconds. */
const WAIT_MS = 1000;

/** The text that the app has, or is being sent. */
let known: string | null = null;
let saving: Promise<unknown> = Promise.resolve();

/**
 * Keeps the settings with the app: what a browser keeps goes with the page's address, another one at each start. Resolves
 * when the page can be shown as it was left; at once in the desktop's window, whose address stays.
 */
export async function startKeptSettings(): Promise<void> {
  if (!isServed()) return;
  const isKnownHere = localStorage.getItem(SETTINGS_KEY) !== null;
  const taken = take();
  drop(taken);
  // A page that cannot ask yet is shown nevertheless: it says so itself.
  const pause = new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  if (!isKnownHere) await Promise.race([taken.catch(() => undefined), connection('lost', 'refused'), pause]);
}

/** Resolves when the connection is in one of these phases. */
async function connection(...phases: readonly ConnectionPhase[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = ({ phase }: { readonly phase: ConnectionPhase }): void => {
      if (!phases.includes(phase)) return;
      stop();
      resolve();
    };
    const stop = useConnection.subscribe(look);
    look(useConnection.getState());
  });
}

/** What the app has kept; undefined for one that keeps nothing. Waits for the connection, however often it is lost. */
async function kept(): Promise<string | null | undefined> {
  for (;;) {
    await connection('ready');
    try {
      return (await call('settings.read', {})).text;
    } catch (error) {
      const { code } = BridgeError.from(error);
      if (code === 'unsupported') return undefined;
      if (code !== 'disconnected') throw error;
    }
  }
}

async function take(): Promise<void> {
  const text = await kept();
  if (text === undefined) return;
  known = text;
  const settings = known === null ? null : parseSettings(known);
  useSettings.subscribe(save);
  if (settings === null) {
    save(useSettings.getState());
    return;
  }
  useSettings.setState(settings);
  // Texts are chosen when the page loads.
  if (preferredLanguage(settings.language) === language) return;
  location.reload();
  await new Promise(() => {});
}

function save(settings: Settings): void {
  const text = JSON.stringify(settings);
  if (text === known) return;
  known = text;
  saving = call('settings.write', { text }).catch(() => {
    // It is kept here for as long as the app runs; the next change tries again.
    known = null;
  });
}

/** Chooses a language; the page loads anew, because texts are chosen when it loads. */
export async function speak(chosen: Settings['language']): Promise<void> {
  updateSettings({ language: chosen });
  await saving;
  location.reload();
}
