import * as z from 'zod/mini';
import { create } from 'zustand';
import { language, LANGUAGES, SETTINGS_KEY } from '../strings/language.ts';
import { EDITORS, type Editor } from '../platform/editor-link.ts';
import { LATEST_RELEASE } from '../strings/release.ts';

/** What is looked for in whole logs, as somebody kept it; a range of its own (`custom`) is not one to come back to. */
const savedSearchSchema = z.object({
  text: z.string(),
  regex: z.boolean(),
  range: z.enum(['any', 'quarter', 'hour', 'day', 'week']),
});
export type SavedSearch = z.infer<typeof savedSearchSchema>;

const settingsSchema = z.object({
  version: z.literal(1),
  theme: z.enum(['system', 'light', 'dark', 'contrast']),
  density: z.enum(['compact', 'normal', 'comfortable']),
  railCollapsed: z.boolean(),
  letterKeys: z.boolean(),
  /** Whether the desktop is told when long work ends. */
  notify: z._default(z.boolean(), false),
  /** Whether containers that fail are told of. */
  notifyFailures: z._default(z.boolean(), false),
  logTimestamps: z.boolean(),
  logWrap: z.boolean(),
  terminalFontSize: z._default(z.number(), 13),
  /** Colours of terminals: those of the app, or always the same. */
  terminalColours: z._default(z.enum(['app', 'light', 'dark']), 'app'),
  /** Whether terminals speak to a screen reader, which costs speed. */
  terminalReader: z._default(z.boolean(), false),
  /** Program that opens a shell outside; empty for the desktop's own. */
  externalTerminal: z._default(z.string(), ''),
  /** How to start another than those that are known, with {command} in it; empty for none. */
  externalCommand: z._default(z.string(), ''),
  /** The editor that folders and containers are opened in. */
  editor: z._default(z.enum(Object.keys(EDITORS) as [Editor, ...Editor[]]), 'vscode'),
  language: z._default(z.enum(['system', ...LANGUAGES]), 'system'),
  /** The version whose notes were offered; empty for one from before there were any. */
  seenRelease: z._default(z.string(), ''),
  /** Columns that were hidden, by table. */
  hiddenColumns: z._default(z.record(z.string(), z.array(z.string())), {}),
  /** Filters that were kept, by screen. */
  filters: z._default(z.record(z.string(), z.array(z.string())), {}),
  /** Searches of whole logs that were kept, the last first. */
  logSearches: z._default(z.array(savedSearchSchema), []),
  groupByProject: z._default(z.boolean(), true),
  /** Image of the container that was run last. */
  lastImage: z._default(z.string(), ''),
  /** Compose files and folders that were opened, the last first. */
  composePaths: z._default(z.array(z.string()), []),
  sorts: z.record(z.string(), z.object({ column: z.string(), descending: z.boolean() })),
});
export type Settings = z.infer<typeof settingsSchema>;

const DEFAULTS: Settings = {
  version: 1,
  theme: 'system',
  density: 'normal',
  railCollapsed: false,
  letterKeys: true,
  notify: false,
  notifyFailures: false,
  logTimestamps: false,
  logWrap: false,
  terminalFontSize: 13,
  terminalColours: 'app',
  terminalReader: false,
  externalTerminal: '',
  externalCommand: '',
  language: 'system',
  // Somebody who is new here has nothing to be told.
  seenRelease: LATEST_RELEASE,
  hiddenColumns: {},
  filters: {},
  editor: 'vscode',
  logSearches: [],
  groupByProject: true,
  lastImage: '',
  composePaths: [],
  sorts: {},
};

/** Settings as they were written; null for what are none. */
export function parseSettings(text: string): Settings | null {
  try {
    const parsed = z.safeParse(settingsSchema, JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function load(): Settings {
  try {
    return parseSettings(localStorage.getItem(SETTINGS_KEY) ?? '') ?? DEFAULTS;
  } catch {
    return DEFAULTS; // A browser that keeps nothing.
  }
}

/** What the person chose; kept in this browser or window, and by the app (`kept-settings.ts`). */
export const useSettings = create<Settings>(load);

/** All as for somebody who is new here, but for the language that is read. */
export function resetSettings(): void {
  updateSettings({ ...DEFAULTS, language: useSettings.getState().language });
}

export function updateSettings(change: Partial<Settings>): void {
  useSettings.setState(change);
}

/** The theme that is in force. */
export function effectiveTheme(theme: Settings['theme'], systemDark: boolean): 'light' | 'dark' {
  if (theme === 'contrast') return 'dark';
  if (theme !== 'system') return theme;
  return systemDark ? 'dark' : 'light';
}

/** Applies and stores settings for as long as the page lives. Call before the first render. */
export function startSettings(): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const more = matchMedia('(prefers-contrast: more)');
  const apply = () => {
    const { theme, density } = useSettings.getState();
    document.documentElement.dataset['theme'] = effectiveTheme(theme, system.matches);
    document.documentElement.dataset['density'] = density;
    const high = theme === 'contrast' || (theme === 'system' && more.matches);
    document.documentElement.dataset['contrast'] = high ? 'high' : 'normal';
  };
  document.documentElement.lang = language;
  apply();
  system.addEventListener('change', apply);
  more.addEventListener('change', apply);
  // Another window of the app has changed them; without this, each would undo what the other did.
  window.addEventListener('storage', ({ key }) => {
    if (key === SETTINGS_KEY) useSettings.setState(load());
  });
  useSettings.subscribe((settings) => {
    apply();
    try {
      localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
    } catch {
      // A browser that keeps nothing still works for this visit.
    }
  });
}
