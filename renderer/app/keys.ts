import { useDialog } from '../data/dialogs.ts';
import { useSettings } from '../data/settings.ts';
import type { Command } from '../ui/command.ts';

/** Where letters are text and no commands; editors of code are editable elements of the page. */
const WRITTEN_IN =
  'input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select, [contenteditable="true"]';
/** Longest pause between the two letters of a pair, in milliseconds. */
const PAIR_MS = 1200;

/** The keys of an event in the notation of the command registry. */
export function keysOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 && (command || event.altKey) ? event.key.toUpperCase() : event.key;
  return `${command ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${key}`;
}

/** Keys that more than one command claims, or that would swallow the first letter of a pair. Must be empty. */
export function conflicts(commands: readonly Pick<Command, 'keys'>[]): string[] {
  const all = commands.flatMap(({ keys }) => (keys === undefined ? [] : [keys]));
  return all.filter(
    (keys, index) => all.indexOf(keys) !== index || all.some((other) => other !== keys && other.split(' ')[0] === keys),
  );
}

/** F6 leads from landmark to landmark, also out of a terminal. */
function nextLandmark(backwards: boolean): void {
  const marks = [...document.querySelectorAll<HTMLElement>('nav, main, footer')];
  // The innermost: the tabs of a screen are a landmark within another.
  const at = marks.findLastIndex((mark) => mark.contains(document.activeElement));
  const next = marks[(at + (backwards ? -1 : 1) + marks.length) % marks.length];
  // The title, even where the way back stands before it.
  const target = next?.querySelector<HTMLElement>('h1') ?? next?.querySelector<HTMLElement>('a, button');
  target?.focus();
}

/** What a screen is about, where arrows move on: the one line of it that Tab would stop at, a log, or a text. */
const LINES =
  'main :is(:is([data-row], [role="treeitem"], [role="option"], [role="log"])[tabindex="0"], [contenteditable="true"])';
/** Anything else that can have the keyboard. */
const REACHABLE = 'main :is(a[href], button, input, select, textarea, [tabindex="0"])';
/** What stands above it: one's way there would lead through all of these. */
const ABOVE = 'main > header, main > nav';

/** The arrow down leads from the title of a screen, or its filter, past all tools into what the screen is about. */
function enterScreen(target: EventTarget | null): boolean {
  // Not an `HTMLElement` alone: the nodes of a picture are elements of SVG, with arrows of their own.
  if (!(target instanceof Element)) return false;
  if (target !== document.body && target.closest('main h1, main > header [role="search"] input') === null) return false;
  const others = [...document.querySelectorAll<HTMLElement>(REACHABLE)];
  const first =
    document.querySelector<HTMLElement>(LINES) ??
    others.find((one) => one.closest(ABOVE) === null && one.checkVisibility() && !one.matches(':disabled'));
  first?.focus();
  return first !== undefined;
}

/** Ctrl+Enter presses the main button of a screen, also from an editor, as it does that of a dialog. */
function pressPrimary(): boolean {
  const button = document.querySelector<HTMLElement>('main [data-primary]:enabled');
  button?.click();
  return button !== null;
}

/** Listens for the keys of all global commands. Returns the function that stops it. */
export function startKeys(commands: readonly Command[]): () => void {
  let first: { key: string; at: number } | null = null;
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'F6') {
      event.preventDefault();
      nextLandmark(event.shiftKey);
      return;
    }
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    if (target.closest('.xterm') !== null || useDialog.getState().current !== null) return;
    if (document.querySelector('[role="alertdialog"]') !== null) return;
    if (event.key === 'ArrowDown' && keysOf(event) === event.key && !event.shiftKey && enterScreen(event.target)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (keysOf(event) === 'Ctrl+Enter' && !event.shiftKey && pressPrimary()) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const typing = target.closest(WRITTEN_IN) !== null;
    const pressed =
      event.shiftKey && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'p' ? 'Ctrl+K' : keysOf(event);
    if (!/^(Ctrl|Alt)\+/.test(pressed) && typing) return;
    const { letterKeys } = useSettings.getState();
    const pair = first !== null && performance.now() - first.at < PAIR_MS ? `${first.key} ${pressed}` : null;
    first = pressed === 'g' && letterKeys ? { key: pressed, at: performance.now() } : null;
    const command = commands.find((one) => one.keys === pair) ?? commands.find((one) => one.keys === pressed);
    if (command === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    first = null;
    command.run();
  };
  // Before the lists, whose single letters would take the second letter of a pair.
  window.addEventListener('keydown', onKey, { capture: true });
  return () => {
    window.removeEventListener('keydown', onKey, { capture: true });
  };
}
