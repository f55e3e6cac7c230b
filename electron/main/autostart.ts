/** Word with which the app starts without a window, into the tray. */
const BACKGROUND = '--background';

/** Whether the app was started by a desktop's session and not by a person. */
export function startsInBackground(words: readonly string[]): boolean {
  return words.includes(BACKGROUND);
}

/**
 * What starts the app in the background when a session begins. An AppImage is started by its own path, not by that of
 * the folder it is mounted at for now; unpackaged, Electron needs the script as well.
 */
export function autostartCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  isPackaged: boolean,
): string[] {
  const [program = '', script = ''] = words;
  const kept = words.filter((word) => word.startsWith('--data-root='));
  const start = isPackaged ? [environment['APPIMAGE'] ?? program] : [program, script];
  return [...start, ...kept, BACKGROUND];
}
